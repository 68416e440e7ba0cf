import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createUserAgent, type UserAgentOptions } from './sip-user-agent.ts'
import { calm, LossyNetwork, seededRandom } from './testing/lossy-network.ts'
import { parseSipUri } from './uri.ts'

const folder = join(import.meta.dirname, 'testdata', 'rfc4475')
const read = (name: string) => new Uint8Array(readFileSync(join(folder, `${name}.dat`)))
const stranger = '198.51.100.9|5060'
const runs = Number(process.env.OFFHOOK_RUNS ?? 3_000)
const nothing = { transactions: 0, dialogs: 0, timers: 0, connections: 0 }
/** Longer than every timer of a request that is over. */
const longEnoughMs = 30 * 60_000

/** An agent that answers 200 to all requests and 486 to calls, and the statuses it sends. */
async function startAgent(limits: UserAgentOptions['limits'] = {}, onError?: (error: unknown) => void) {
  const network = new LossyNetwork(1, calm)
  const agent = await createUserAgent(
    { listen: { host: '192.0.2.1', udpPort: 5060 }, limits, ...(onError === undefined ? {} : { onError }) },
    network.system,
  )
  const sent: string[] = []
  agent.onRequest((incoming) => incoming.respond(200))
  agent.onInvite((invite) => invite.respond(486))
  agent.onMessage((direction, bytes) => {
    if (direction === 'out') sent.push(new TextDecoder().decode(bytes.subarray(8, 11)))
  })
  const receive = (bytes: Uint8Array | string, from = stranger) =>
    network.inject(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, from, '192.0.2.1|5060')
  return { network, agent, sent, receive }
}

/** RFC 4475's verdicts for an endpoint without a registrar behind it. Responses and what cannot be answered get silence. */
const answers: Record<string, string> = {
  // §3.1.1, valid.
  // Its To has a tag, of a dialog that is not here.
  wsinv: '481',
  intmeth: '501',
  esc01: '486',
  escnull: '200',
  esc02: '501',
  lwsdisp: '200',
  longreq: '486',
  dblreq: '200',
  semiuri: '200',
  transports: '200',
  mpart01: '200',
  unreason: '',
  noreason: '',
  // §3.1.2, invalid.
  badinv01: '400',
  clerr: '400',
  ncl: '400',
  scalar02: '400',
  scalarlg: '',
  quotbal: '400',
  ltgtruri: '400',
  lwsruri: '400',
  lwsstart: '400',
  trws: '400',
  escruri: '400',
  baddate: '400',
  regbadct: '400',
  badaspec: '400',
  baddn: '400',
  badvers: '505',
  mismatch01: '400',
  mismatch02: '400',
  bigcode: '',
  // §3.2-3.4, transactions, semantics of the application, RFC 2543.
  badbranch: '200',
  insuf: '400',
  unkscm: '416',
  novelsc: '416',
  unksm2: '400',
  bext01: '420',
  invut: '415',
  regaut01: '200',
  multi01: '400',
  mcl01: '400',
  bcast: '',
  zeromf: '200',
  cparam01: '200',
  cparam02: '200',
  regescrt: '200',
  sdp01: '406',
  inv2543: '486',
}

describe('a user agent that meets the torture messages of RFC 4475', () => {
  it.each(Object.entries(answers))('answers %s with %s', async (name, expected) => {
    const { network, agent, sent, receive } = await startAgent()

    receive(read(name))

    expect(sent.filter((status) => status !== '100').slice(0, 1)).toEqual(expected === '' ? [] : [expected])
    await network.run(longEnoughMs)
    expect(agent.counts()).toEqual(nothing)
  })
})

