/** The deployed function behind the API: what it needs is made once, at start, from its environment. */
import { Logger } from '@aws-lambda-powertools/logger'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { PollyClient } from '@aws-sdk/client-polly'
import { S3Client } from '@aws-sdk/client-s3'
import { s3Objects } from '@offhook/store/objects/s3.ts'
import { createStore } from '@offhook/store/store.ts'
import { handle } from 'hono/aws-lambda'
import { moduleSecret } from '../outside/signature.ts'
import { pollySpeech } from '../speech/polly.ts'
import { rendering } from '../speech/render-once.ts'
import { createApi } from './app.ts'
import { ApiEnv } from './env.ts'
import { createTokenVerifier } from './token.ts'

const env = ApiEnv.parse(process.env)
const logger = new Logger({ serviceName: 'api' })
const endpoint = env.DYNAMODB_ENDPOINT
const client = new DynamoDBClient(endpoint === undefined ? {} : { endpoint })
const objects = s3Objects(new S3Client({}), env.OBJECTS_BUCKET)

const app = createApi({
  store: createStore({ client, tableName: env.TABLE_NAME, objects }),
  objects,
  verifyToken: createTokenVerifier({
    issuer: env.TOKEN_ISSUER,
    audience: env.TOKEN_AUDIENCE,
    keys: new URL(env.TOKEN_KEYS_URL ?? `${env.TOKEN_ISSUER}/.well-known/jwks.json`),
  }),
  signIn: {
    issuer: env.TOKEN_ISSUER,
    clientId: env.CONSOLE_CLIENT_ID,
    resource: env.TOKEN_AUDIENCE,
    scope: 'openid profile',
  },
  speech: rendering(pollySpeech(new PollyClient({})), objects),
  moduleSecret: (accountId, module) => moduleSecret(env.TRUST_KEY, accountId, module),
  allowedOrigins: env.ALLOWED_ORIGINS,
  report: ({ method, path, error }) => logger.error('request', { method, path, error: error as Error }),
})

export const handler = handle(app)
