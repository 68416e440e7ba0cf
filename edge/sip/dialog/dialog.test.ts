import { describe, expect, it } from 'vitest'
import { makeResponse } from '../compose.ts'
import { bodyText, SipHeaders, type SipMessage, type SipRequest, type SipResponse } from '../message.ts'
import { createUserAgent } from '../sip-user-agent.ts'
import { calm, LossyNetwork } from '../testing/lossy-network.ts'
import { parseSipUri } from '../uri.ts'
import type { Dialog, Flow, IncomingInvite, InviteOptions, ResponseParts } from '../user-agent.ts'

const sdp = 'v=0\r\n'
const withSdp = { body: sdp, contentType: 'application/sdp' }
type Headers = readonly (readonly [name: string, value: string])[]

/** Our agent, and a far end whose every message the test writes itself. */
async function setUp() {
  const network = new LossyNetwork(1, calm)
  const agent = await createUserAgent({ listen: { host: '192.0.2.1', udpPort: 5060 } }, network.system)
  const peer = network.peer('192.0.2.9|5060', '192.0.2.1|5060')
  const invites: IncomingInvite[] = []
  agent.onInvite((invite) => invites.push(invite))
  let seq = 0
  /** A request of the far end; `to` carries our tag within a dialog. */
  const request = (
    method: string,
    parts: ResponseParts & { to?: string; seq?: number; branch?: string } = {},
  ): SipRequest => {
    seq = parts.seq ?? seq + 1
    return {
      kind: 'request',
      method,
      uri: 'sip:us@192.0.2.1',
      headers: new SipHeaders([
        ['Via', `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${parts.branch ?? `${method}${seq}`}`],
        ['From', '<sip:them@192.0.2.9>;tag=them'],
        ['To', parts.to ?? '<sip:us@192.0.2.1>'],
        ['Call-ID', 'call'],
        ['CSeq', `${seq} ${method}`],
        ['Contact', '<sip:them@192.0.2.9>'],
        ...(parts.headers ?? []),
        ...(parts.contentType === undefined ? [] : [['Content-Type', parts.contentType] as const]),
      ]),
      body: new TextEncoder().encode(typeof parts.body === 'string' ? parts.body : ''),
    }
  }
  const requests = (method: string) =>
    peer.got.filter((message): message is SipRequest => message.kind === 'request' && message.method === method)
  const responses = (method: string) =>
    peer.got.filter(
      (message): message is SipResponse => message.kind === 'response' && message.headers.cseq.method === method,
    )
  const statuses = (method: string) => responses(method).map(({ status }) => status)
  /** The far end answers the last request of a method that we sent. */
  const answer = (method: string, status: number, parts: ResponseParts = {}, tag = 'them') => {
    const asked = requests(method).at(-1)
    if (asked === undefined) throw new Error(`no ${method} came`)
    const response = makeResponse(asked, status, tag, {
      ...parts,
      headers: [['Contact', '<sip:them@192.0.2.9>'], ...(parts.headers ?? [])],
    })
    peer.send(response)
    return response
  }
  const invite = (parts: Partial<InviteOptions> = {}) => {
    const uri = parseSipUri('sip:them@192.0.2.9')
    if (uri === undefined) throw new Error('a URI')
    return agent.invite({
      uri,
      from: { uri: 'sip:us@192.0.2.1' },
      to: { uri: 'sip:them@192.0.2.9' },
      sdpOffer: sdp,
      sessionExpiresSeconds: 0,
      ...parts,
    })
  }
  return {
    network,
    agent,
    peer,
    invites,
    request,
    requests,
    responses,
    statuses,
    answer,
    invite,
    run: (ms: number) => network.run(ms),
  }
}
type World = Awaited<ReturnType<typeof setUp>>

