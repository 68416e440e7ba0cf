import { expect, it } from 'vitest'

/** An event of API Gateway's HTTP API, payload version 2.0, as far as it matters here. */
const event = (method: string, rawPath: string, body: string | null = null) => ({
  version: '2.0',
  routeKey: '$default',
  rawPath,
  rawQueryString: '',
  headers: { host: 'api.example', 'content-type': 'application/json' },
  requestContext: {
    authentication: null,
    authorizer: {},
    accountId: '111122223333',
    apiId: 'a',
    domainName: 'api.example',
    domainPrefix: 'api',
    http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    requestId: '1',
    routeKey: '$default',
    stage: '$default',
    time: '23/Nov/2026:12:00:00 +0000',
    timeEpoch: 1,
  },
  isBase64Encoded: false,
  body,
})

it('the same app answers a Lambda: the description is served, and nothing without a token', async () => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: 'offhook',
    OBJECTS_BUCKET: 'offhook-objects',
    TRUST_KEY: 'a key of at least thirty-two characters',
    TOKEN_ISSUER: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x',
    TOKEN_AUDIENCE: 'console',
    CONSOLE_CLIENT_ID: 'console',
  })
  const { handler } = await import('./handler.ts')

  const description = await handler(event('GET', '/v1/openapi.json'))
  const refused = await handler(event('POST', '/v1/accounts/acme/devices', '{}'))

  expect([description.statusCode, refused.statusCode]).toEqual([200, 401])
  expect(JSON.parse(String(refused.body))).toMatchObject({ code: 'unauthenticated' })
})
