import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMessage, SipHeaders, serialise } from './message.ts'

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
      expect(Buffer.compare(second.message.body, first.message.body)).toBe(0)
    }
  })
})

describe('a message of any headers', () => {
  const name = fc.constantFrom('X-Note', 'x-note', 'Subject', 's', 'Accept-Language', 'P-Asserted-Identity', 'X.y%z')
  const value = fc
    .string({ maxLength: 60, unit: 'grapheme' })
    .map((text) => text.replaceAll(/[\p{C}\s]+/gu, ' ').trim())
  const entries = fc.uniqueArray(fc.tuple(name, value), { maxLength: 12, selector: ([key]) => key })

  it('reads as it was written: names as they stood, order, values and body', () => {
    const base: [string, string][] = [
      ['v', 'SIP/2.0/UDP h.example;branch=z9hG4bK1'],
      ['f', '<sip:a@b.example>;tag=1'],
      ['t', '<sip:c@d.example>'],
      ['i', 'x'],
      ['CSeq', '1 MESSAGE'],
    ]
    fc.assert(
      fc.property(entries, fc.uint8Array({ maxLength: 200 }), (extra, body) => {
        const headers = [...base, ...extra]
        // One header under two names is one too many.
        fc.pre(!(extra.some(([key]) => key === 's') && extra.some(([key]) => key === 'Subject')))

        const parsed = parseMessage(
          serialise({
            kind: 'request',
            method: 'MESSAGE',
            uri: 'sip:c@d.example',
            headers: new SipHeaders(headers),
            body,
          }),
        )

        expect(parsed.kind).toBe('message')
        if (parsed.kind !== 'message') return
        expect(parsed.message.headers.entries().slice(0, -1)).toEqual(headers)
        expect(Buffer.compare(parsed.message.body, body)).toBe(0)
      }),
    )
  })

  it.each([
    ['more headers than are looked at', 'X: 1\r\n'.repeat(201)],
    ['a header longer than is looked at', `X: ${'x'.repeat(17_000)}\r\n`],
    ['a header folded to such a length', `X: 1\r\n${` ${'x'.repeat(1_000)}\r\n`.repeat(20)}`],
  ])('is refused with %s', (_, extra) => {
    const head = 'v: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\nt: <sip:c@d>\r\ni: x\r\nCSeq: 1 OPTIONS\r\n'

    expect(outcome(new TextEncoder().encode(`OPTIONS sip:c@d SIP/2.0\r\n${head}${extra}\r\n`))).toBe('refused 400')
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