/** A call they made and we answered; with `acknowledged` their ACK is here, too. */
async function answered(world: World, options: { headers?: Headers; acknowledged?: boolean } = {}) {
  world.peer.send(world.request('INVITE', { ...withSdp, headers: options.headers ?? [] }))
  await world.run(10)
  const dialog = world.invites.at(-1)?.accept(withSdp)
  await world.run(10)
  const to = world.responses('INVITE').at(-1)?.headers.get('to') ?? ''
  const ack = () => world.peer.send(world.request('ACK', { to, seq: 1, branch: 'ack' }))
  if (options.acknowledged !== false) ack()
  await world.run(10)
  if (dialog === undefined) throw new Error('no call came')
  return { dialog, to, ack }
}

/** A call we made and they answered. */
async function placed(
  world: World,
  parts: Partial<InviteOptions> = {},
  answerParts: ResponseParts = {},
): Promise<Dialog> {
  const outgoing = world.invite(parts)
  const dialog = new Promise<Dialog>((resolve) => outgoing.onAnswer(resolve))
  await world.run(10)
  world.answer('INVITE', 200, { ...withSdp, ...answerParts })
  await world.run(10)
  return dialog
}

const cseqs = (messages: readonly SipMessage[]) => messages.map(({ headers }) => headers.cseq.number)

