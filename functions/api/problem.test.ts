import { fullPath } from '@offhook/shared/api/contract.ts'
import { contracts } from '@offhook/shared/api/contracts.ts'
import { getMe } from '@offhook/shared/api/me.ts'
import { devices, groups, media } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

describe('refusals', () => {
  const type = 'application/problem+json'

  it.each([
    ['a field of the wrong kind', { type: 'sip-phone', name: 'x', enabled: 'yes' }, ['enabled']],
    ['a field there is none of', { type: 'sip-phone', name: 'x', colour: 'red' }, ['colour']],
    ['fields that are missing', {}, ['name', 'type']],
    [
      'a field inside another',
      { type: 'sip-phone', name: 'x', callerId: { internal: { number: 'x' } } },
      ['callerId.internal.number'],
    ],
    [
      'a rule of the noun',
      { type: 'landline', name: 'x', number: '+16045550100', requireKeyPress: true },
      ['requireKeyPress'],
    ],
    ['something that is not there', { type: 'sip-phone', name: 'x', ownerId: 'ghost' }, ['ownerId']],
    ['no object at all', [], ['']],
  ])('%s is named in the problem', async (_, body, fields) => {
    const answer = await api.ask('admin@acme', devices.create, { body })

    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe(type)
    expect(answer.body).toMatchObject({ status: 400, code: 'bad-request', title: 'Bad Request' })
    const errors = answer.body.errors as { field: string; message: string }[]
    expect(errors.map((error) => error.field).toSorted()).toEqual(fields)
    for (const error of errors) expect(error.message.length).toBeGreaterThan(3)
  })

  it('what is no JSON, too long, or nowhere is a problem too', async () => {
    const send = (body: string, headers = {}) => api.ask('admin@acme', groups.create, { body, headers })

    const bad = await send('{')
    const plain = await send('name=x', { 'content-type': 'application/x-www-form-urlencoded' })
    const long = await send(JSON.stringify({ name: 'x'.repeat(1_100_000) }))
    const nowhere = await api.app.request('/v1/accounts/acme/unicorns')

    expect([bad.status, plain.status, long.status, nowhere.status]).toEqual([400, 415, 413, 404])
    for (const answer of [bad, plain, long, nowhere]) expect(answer.headers.get('content-type')).toBe(type)
  })

  it('what breaks inside says nothing of itself and is reported', async () => {
    const broken = await apiUnderTest({
      liveCalls: () => Promise.reject(new Error('the secret table is on fire')),
    })
    const listCalls = contracts.find((contract) => contract.path === '/calls')

    const answer = listCalls && (await broken.ask('admin@acme', listCalls))

    expect(answer?.status).toBe(500)
    expect(answer?.text).not.toContain('secret')
    expect(broken.failures).toHaveLength(1)
    await broken.stop()
  })

  it('answers carry the headers of an API: not sniffed, not framed, not cached, not shared across origins', async () => {
    const { headers } = await api.ask('admin@acme', getMe, { headers: { origin: 'https://evil.example' } })

    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('a recording can not be pointed at an object of somebody else', async () => {
    const answer = await api.ask('admin@bolt', media.create, {
      account: 'bolt',
      body: { name: 'x', objectKey: 'voicemail/acme/box/call.wav' },
    })

    expect(answer.status).toBe(400)
  })

  it('the description of the API is served', async () => {
    const response = await api.app.request('/v1/openapi.json')
    const description = (await response.json()) as { openapi: string; paths: object }

    expect(description.openapi).toBe('3.1.1')
    expect(Object.keys(description.paths)).toContain(fullPath(devices.get))
  })
})