const request = (method: string, id: number | string, toTag = '') =>
  [
    `${method} sip:1001@192.0.2.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK${id}`,
    'From: <sip:x@x.example>;tag=1',
    `To: <sip:1001@192.0.2.1>${toTag}`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')

describe('a user agent that is attacked', () => {
  it('outlives mutated messages and keeps nothing of them', async () => {
    const { network, agent, receive } = await startAgent()
    const random = seededRandom(4_475)
    const seeds = Object.keys(answers).map(read)
    let slowestMs = 0
    for (let run = 0; run < runs; run += 1) {
      const seed = seeds[Math.floor(random() * seeds.length)] ?? new Uint8Array(1)
      const bytes = seed.slice(0, Math.max(1, Math.floor(seed.length * (random() < 0.8 ? 1 : random()))))
      for (let count = Math.floor(random() * 8); count > 0; count -= 1)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const beforeMs = performance.now()
      receive(bytes, `198.51.100.${Math.floor(random() * 250)}|5060`)
      slowestMs = Math.max(slowestMs, performance.now() - beforeMs)
    }
    await network.run(longEnoughMs)

    expect(agent.counts()).toEqual(nothing)
    // Generous: what is slow is the collector or a neighbour, the same bytes again take a tenth of a millisecond.
    expect(slowestMs).toBeLessThan(250)
  })

  it('answers some of a flood of calls with 503, drops the rest, and serves everybody else', async () => {
    const { network, agent, sent, receive } = await startAgent({ perSourcePerSecond: 10, perSourceBurst: 20 })

    for (let id = 0; id < 5_000; id += 1) receive(request('INVITE', id))
    const taken = sent.filter((status) => status === '486').length
    const refused = sent.filter((status) => status === '503').length
    sent.length = 0
    receive(request('REGISTER', 'other'), '203.0.113.5|5060')

    expect(sent).toEqual(['200'])
    expect([taken, refused]).toEqual([20, 100])
    await network.run(longEnoughMs)
    expect(agent.counts()).toEqual(nothing)
  })

  it('is not deceived by a tag of a dialog that is not there', async () => {
    const { sent, receive } = await startAgent({ perSourcePerSecond: 10, perSourceBurst: 20 })

    for (let id = 0; id < 500; id += 1) receive(request('INFO', id, ';tag=guessed'))

    expect(sent.filter((status) => status === '481')).toHaveLength(20)
  })

  it('lets phones register while calls from everywhere are too many', async () => {
    const { sent, receive } = await startAgent({ overallPerSecond: 10, overallBurst: 20 })

    for (let id = 0; id < 500; id += 1) receive(request('INVITE', id), `198.51.${id >> 8}.${id & 255}|5060`)
    sent.length = 0
    for (let id = 0; id < 50; id += 1) receive(request('REGISTER', `r${id}`), `203.0.113.${id}|5060`)

    expect(sent).toEqual(Array.from({ length: 50 }, () => '200'))
  })

  it('answers 500 and goes on when a listener here fails', async () => {
    const errors: unknown[] = []
    const { agent, sent, receive } = await startAgent({}, (error) => errors.push(error))
    agent.onRequest(({ request: { method } }) => {
      throw new Error(`no idea what ${method} is`)
    })

    receive(request('OPTIONS', 'one'))
    receive(request('INVITE', 'two'))

    expect(sent).toEqual(['500', '100', '486'])
    expect(errors).toHaveLength(1)
  })

  it('merges the same call that came by two ways', async () => {
    const { agent, sent, receive } = await startAgent()
    agent.onInvite(() => {})
    const call = request('INVITE', 'same')

    receive(call)
    receive(call.replace('z9hG4bKsame', 'z9hG4bKdetour'))

    expect(sent).toEqual(['100', '482'])
  })

  it('takes the proof of a phone that does not count CSeq up', async () => {
    const { sent, receive } = await startAgent()
    const first = request('REGISTER', 'same')

    receive(first)
    receive(first.replace('z9hG4bKsame', 'z9hG4bKagain').replace('CSeq', 'Authorization: Digest x=y\r\nCSeq'))

    expect(sent).toEqual(['200', '200'])
  })

  it.each([
    ['sees its own call come back unchanged', 'sip:+15550100@192.0.2.9', '482'],
    ['takes its own call that a carrier sends back to a number here', 'sip:+15550100@192.0.2.1', '486'],
  ])('%s', async (_, uri, expected) => {
    const { agent, network, sent, receive } = await startAgent()
    const target = parseSipUri('sip:+15550100@192.0.2.9')
    if (target === undefined) throw new Error('a URI')
    let outgoing = ''
    agent.onMessage((direction, bytes) => {
      if (direction === 'out') outgoing ||= new TextDecoder().decode(bytes)
    })
    agent.invite({ uri: target, from: { uri: 'sip:a@a.example' }, to: { uri: 'sip:b@b.example' }, sdpOffer: 'v=0\r\n' })
    await network.run(0)
    sent.length = 0

    const via = 'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKcarrier\r\nVia: '
    receive(outgoing.replace(/^INVITE \S+/, `INVITE ${uri}`).replace('Via: ', via), '192.0.2.9|5060')

    expect(sent.filter((status) => status !== '100')).toEqual([expected])
  })
})
