import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMessage, serialise } from './message.ts'

const folder = join(import.meta.dirname, 'testdata', 'rfc4475')
const read = (name: string) => new Uint8Array(readFileSync(join(folder, `${name}.dat`)))

/** What the RFC wants of an element that only reads: understood, refused with a status, or dropped. */
const wanted: Record<string, string> = {
  wsinv: 'INVITE',
  intmeth: "!interesting-Method0123456789_*+`.%indeed'~",
  esc01: 'INVITE',
  escnull: 'REGISTER',
  esc02: 'RE%47IST%45R',
  lwsdisp: 'OPTIONS',
  longreq: 'INVITE',
  dblreq: 'REGISTER',
  semiuri: 'OPTIONS',
  transports: 'OPTIONS',
  mpart01: 'MESSAGE',
  unreason: '200',
  noreason: '100',
  badinv01: 'refused 400',
  clerr: 'refused 400',
  ncl: 'refused 400',
  scalar02: 'refused 400',
  scalarlg: 'dropped',
  quotbal: 'refused 400',
  ltgtruri: 'refused 400',
  lwsruri: 'refused 400',
  lwsstart: 'refused 400',
  trws: 'refused 400',
  escruri: 'refused 400',
  baddate: 'refused 400',
  regbadct: 'refused 400',
  badaspec: 'refused 400',
  baddn: 'refused 400',
  badvers: 'refused 505',
  mismatch01: 'refused 400',
  mismatch02: 'refused 400',
  bigcode: 'dropped',
  badbranch: 'OPTIONS',
  insuf: 'refused 400',
  unkscm: 'OPTIONS',
  novelsc: 'OPTIONS',
  unksm2: 'REGISTER',
  bext01: 'OPTIONS',
  invut: 'INVITE',
  regaut01: 'REGISTER',
  multi01: 'refused 400',
  mcl01: 'refused 400',
  bcast: '200',
  zeromf: 'OPTIONS',
  cparam01: 'REGISTER',
  cparam02: 'REGISTER',
  regescrt: 'REGISTER',
  sdp01: 'INVITE',
  inv2543: 'INVITE',
}

const outcome = (bytes: Uint8Array): string => {
  const parsed = parseMessage(bytes)
  if (parsed.kind === 'dropped') return 'dropped'
  if (parsed.kind === 'refused') return `refused ${parsed.status}`
  return parsed.message.kind === 'request' ? parsed.message.method : String(parsed.message.status)
}

describe('the torture messages of RFC 4475', () => {
  it('are 49', () => {
    expect(Object.keys(wanted)).toHaveLength(49)
  })

  it.each(Object.entries(wanted))('%s is %s', (name, expected) => {
    expect(outcome(read(name))).toBe(expected)
  })

  it('what is understood is written as it was read: every header, in order, and the body', () => {
    for (const name of Object.keys(wanted)) {
      const first = parseMessage(read(name))
      if (first.kind !== 'message') continue
      const second = parseMessage(serialise(first.message))

      expect(second.kind).toBe('message')
      if (second.kind !== 'message') continue
      const headers = (message: typeof first.message) =>
        message.headers.entries().filter(([key]) => !/^(content-length|l)$/i.test(key))
      expect(headers(second.message)).toEqual(headers(first.message))
      expect(second.message.body).toEqual(first.message.body)
    }
  })
})

describe('whatever strangers send', () => {
  it('never throws and never takes long', () => {
    const seeds = ['wsinv', 'longreq', 'mpart01', 'esc01'].map(read)
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(4_000), fc.nat(255)), { maxLength: 30 }),
        fc.nat(4_000),
      )
      .map(([bytes, changes, length]) => {
        const copy = bytes.slice(0, Math.max(1, length))
        for (const [at, value] of changes) copy[at % copy.length] = value
        return copy
      })
    fc.assert(
      fc.property(mutated, (bytes) => {
        parseMessage(bytes)
      }),
      { numRuns: Number(process.env.OFFHOOK_RUNS ?? 2_000) },
    )
  })

  /**
   * A From of thirty letters without an address once took a second to refuse, a request line of spaces minutes: the expressions tried
   * every way to divide them. Anybody could have stopped the edge with one datagram.
   */
  it('spends no time on long runs of anything', () => {
    const fills = ['a', ' ', ',', ';', '"', '\\', '<', '>', ';a=', 'a ', '; ', '%', '@', ':', '<a>', '1', 'é']
    const good = { Via: 'SIP/2.0/UDP h;branch=z9hG4bKa', From: '<sip:a@b>;tag=1', To: '<sip:b@c>', CSeq: '1 INVITE' }
    const write = (line: string, headers: Record<string, string>) =>
      new TextEncoder().encode(
        `${line}\r\nCall-ID: x\r\n${Object.entries({ ...good, ...headers })
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}\r\n`,
      )
    const messages = fills.flatMap((fill) => [
      ...['Via', 'From', 'To', 'CSeq', 'Contact', 'Date'].flatMap((name) =>
        ['', '<sip:a@b>', 'SIP/2.0/UDP h;'].map((start) =>
          write('INVITE sip:a@b SIP/2.0', { [name]: start + fill.repeat(8_000) }),
        ),
      ),
      ...['INVITE ', 'INVITE sip:', 'A b'].map((start) => write(`${start}${fill.repeat(30_000)} x`, {})),
    ])

    for (const bytes of messages) {
      const before = performance.now()
      parseMessage(bytes)
      // Generous: the bad ones took seconds.
      expect(performance.now() - before).toBeLessThan(250)
    }
  })

  it('does not let a header value forge another header', () => {
    const parsed = parseMessage(read('transports'))
    if (parsed.kind !== 'message') throw new Error('not understood')
    parsed.message.headers.append('X-Note', 'a\r\nX-Pbx-Call: forged')

    const again = parseMessage(serialise(parsed.message))

    expect(again.kind === 'message' && again.message.headers.has('x-pbx-call')).toBe(false)
  })
})
