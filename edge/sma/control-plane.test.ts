/** The real client of the service against our control plane, over HTTP on the loopback interface. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ChimeSDKVoiceClient,
  CreateSipMediaApplicationCallCommand,
  UpdateSipMediaApplicationCallCommand,
} from '@aws-sdk/client-chime-sdk-voice'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controlPlane } from './control-plane.ts'
import { chimeProfile, edgeProfile, type Profile } from './profile.ts'
import { answer, runtimeUnderTest } from './testing/runtime-under-test.ts'

const credentials = { accessKeyId: 'OFFHOOKTEST', secretAccessKey: 'a secret of this installation' }
const did = '+12065550142'

let server: Server | undefined
let clients: ChimeSDKVoiceClient[] = []
beforeEach(() => {
  clients = []
})
afterEach(async () => {
  for (const client of clients) client.destroy()
  await new Promise((resolve) => server?.close(resolve))
})

async function plane(profile: Profile = edgeProfile) {
  const underTest = runtimeUnderTest(() => answer(), { profile })
  const { runtime } = underTest
  server = createServer(
    controlPlane({ runtime, credentials, accountOf: async (from) => (from === did ? 'acme' : undefined) }),
  )
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = (secretAccessKey = credentials.secretAccessKey) => {
    const made = new ChimeSDKVoiceClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { ...credentials, secretAccessKey },
      maxAttempts: 1,
    })
    clients.push(made)
    return made
  }
  const create = new CreateSipMediaApplicationCallCommand({
    SipMediaApplicationId: runtime.sipMediaApplicationId,
    FromPhoneNumber: did,
    ToPhoneNumber: '+13605550177',
    ArgumentsMap: { job: '7' },
    SipHeaders: { 'X-Job': '7' },
  })
  const update = (TransactionId: string) =>
    new UpdateSipMediaApplicationCallCommand({
      SipMediaApplicationId: runtime.sipMediaApplicationId,
      TransactionId,
      Arguments: { op: 'hang-up' },
    })
  return { ...underTest, client, create, update }
}

describe('the control plane, driven by the real client', () => {
  it('R-295: creates a call and hands it an update', async () => {
    const { client, create, update, seen, clock, calls } = await plane()

    const made = await client().send(create)
    const transactionId = made.SipMediaApplicationCall?.TransactionId ?? ''
    const updated = await client().send(update(transactionId))
    await clock.pass(100)

    expect(made.$metadata.httpStatusCode).toBe(201)
    expect(updated.$metadata.httpStatusCode).toBe(202)
    expect(updated.SipMediaApplicationCall?.TransactionId).toBe(transactionId)
    expect(calls.legs[0]).toMatchObject({ from: did, to: '+13605550177', direction: 'outbound' })
    expect(seen()).toEqual(['NEW_OUTBOUND_CALL CallCreateRequest', 'CALL_UPDATE_REQUESTED CallUpdateRequest'])
  })

  it('refuses with the exceptions the client knows', async () => {
    const { client, create, update, runtime } = await plane()
    const send = (changes: object) =>
      client().send(new CreateSipMediaApplicationCallCommand({ ...create.input, ...changes }))

    await expect(client().send(update('00000000-0000-4000-8000-000000000000'))).rejects.toMatchObject({
      name: 'NotFoundException',
    })
    await expect(client('another secret').send(create)).rejects.toMatchObject({ name: 'UnauthorizedClientException' })
    await expect(send({ FromPhoneNumber: '+19995550100' })).rejects.toMatchObject({ name: 'ForbiddenException' })
    await expect(send({ ToPhoneNumber: 'sip:1001@pbx' })).rejects.toMatchObject({ name: 'BadRequestException' })
    await expect(send({ SipHeaders: { 'X-Amzn-Trick': '1' } })).rejects.toMatchObject({ name: 'BadRequestException' })
    await expect(send({ SipMediaApplicationId: 'another' })).rejects.toMatchObject({ name: 'NotFoundException' })
    expect(runtime.counts().calls).toBe(0)
  })

  it('keeps the quotas of the service in its profile', async () => {
    const { client, create } = await plane(chimeProfile([did], 0))

    await client().send(create)

    await expect(client().send(create)).rejects.toMatchObject({ name: 'ThrottledClientException' })
  })
})
