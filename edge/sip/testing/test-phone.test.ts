import { afterEach, describe, expect, it } from 'vitest'
import { createDigestServer, ha1, parseDigest } from '../digest.ts'
import { createUserAgent, type SipUserAgent } from '../sip-user-agent.ts'
import { parseSipUri } from '../uri.ts'
import { TestPhone } from './test-phone.ts'

const sdp = 'v=0\r\n'
const host = '127.0.0.1'
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

/** An agent that lets `phone` with the password `secret` in, and the phone. */
async function setUp(password = 'secret'): Promise<{ agent: SipUserAgent; phone: TestPhone }> {
  const agent = await createUserAgent({ listen: { host, udpPort: 0 } })
  const digest = createDigestServer('pbx.example', Date.now)
  const known = { algorithm: 'MD5', ha1: ha1('MD5', 'phone', 'pbx.example', 'secret') } as const
  agent.onRequest((incoming) => {
    const { request } = incoming
    const params = parseDigest(request.headers.get('authorization'))
    const uris = [request.uri]
    if (params !== undefined && digest.verify(params, { method: request.method, uris }, known) === 'accepted')
      incoming.respond(200, { headers: [['Contact', request.headers.get('contact') ?? '']] })
    else incoming.respond(401, { headers: [['WWW-Authenticate', digest.challenge('MD5', false)]] })
  })
  const port = agent.addresses.udp?.port ?? 0
  const phone = await TestPhone.open({ server: { host, port }, username: 'phone', password })
  undo.push(
    () => agent.close(),
    () => phone.close(),
  )
  return { agent, phone }
}

describe('a scripted phone', () => {
  it.each([
    ['registers with its password', 'secret', 200],
    ['is refused with another one', 'wrong', 401],
  ])('%s', async (_, password, expected) => {
    const { phone } = await setUp(password)

    expect((await phone.register()).status).toBe(expected)
  })

  it('calls, and hangs up', async () => {
    const { agent, phone } = await setUp()
    agent.onInvite((invite) => {
      void invite.progress(180).then(() => invite.accept({ body: sdp, contentType: 'application/sdp' }))
    })

    const { response, call } = await phone.invite(`sip:1001@${host}`, sdp)
    expect(response.status).toBe(200)
    expect((await phone.bye(call)).status).toBe(200)
    expect(agent.counts().dialogs).toBe(0)
  })

  it('is called, answers, and is hung up on', async () => {
    const { agent, phone } = await setUp()
    const uri = parseSipUri(`sip:phone@${host}:${phone.port}`)
    if (uri === undefined) throw new Error('a URI')
    const outgoing = agent.invite({ uri, from: { uri: 'sip:1001@a' }, to: { uri: 'sip:phone@a' }, sdpOffer: sdp })
    const invite = await phone.nextRequest('INVITE')
    phone.respond(invite, 180, { tag: 'phone' })
    phone.respond(invite, 200, { tag: 'phone', sdp })
    await phone.nextRequest('ACK')
    outgoing.onAnswer((dialog) => dialog.bye())
    phone.respond(await phone.nextRequest('BYE'), 200)

    await expect.poll(() => agent.counts().dialogs).toBe(0)
  })
})