describe('a call they made', () => {
  it('has its 200 sent again until the ACK comes', async () => {
    const world = await setUp()
    const { ack } = await answered(world, { acknowledged: false })
    await world.run(1_600)
    expect(world.statuses('INVITE')).toEqual([100, 200, 200, 200])
    ack()
    await world.run(20_000)

    expect(world.statuses('INVITE')).toEqual([100, 200, 200, 200])
  })

  it('that is never acknowledged is released by BYE', async () => {
    const world = await setUp()
    const { dialog } = await answered(world, { acknowledged: false })
    const ended = new Promise<string>((resolve) => dialog.onEnd(({ reason }) => resolve(reason)))
    await world.run(33_000)

    expect(await ended).toBe('ack-timeout')
    expect(world.requests('BYE')).not.toHaveLength(0)
  })

  it('is not released before its ACK, though we hung up at once (§15)', async () => {
    const world = await setUp()
    const { dialog, ack } = await answered(world, { acknowledged: false })
    dialog.bye()
    await world.run(400)
    expect(world.requests('BYE')).toHaveLength(0)
    ack()
    await world.run(10)

    expect(world.requests('BYE')).toHaveLength(1)
  })

  it('is asked nothing more once its BYE waits for the ACK', async () => {
    // A re-INVITE that waited for the same ACK went out behind the BYE, overtook it, and the BYE was refused with 500: one call in five
    // thousand of a network that reorders was up for ever at the far end.
    const world = await setUp()
    const { dialog, ack } = await answered(world, { acknowledged: false })
    const status = dialog.reinvite(sdp).then((response) => response.status)
    dialog.bye()
    ack()
    await world.run(10)

    expect(await status).toBe(481)
    expect(world.requests('BYE')).toHaveLength(1)
    expect(world.requests('INVITE')).toHaveLength(0)
  })

  it('rings again each minute, and is refused after a quarter of an hour when nobody here answers', async () => {
    const world = await setUp()
    world.peer.send(world.request('INVITE', withSdp))
    await world.run(10)
    await world.invites[0]?.progress(180)
    await world.run(125_000)
    expect(world.statuses('INVITE')).toEqual([100, 180, 180, 180])
    await world.run(15 * 60_000)

    expect(world.statuses('INVITE').at(-1)).toBe(487)
    await world.run(60_000)
    expect(world.agent.counts()).toEqual({ transactions: 0, dialogs: 0, timers: 0, connections: 0 })
  })

  it('ends for us when they hang up while it rings', async () => {
    const world = await setUp()
    world.peer.send(world.request('INVITE', withSdp))
    await world.run(10)
    let cancelled = false
    world.invites[0]?.onCancel(() => {
      cancelled = true
    })
    await world.invites[0]?.progress(180)
    await world.run(10)
    world.peer.send(world.request('BYE', { to: world.responses('INVITE').at(-1)?.headers.get('to') ?? '' }))
    await world.run(10)

    expect([world.statuses('INVITE').at(-1), world.statuses('BYE'), cancelled]).toEqual([487, [200], true])
    expect(world.agent.counts().dialogs).toBe(0)
  })

  it('has the 200 wait for the PRACK of an offer (RFC 3262 §3)', async () => {
    const world = await setUp()
    world.peer.send(world.request('INVITE', { ...withSdp, headers: [['Supported', '100rel']] }))
    await world.run(10)
    void world.invites[0]?.progress(183, { ...withSdp, reliable: true })
    await world.run(10)
    world.invites[0]?.accept(withSdp)
    await world.run(1_600)
    expect(world.statuses('INVITE')).toEqual([100, 183, 183, 183])
    const reliable = world.responses('INVITE').at(-1)
    const rack = `${reliable?.headers.get('rseq')} 1 INVITE`
    const to = reliable?.headers.get('to') ?? ''
    world.peer.send(world.request('PRACK', { to, headers: [['RAck', '1 1 INVITE']] }))
    world.peer.send(world.request('PRACK', { to, headers: [['RAck', rack]] }))
    await world.run(10)

    expect(world.statuses('PRACK')).toEqual([481, 200])
    expect(world.statuses('INVITE').at(-1)).toBe(200)
  })

  it('is refused with 504 when nobody acknowledges a reliable answer', async () => {
    const world = await setUp()
    world.peer.send(world.request('INVITE', { ...withSdp, headers: [['Require', '100rel']] }))
    await world.run(10)
    void world.invites[0]?.progress(180)
    await world.run(33_000)

    expect(world.statuses('INVITE')).toContain(504)
  })

  it.each([
    ['takes requests in order only', 'INFO', { seq: 1 }, 500],
    ['answers 488 to an offer nobody here listens for', 'UPDATE', withSdp, 488],
    ['refreshes its target by an UPDATE without offer', 'UPDATE', {}, 200],
    [
      'answers 422 to a session interval too short',
      'UPDATE',
      {
        headers: [
          ['Supported', 'timer'],
          ['Session-Expires', '30'],
        ],
      },
      422,
    ],
    ['answers 501 to a REFER nobody here listens for', 'REFER', {}, 501],
  ] as const)('%s', async (_, method, parts, status) => {
    const world = await setUp()
    const { to } = await answered(world)
    world.peer.send(world.request(method, { ...parts, to }))
    await world.run(10)

    expect(world.statuses(method)).toEqual([status])
  })

  it('has one re-INVITE at a time, which may be cancelled', async () => {
    const world = await setUp()
    const { dialog, to } = await answered(world)
    dialog.onReinvite(() => {})
    world.peer.send(world.request('INVITE', { ...withSdp, to, seq: 2, branch: 'two' }))
    world.peer.send(world.request('INVITE', { ...withSdp, to, seq: 3, branch: 'three' }))
    await world.run(10)
    expect(world.statuses('INVITE').slice(2)).toEqual([100, 500])
    world.peer.send(world.request('CANCEL', { to, seq: 2, branch: 'two' }))
    await world.run(10)

    expect(world.statuses('CANCEL')).toEqual([200])
    expect(world.statuses('INVITE')).toContain(487)
  })

  it('is found by Call-ID and tags for a Replaces, once it is answered', async () => {
    const world = await setUp()
    const { dialog } = await answered(world)

    expect(world.agent.findDialog('call', dialog.localTag, 'them')).toBe(dialog)
    expect(world.agent.findDialog('call', 'them', dialog.localTag)).toBeUndefined()
  })
})

