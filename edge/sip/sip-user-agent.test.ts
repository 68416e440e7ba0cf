import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { twoAgents, uriOf } from './testing/two-agents.ts'
import { parseSipUri } from './uri.ts'
import type { Dialog, IncomingInvite, OutgoingInvite } from './user-agent.ts'

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
const party = {
  from: { uri: 'sip:caller@a.example', displayName: 'A "quoted" name' },
  to: { uri: 'sip:callee@b.example' },
}
const answered = (outgoing: OutgoingInvite) =>
  new Promise<Dialog>((resolve, reject) => {
    outgoing.onAnswer((dialog) => resolve(dialog))
    outgoing.onFailure((status) => reject(new Error(String(status))))
  })
const failed = (outgoing: OutgoingInvite) =>
  new Promise<number>((resolve) => outgoing.onFailure((status) => resolve(status)))

describe('a call between two user agents', () => {
  let close: () => Promise<void> = async () => {}
  afterEach(() => close())

  const start = async () => {
    const pair = await twoAgents()
    close = () => pair.close()
    return pair
  }

  it.each(['udp', 'tcp'])('is set up, held and released over %s', async (transport) => {
    const { a, b } = await start()
    const incoming = new Promise<IncomingInvite>((resolve) => b.onInvite(resolve))
    const outgoing = a.invite({ uri: uriOf(b, 'callee', transport), ...party, sdpOffer: sdp })
    const ringing = new Promise<number>((resolve) => outgoing.onProgress((response) => resolve(response.status)))
    const invite = await incoming
    await invite.progress(180)
    expect(await ringing).toBe(180)
    expect(invite.request.headers.from.displayName).toBe('A "quoted" name')
    const there = invite.accept({ body: sdp, contentType: 'application/sdp' })
    const here = await answered(outgoing)

    there.onReinvite((again) => again.respond(200, { body: sdp, contentType: 'application/sdp' }))
    expect((await here.reinvite(sdp)).status).toBe(200)
    there.onRequest((info) => info.respond(200))
    expect((await here.request('INFO', { body: 'Signal=1', contentType: 'application/dtmf-relay' })).status).toBe(200)
    const ended = new Promise<string>((resolve) => here.onEnd((why) => resolve(why.by)))
    there.bye()

    expect(await ended).toBe('remote')
    expect(a.counts().dialogs + b.counts().dialogs).toBe(0)
  })

  it('is cancelled while it rings', async () => {
    const { a, b } = await start()
    const cancelled = new Promise<void>((resolve) =>
      b.onInvite((invite) => {
        invite.onCancel(resolve)
        void invite.progress(180)
      }),
    )
    const outgoing = a.invite({ uri: uriOf(b), ...party, sdpOffer: sdp })
    outgoing.onProgress(() => outgoing.cancel())

    expect(await failed(outgoing)).toBe(487)
    await cancelled
  })

  it('is refused with the status the callee gives', async () => {
    const { a, b } = await start()
    b.onInvite((invite) => invite.respond(486))

    expect(await failed(a.invite({ uri: uriOf(b), ...party, sdpOffer: sdp }))).toBe(486)
  })

  it('acknowledges reliable provisional answers', async () => {
    const { a, b } = await start()
    b.onInvite((invite) => {
      void invite
        .progress(183, { reliable: true })
        .then(() => invite.accept({ body: sdp, contentType: 'application/sdp' }))
    })

    const dialog = await answered(a.invite({ uri: uriOf(b), ...party, sdpOffer: sdp }))

    expect((await dialog.request('OPTIONS')).status).toBe(200)
  })

  it('answers a 481 to strangers who talk of dialogs that are not there', async () => {
    const { a, b } = await start()
    b.onRequest((incoming) => incoming.respond(200))
    const response = await a.request({ method: 'BYE', uri: uriOf(b), ...party })

    expect(response.status).toBe(481)
  })

  it.each([
    ['unknown methods', 'FROBNICATE', {}, 501],
    ['required extensions it has not', 'OPTIONS', { headers: [['Require', 'nothingSupportsThis']] as const }, 420],
    ['no hops left', 'REGISTER', { hops: true }, 483],
  ])(
    'refuses %s',
    async (_, method, extra: { headers?: readonly (readonly [string, string])[]; hops?: boolean }, status) => {
      const { a, b } = await start()
      b.onRequest((incoming) => incoming.respond(200))
      if (extra.hops === true) {
        const text = `REGISTER sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKhops\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: hops\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n`
        const line = await new Promise<string>((resolve) => {
          const socket = connect(b.addresses.tcp?.port ?? 0, '127.0.0.1', () => socket.write(text))
          socket.once('data', (bytes) => {
            socket.destroy()
            resolve(bytes.toString().split('\r\n')[0] ?? '')
          })
        })
        expect(line).toContain(String(status))
        return
      }
      const response = await a.request({
        method,
        uri: uriOf(b),
        ...party,
        ...(extra.headers === undefined ? {} : { headers: extra.headers }),
      })
      expect(response.status).toBe(status)
    },
  )

  it('tells that nobody is there instead of waiting for ever', async () => {
    const { a } = await start()
    const nobody = parseSipUri('sip:x@127.0.0.1:1;transport=tcp')
    if (nobody === undefined) throw new Error('a URI')

    expect(await failed(a.invite({ uri: nobody, ...party, sdpOffer: sdp }))).toBe(503)
  })

  it('keeps no transaction, dialog or timer of calls that are over, over TCP', async () => {
    const { a, b } = await start()
    b.onInvite((invite) => invite.accept({ body: sdp, contentType: 'application/sdp' }))
    const target = uriOf(b, 'callee', 'tcp')
    const flowCalls = Array.from({ length: 20 }, async () => {
      const dialog = await answered(a.invite({ uri: target, ...party, sdpOffer: sdp, sessionExpiresSeconds: 0 }))
      dialog.bye()
    })
    await Promise.all(flowCalls)

    expect(b.counts().dialogs + a.counts().dialogs).toBeLessThanOrEqual(20)
  })
})
