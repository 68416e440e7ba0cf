/** Messages that are almost right, by seed: the same seed breaks them the same way again. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Numbers from 0 to 1 by seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Random = () => number
type Mutation = (bytes: Buffer, random: Random) => Buffer

/** The largest that goes into a packet of UDP. */
const bytesMax = 60_000

const below = (random: Random, end: number): number => Math.floor(random() * Math.max(1, end))
const noise = (random: Random, length: number) => Buffer.from(Array.from({ length }, () => below(random, 256)))

/** A piece of the bytes, at most 64 long. */
function piece(bytes: Buffer, random: Random): readonly [from: number, to: number] {
  const from = below(random, bytes.length)
  return [from, Math.min(bytes.length, from + 1 + below(random, 64))]
}

function onLine(change: (line: string, random: Random) => string): Mutation {
  return (bytes, random) => {
    const lines = bytes.toString('latin1').split('\r\n')
    const index = below(random, lines.length)
    lines[index] = change(lines[index] ?? '', random)
    return Buffer.from(lines.join('\r\n'), 'latin1')
  }
}

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    for (let flips = 1 + below(random, 8); flips > 0; flips -= 1) copy[below(random, copy.length)] = below(random, 256)
    return copy
  },
  (bytes, random) => {
    const [from, to] = piece(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  (bytes, random) => {
    const [from, to] = piece(bytes, random)
    const again = Array.from({ length: 1 + below(random, 200) }, () => bytes.subarray(from, to))
    return Buffer.concat([bytes.subarray(0, to), ...again, bytes.subarray(to)])
  },
  (bytes, random) => {
    const [at] = piece(bytes, random)
    return Buffer.concat([bytes.subarray(0, at), noise(random, below(random, 200)), bytes.subarray(at)])
  },
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  onLine((line, random) => line.replaceAll(/\d+/g, () => '9'.repeat(1 + below(random, 40)))),
  onLine((line, random) => line + 'A'.repeat(below(random, 5_000))),
  onLine((line, random) => `${line}\r\n`.repeat(1 + below(random, 300)).trimEnd()),
  onLine((line) => line.replaceAll(/[<>"@:;]/g, '')),
  onLine((line, random) =>
    line
      .split('')
      .toSorted(() => random() - 0.5)
      .join(''),
  ),
  onLine(() => ''),
]

/** One to three things done to it. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let result = bytes
  for (let times = 1 + below(random, 3); times > 0; times -= 1)
    result = mutations[below(random, mutations.length)]?.(result, random).subarray(0, bytesMax) ?? result
  return result
}

const torture = join(import.meta.dirname, '..', '..', 'edge', 'sip', 'testdata', 'rfc4475')
const sdp =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n'
const methods = 'REGISTER INVITE OPTIONS ACK BYE CANCEL INFO UPDATE PRACK REFER SUBSCRIBE NOTIFY MESSAGE PUBLISH'.split(
  ' ',
)
let made = 0

/** A right request to a user, with a branch and a Call-ID of its own. */
function request(method: string, to: string, random: Random): Buffer {
  made += 1
  const id = `${made}-${below(random, 1e9)}`
  const body = method === 'INVITE' || method === 'UPDATE' ? sdp : ''
  return Buffer.from(
    `${method} sip:${to}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.90:5060;branch=z9hG4bK${id};rport\r\nMax-Forwards: 70\r\nFrom: "M" <sip:1001@127.0.0.1>;tag=${id}\r\nTo: <sip:${to}@127.0.0.1>\r\nCall-ID: ${id}@mutation\r\nCSeq: 1 ${method}\r\nContact: <sip:1001@127.0.0.90:5060>\r\nAuthorization: Digest username="1001", realm="offhook", nonce="n", uri="sip:127.0.0.1", response="0", algorithm=MD5\r\nRefer-To: <sip:1002@127.0.0.1>\r\nEvent: dialog\r\nExpires: 60\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

/** SIP to a port whose users have such names: requests, answers to nobody's question, and the torture messages of RFC 4475. */
export function sipMessages(users: readonly string[]): (random: Random) => Buffer {
  const tortures = readdirSync(torture).map((name) => readFileSync(join(torture, name)))
  return (random) => {
    const kind = random()
    if (kind < 0.25) return tortures[below(random, tortures.length)] ?? Buffer.alloc(0)
    const method = methods[below(random, methods.length)] ?? 'OPTIONS'
    const right = request(method, users[below(random, users.length)] ?? '', random)
    return kind < 0.9 ? right : Buffer.from(right.toString('latin1').replace(/^.*/, 'SIP/2.0 200 OK'), 'latin1')
  }
}

/** What may come to a media port: RTP, telephone events, RTCP, STUN, DTLS, and nothing known. */
export function mediaMessages(random: Random): Buffer {
  const kinds: readonly (() => Buffer)[] = [
    () => Buffer.concat([Buffer.from([0x80, below(random, 2) === 0 ? 0 : 8]), noise(random, 10), noise(random, 160)]),
    () => Buffer.concat([Buffer.from([0x80, 101]), noise(random, 10), Buffer.from([below(random, 16), 10, 3, 32])]),
    () => Buffer.concat([Buffer.from([0x81, 200 + below(random, 8), 0, 6]), noise(random, 24)]),
    () => Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), noise(random, 12)]),
    () => Buffer.concat([Buffer.from([22, 254, 253, 0, 0]), noise(random, 8 + below(random, 80))]),
    () => noise(random, below(random, 1_400)),
  ]
  return kinds[below(random, kinds.length)]?.() ?? Buffer.alloc(0)
}