describe('a call we made', () => {
  it('is acknowledged each time its 200 comes', async () => {
    const world = await setUp()
    await placed(world)
    world.answer('INVITE', 200, withSdp)
    await world.run(10)

    expect(cseqs(world.requests('ACK'))).toEqual([1, 1])
  })

  it('takes the first of two forks and lets the second go', async () => {
    const world = await setUp()
    const dialog = await placed(world)
    world.answer('INVITE', 200, withSdp, 'another')
    await world.run(10)

    expect(dialog.remoteTag).toBe('them')
    expect(world.requests('ACK').map(({ headers }) => headers.to.params.get('tag'))).toEqual(['them', 'another'])
    expect(world.requests('BYE').map(({ headers }) => headers.to.params.get('tag'))).toEqual(['another'])
  })

  it('acknowledges each reliable answer once, in order, fork by fork', async () => {
    const world = await setUp()
    const outgoing = world.invite()
    const heard: number[] = []
    outgoing.onProgress(({ status }) => heard.push(status))
    await world.run(10)
    const reliable = (rseq: number, tag: string) =>
      world.answer(
        'INVITE',
        183,
        {
          headers: [
            ['Require', '100rel'],
            ['RSeq', String(rseq)],
          ],
        },
        tag,
      )
    reliable(7, 'one')
    reliable(7, 'one')
    reliable(9, 'one')
    reliable(7, 'two')
    reliable(8, 'one')
    await world.run(10)

    expect(
      world.requests('PRACK').map(({ headers }) => `${headers.to.params.get('tag')} ${headers.get('rack')}`),
    ).toEqual(expect.arrayContaining(['one 7 1 INVITE', 'one 8 1 INVITE', 'two 7 1 INVITE']))
    expect(heard).toHaveLength(3)
  })

  it('is cancelled only after something was heard, and released when the 200 crosses', async () => {
    const world = await setUp()
    const outgoing = world.invite()
    const failed = new Promise<number>((resolve) => outgoing.onFailure(resolve))
    await world.run(10)
    outgoing.cancel('SIP;cause=200;text="Call completed elsewhere"')
    await world.run(10)
    expect(world.requests('CANCEL')).toHaveLength(0)
    world.answer('INVITE', 180)
    await world.run(10)
    expect(world.requests('CANCEL').map(({ headers }) => headers.get('reason'))).toEqual([
      'SIP;cause=200;text="Call completed elsewhere"',
    ])
    world.answer('INVITE', 200, withSdp)
    await world.run(10)

    expect(await failed).toBe(487)
    expect([world.requests('ACK').length, world.requests('BYE').length]).toEqual([1, 1])
  })

  it('is not asked again for proof of what a BYE has overtaken', async () => {
    const world = await setUp()
    const dialog = await placed(world, { credentials: { username: 'us', password: 'secret' } })
    const status = dialog.request('INFO').then((response) => response.status)
    await world.run(10)
    dialog.bye()
    await world.run(10)
    world.answer('INFO', 407, { headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']] })
    await world.run(10)

    expect(await status).toBe(407)
    expect(world.requests('INFO')).toHaveLength(1)
  })

  it('proves itself, also in the ACK and when it is asked again at the BYE', async () => {
    const world = await setUp()
    const credentials = { username: 'us', password: 'secret' }
    const challenge = { headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']] as const }
    const outgoing = world.invite({ credentials })
    const answer = new Promise<Dialog>((resolve) => outgoing.onAnswer(resolve))
    await world.run(10)
    world.answer('INVITE', 407, challenge)
    await world.run(10)
    world.answer('INVITE', 200, withSdp)
    await world.run(10)
    const dialog = await answer
    dialog.bye()
    await world.run(10)
    world.answer('BYE', 407, challenge)
    await world.run(10)

    const proves = ({ headers }: SipRequest) => headers.has('proxy-authorization')
    expect(world.requests('INVITE').map(proves)).toEqual([false, true])
    expect(world.requests('ACK').map(proves)).toEqual([false, true])
    expect(world.requests('BYE').map(proves)).toEqual([false, true])
  })

  it('asks again with the session interval a 422 wants', async () => {
    const world = await setUp()
    world.invite({ sessionExpiresSeconds: 90 })
    await world.run(10)
    world.answer('INVITE', 422, { headers: [['Min-SE', '600']] })
    await world.run(10)

    expect(world.requests('INVITE').map(({ headers }) => headers.get('session-expires'))).toEqual(['90', '600'])
  })

  it('has its re-INVITE acknowledged each time the 200 comes: the ACK may have been lost', async () => {
    const world = await setUp()
    const dialog = await placed(world)
    const held = dialog.reinvite('v=0\r\na=sendonly\r\n')
    await world.run(10)
    world.answer('INVITE', 200, withSdp)
    world.answer('INVITE', 200, withSdp)
    await world.run(10)

    expect((await held).status).toBe(200)
    expect(cseqs(world.requests('ACK'))).toEqual([1, 2, 2])
  })

  it('gives way when both sides change the session at once, and tries again (§14.1)', async () => {
    const world = await setUp()
    const dialog = await placed(world)
    dialog.onReinvite((incoming) => incoming.respond(200, withSdp))
    const changed = dialog.reinvite(sdp)
    await world.run(10)
    const { headers } = world.requests('INVITE')[0] ?? { headers: new SipHeaders() }
    const theirs = world.request('INVITE', withSdp)
    theirs.headers
      .set('From', '<sip:them@192.0.2.9>;tag=them')
      .set('To', headers.get('from') ?? '')
      .set('Call-ID', headers.callId)
    world.peer.send(theirs)
    world.answer('INVITE', 491)
    await world.run(10)
    expect(world.statuses('INVITE')).toEqual([491])
    expect(world.requests('INVITE')).toHaveLength(2)
    await world.run(4_100)
    world.answer('INVITE', 200, withSdp)
    await world.run(10)

    expect((await changed).status).toBe(200)
    expect(new Set(cseqs(world.requests('INVITE')))).toEqual(new Set([1, 2, 3]))
  })

  it('follows the route that the answer recorded', async () => {
    const world = await setUp()
    const outgoing = world.invite()
    const answer = new Promise<Dialog>((resolve) => outgoing.onAnswer(resolve))
    await world.run(10)
    const response = makeResponse(world.requests('INVITE')[0] ?? world.request('INVITE'), 200, 'them', {
      headers: [['Contact', '<sip:elsewhere@192.0.2.11:5070>']],
    })
    response.headers.append('Record-Route', '<sip:p2.example;lr>, <sip:192.0.2.9;lr>')
    world.peer.send(response)
    await world.run(10)
    ;(await answer).bye()
    await world.run(10)

    const bye = world.requests('BYE')[0]
    expect(bye?.uri).toBe('sip:elsewhere@192.0.2.11:5070')
    expect(bye?.headers.getAll('route')).toEqual(['<sip:192.0.2.9;lr>', '<sip:p2.example;lr>'])
  })
})

describe('the way to the far end', () => {
  const elsewhere = [['Contact', '<sip:them@192.0.2.11:5070>']] as const

  it('is its Contact, when it is a trunk that answers from another host', async () => {
    const world = await setUp()
    const other = world.network.peer('192.0.2.11|5070', '192.0.2.1|5060')
    const outgoing = world.invite()
    await world.run(10)
    const response = makeResponse(world.requests('INVITE')[0] ?? world.request('INVITE'), 200, 'them', {
      headers: elsewhere,
    })
    world.peer.send(response)
    outgoing.onAnswer((dialog) => dialog.bye())
    await world.run(10)

    expect(other.got.map((message) => (message.kind === 'request' ? message.method : message.status))).toEqual([
      'ACK',
      'BYE',
    ])
  })

  it('is the flow it registered on, when it is a phone, whatever its Contact says', async () => {
    const world = await setUp()
    world.peer.send(world.request('OPTIONS'))
    const flow = await new Promise<Flow>((resolve) => {
      world.agent.onRequest((incoming) => resolve(incoming.flow))
      void world.run(10)
    })
    const outgoing = world.invite({ flow })
    await world.run(10)
    const asked = world.requests('INVITE')[0] ?? world.request('INVITE')
    world.peer.send(makeResponse(asked, 200, 'them', { headers: [['Contact', '<sip:them@10.0.0.7:5060>']] }))
    outgoing.onAnswer((dialog) => dialog.bye())
    await world.run(10)

    expect([world.requests('ACK').length, world.requests('BYE').length]).toEqual([1, 1])
  })

  it('is the flow its call came by, when it calls through NAT', async () => {
    const world = await setUp()
    const call = world.request('INVITE', withSdp)
    call.headers.set('Via', 'SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKnat;rport').set('Contact', '<sip:them@10.0.0.7>')
    world.peer.send(call)
    await world.run(10)
    world.invites[0]?.accept(withSdp)
    await world.run(10)
    const to = world.responses('INVITE').at(-1)?.headers.get('to') ?? ''
    world.peer.send(world.request('ACK', { to, seq: 1, branch: 'ack' }))
    await world.run(10)
    world.agent.findDialog('call', /tag=(.*)/.exec(to)?.[1] ?? '', 'them')?.bye()
    await world.run(10)

    expect(world.requests('BYE').map(({ uri }) => uri)).toEqual(['sip:them@10.0.0.7'])
  })

  it('is the first route that is given for a call', async () => {
    const world = await setUp()
    const proxy = world.network.peer('192.0.2.11|5070', '192.0.2.1|5060')
    world.invite({ route: ['<sip:192.0.2.11:5070;lr>'] })
    await world.run(10)

    expect(proxy.got.map((message) => message.kind === 'request' && message.uri)).toEqual(['sip:them@192.0.2.9'])
  })
})

describe('a session timer', () => {
  const expires = (refresher: string) => [['Session-Expires', `90;refresher=${refresher}`]] as const

  it('is refreshed by us at half time, by UPDATE where they know it', async () => {
    const world = await setUp()
    await placed(world, { sessionExpiresSeconds: 90 }, { headers: [...expires('uac'), ['Allow', 'INVITE, UPDATE']] })
    await world.run(45_100)
    expect(world.requests('UPDATE').map(({ headers }) => headers.get('session-expires'))).toEqual(['90;refresher=uac'])
    world.answer('UPDATE', 200, { headers: expires('uac') })
    await world.run(45_100)

    expect(cseqs(world.requests('UPDATE'))).toEqual([2, 3])
  })

  it('is refreshed by us with the same offer where they know no UPDATE', async () => {
    const world = await setUp()
    await placed(world, { sessionExpiresSeconds: 90 }, { headers: expires('uac') })
    await world.run(45_100)

    expect(world.requests('INVITE').map(bodyText)).toEqual([sdp, sdp])
  })

  it('is tried again when a refresh fails, and ends the call when none works', async () => {
    const world = await setUp()
    const dialog = await placed(
      world,
      { sessionExpiresSeconds: 90 },
      { headers: [...expires('uac'), ['Allow', 'UPDATE']] },
    )
    const ended = new Promise<string>((resolve) => dialog.onEnd(({ reason }) => resolve(reason)))
    for (let second = 0; second < 95; second += 1) {
      await world.run(1_000)
      if (world.requests('UPDATE').length > 0) world.answer('UPDATE', 500)
    }

    expect(await ended).toBe('session-expired')
    expect(new Set(cseqs(world.requests('UPDATE'))).size).toBeGreaterThan(1)
    expect(world.requests('BYE')).not.toHaveLength(0)
  })

  it('that they do not refresh ends the call before it runs out', async () => {
    const world = await setUp()
    const { dialog } = await answered(world, { headers: [['Supported', 'timer'], ...expires('uac')] })
    const ended = new Promise<string>((resolve) => dialog.onEnd(({ reason }) => resolve(reason)))
    await world.run(59_000)
    expect(world.requests('BYE')).toHaveLength(0)
    await world.run(2_000)

    expect(await ended).toBe('session-expired')
    expect(world.responses('INVITE').at(-1)?.headers.get('session-expires')).toBe('90;refresher=uac')
  })
})
