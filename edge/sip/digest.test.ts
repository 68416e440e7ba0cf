import { describe, expect, it } from 'vitest'
import {
  answerChallenge,
  createDigestServer,
  type DigestAlgorithm,
  digestResponse,
  ha1,
  parseDigest,
} from './digest.ts'

const realm = 'pbx.example'
const alex = { username: 'alex', password: 'secret' }
const register = { method: 'REGISTER', uri: 'sip:pbx.example' }

function setUp(algorithm: DigestAlgorithm = 'MD5', noncesMax?: number) {
  let nowMs = 1_000_000
  const server = createDigestServer(realm, () => nowMs, Buffer.from('key'), noncesMax)
  const known = { algorithm, ha1: ha1(algorithm, alex.username, realm, alex.password) }
  const challenge = server.challenge(algorithm, false)
  /** A phone's answer with some parameters changed; a count other than 1 is computed anew. */
  const answer = (change: Record<string, string> = {}, credentials = alex) => {
    const params = new Map(parseDigest(answerChallenge(challenge, register, credentials)))
    const { nc } = change
    if (nc !== undefined)
      params.set(
        'response',
        digestResponse({
          algorithm,
          ha1: ha1(algorithm, credentials.username, realm, credentials.password),
          ...register,
          nonce: params.get('nonce') ?? '',
          qop: 'auth',
          nc,
          cnonce: params.get('cnonce') ?? '',
        }),
      )
    for (const [name, value] of Object.entries(change)) params.set(name, value)
    return params
  }
  const verify = (params: ReadonlyMap<string, string>, request = register) =>
    server.verify(params, { method: request.method, uris: [request.uri] }, known)
  return { server, answer, verify, challenge, pass: (ms: number) => (nowMs += ms) }
}

describe('the sum itself', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('is that of RFC 7616 §3.9.1 (%s)', (algorithm, expected) => {
    const response = digestResponse({
      algorithm,
      ha1: ha1(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life'),
      method: 'GET',
      uri: '/dir/index.html',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      qop: 'auth',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    })

    expect(response).toBe(expected)
  })
})

describe('what a server takes', () => {
  it.each(['MD5', 'SHA-256'] as const)('the right password, once for each count (%s)', (algorithm) => {
    const { answer, verify } = setUp(algorithm)
    const first = answer()

    expect(verify(first)).toBe('accepted')
    expect(verify(first)).toBe('replayed')
    expect(verify(answer({ nc: '00000002' }))).toBe('accepted')
  })

  it.each([
    ['another realm', { realm: 'elsewhere.example' }],
    ['another URI than the one asked for', { uri: 'sip:other.example' }],
    ['another algorithm than the one wanted', { algorithm: 'SHA-256' }],
    ['no quality of protection', { qop: '' }],
    ['a count of another shape', { nc: '1' }],
    ['a count of zero', { nc: '00000000' }],
    ['no nonce of the client', { cnonce: '' }],
    ['another response', { response: '0'.repeat(32) }],
    ['a response of another length', { response: 'ab' }],
  ])('nothing with %s', (_, change) => {
    const { answer, verify } = setUp()

    expect(verify(answer(change))).toBe('wrong')
  })

  it('nothing for another method or target than the digest was made for', () => {
    const { answer, verify } = setUp()

    expect(verify(answer(), { method: 'INVITE', uri: register.uri })).toBe('wrong')
    expect(verify(answer(), { method: 'REGISTER', uri: 'sip:other.example' })).toBe('wrong')
  })

  it('nothing of somebody it does not know', () => {
    const { server, answer } = setUp()

    expect(server.verify(answer(), { method: 'REGISTER', uris: [register.uri] }, undefined)).toBe('wrong')
  })

  it('counts that overtook each other on UDP, each of them once, none from long ago', () => {
    const { answer, verify } = setUp()
    const hex = (count: number) => count.toString(16).padStart(8, '0')

    expect(verify(answer({ nc: hex(100) }))).toBe('accepted')
    expect(verify(answer({ nc: hex(98) }))).toBe('accepted')
    expect(verify(answer({ nc: hex(98) }))).toBe('replayed')
    expect(verify(answer({ nc: hex(36) }))).toBe('replayed')
    expect(verify(answer({ nc: hex(37) }))).toBe('accepted')
    expect(verify(answer({ nc: hex(1_000) }))).toBe('accepted')
    expect(verify(answer({ nc: hex(100) }))).toBe('replayed')
  })

  it('a nonce for five minutes; after that the phone is asked again, not refused', () => {
    const { answer, verify, pass } = setUp()
    const late = answer()
    pass(300_001)

    expect(verify(late)).toBe('stale')
  })

  it('no nonce that somebody else signed, even with the right password', () => {
    const { answer, verify } = setUp()
    const other = createDigestServer(realm, () => 1_000_000, Buffer.from('another key'))
    const params = parseDigest(answerChallenge(other.challenge('MD5', false), register, alex))

    expect(verify(answer())).toBe('accepted')
    expect(params === undefined ? undefined : verify(params)).toBe('stale')
  })

  it('no count again because its nonce was forgotten among very many', () => {
    const { server, answer, verify, pass } = setUp('MD5', 100)
    const first = answer()
    expect(verify(first)).toBe('accepted')
    const known = { algorithm: 'MD5' as const, ha1: ha1('MD5', alex.username, realm, alex.password) }
    pass(1)
    for (let index = 0; index < 100; index += 1) {
      const params = parseDigest(answerChallenge(server.challenge('MD5', false), register, alex))
      if (params !== undefined) server.verify(params, { method: 'REGISTER', uris: [register.uri] }, known)
    }

    expect(verify(first)).toBe('stale')
  })
})

describe('our answer to the challenge of a trunk', () => {
  it('quotes what has quotes in it', () => {
    const odd = { username: 'a"b\\c', password: 'x' }
    const params = parseDigest(answerChallenge('Digest realm="q\\"r", nonce="n"', register, odd))

    expect(params?.get('username')).toBe(odd.username)
    expect(params?.get('realm')).toBe('q"r')
  })

  it.each([
    ['other schemes', 'Basic realm="x"'],
    ['algorithms it has not', 'Digest realm="x", nonce="n", algorithm=SHA-512-256'],
    ['qualities of protection it has not', 'Digest realm="x", nonce="n", qop="auth-int"'],
  ])('is none for %s', (_, challenge) => {
    expect(answerChallenge(challenge, register, alex)).toBeUndefined()
  })

  it('does without a quality of protection where the trunk knows none (RFC 2069)', () => {
    const params = parseDigest(answerChallenge('Digest realm="x", nonce="n", opaque="o"', register, alex))

    expect([params?.has('qop'), params?.has('nc'), params?.get('opaque')]).toEqual([false, false, 'o'])
  })
})
