import { PbxError } from '@offhook/shared/pbx-error.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LocalMedia, Negotiation } from './negotiation.ts'
import { parseSdp } from './sdp.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 500)

const local: LocalMedia = {
  profile: 'rtp',
  sessionId: 7,
  address: '192.0.2.1',
  port: 40_000,
  codecs: ['PCMU', 'PCMA'],
  key: Buffer.alloc(30, 1).toString('base64'),
  transport: undefined,
}
const side = (more: Partial<LocalMedia> = {}) => new Negotiation({ ...local, ...more })
const theirKey = Buffer.alloc(30, 2).toString('base64')
const sdp = (...media: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media].join('\r\n')
const audio = (answer: string) => parseSdp(answer).media[0]

describe('offer and answer', () => {
  it('agree on the codec the far end prefers of those we speak, and on its payload types', () => {
    const ours = side()
    const answer = ours.answer(sdp('m=audio 5000 RTP/AVP 18 8 0 96', 'a=rtpmap:96 telephone-event/8000'))

    expect(audio(answer)?.formats).toEqual(['8', '96'])
    expect(ours.agreed).toMatchObject({ codec: 'PCMA', payloadType: 8, eventType: 96 })
    expect(ours.agreed?.remote).toEqual({ address: '192.0.2.9', port: 5_000, rtcpPort: 5_001 })
  })

  it.each([
    ['a=sendonly', 'recvonly', true],
    ['a=inactive', 'inactive', true],
    ['a=recvonly', 'sendonly', false],
    ['a=sendrecv', 'sendrecv', false],
    ['c=IN IP4 0.0.0.0', 'inactive', true],
    ['c=IN IP6 ::', 'inactive', true],
  ])('%s is answered %s', (line, direction, isHeld) => {
    const ours = side()
    const answer = ours.answer(sdp('m=audio 5000 RTP/AVP 0', line))

    expect(audio(answer)?.direction).toBe(direction)
    expect(ours.isHeldByRemote).toBe(isHeld)
  })

  it('refuse video and a second audio line in their places', () => {
    const answer = side().answer(sdp('m=video 6000 RTP/AVP 96', 'm=audio 5000 RTP/AVP 0', 'm=audio 5002 RTP/AVP 0'))

    expect(parseSdp(answer).media.map(({ kind, port }) => [kind, port])).toEqual([
      ['video', 0],
      ['audio', 40_000],
      ['audio', 0],
    ])
  })

  it('raise the version with each description and keep to what was agreed', () => {
    const ours = side()
    ours.answer(sdp('m=audio 5000 RTP/AVP 8'))

    const again = ours.offer('sendonly')

    expect(again).toContain('o=offhook 7 2 IN IP4 192.0.2.1')
    expect(audio(again)).toMatchObject({ formats: ['8'], direction: 'sendonly' })
  })

  it('multiplex RTCP when the far end asks for it (RFC 5761)', () => {
    const ours = side()

    expect(audio(ours.answer(sdp('m=audio 5000 RTP/AVP 0', 'a=rtcp-mux')))?.rtcpMux).toBe(true)
    expect(ours.agreed?.remote?.rtcpPort).toBe(5_000)
    expect(audio(ours.answer(sdp('m=audio 5000 RTP/AVP 0', 'a=rtcp:7777')))?.rtcpMux).toBe(false)
    expect(ours.agreed?.remote?.rtcpPort).toBe(7_777)
  })

  it('take the first suite of SDES that we speak, with its tag, and offer both', () => {
    const ours = side({ profile: 'sdes' })
    const answer = ours.answer(
      sdp(
        'm=audio 5000 RTP/SAVP 0',
        `a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${theirKey}`,
        `a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:${theirKey}|2^20|1:4`,
      ),
    )

    expect(audio(answer)?.crypto).toEqual([{ tag: 2, suite: 'AES_CM_128_HMAC_SHA1_32', key: local.key }])
    expect(ours.agreed?.crypto?.key).toBe(theirKey)
    expect(audio(side({ profile: 'sdes' }).offer('sendrecv'))?.crypto).toHaveLength(2)
  })

  it('meet a browser as its lite ICE agent and DTLS server', () => {
    const transport = { iceUfrag: 'u', icePwd: 'p', fingerprint: 'AA:BB', ssrc: 5 }
    const browser = ['a=ice-ufrag:them', 'a=ice-pwd:theirs', 'a=fingerprint:sha-256 cc:dd', 'a=mid:0', 'a=rtcp-mux']
    const ours = side({ profile: 'webrtc', transport })
    const offer = sdp(
      'a=group:BUNDLE 0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
      'c=IN IP4 0.0.0.0',
      ...browser,
      'a=setup:actpass',
    )

    const answer = ours.answer(offer)

    expect(answer).toMatch(/^a=ice-lite\r$/m)
    expect(answer).toMatch(/^a=group:BUNDLE 0\r$/m)
    expect(audio(answer)).toMatchObject({
      setup: 'passive',
      mid: '0',
      iceUfrag: 'u',
      direction: 'sendrecv',
      formats: ['0'],
    })
    expect(ours.agreed?.dtls).toEqual({ iceUfrag: 'them', fingerprint: 'CC:DD' })
    expect(audio(side({ profile: 'webrtc', transport }).offer('sendrecv'))?.setup).toBe('actpass')
  })

  it.each([
    ['no codec of ours', sdp('m=audio 5000 RTP/AVP 18')],
    ['no audio', sdp('m=video 5000 RTP/AVP 0')],
    ['audio refused', sdp('m=audio 0 RTP/AVP 0')],
    ['a port that does not exist', sdp('m=audio 99999 RTP/AVP 0')],
    ['encryption without a key of ours', sdp('m=audio 5000 RTP/SAVP 0', 'a=crypto:1 F8_128_HMAC_SHA1_80 inline:x')],
    [
      'a browser where a phone was expected',
      sdp('m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=ice-ufrag:x', 'a=fingerprint:sha-256 AA'),
    ],
  ])('with %s end in 488 and change nothing', (_, offer) => {
    const ours = side()
    ours.answer(sdp('m=audio 5000 RTP/AVP 0'))

    expect(() => ours.answer(offer)).toThrow(expect.objectContaining({ code: 'no-common-codec', status: 488 }))
    expect(ours.agreed?.remote?.port).toBe(5_000)
  })

  it('a host name in place of an address waits until the far end speaks', () => {
    const ours = side()
    ours.answer(sdp('m=audio 5000 RTP/AVP 0', 'c=IN IP4 phone.example'))

    expect(ours.agreed).toMatchObject({ remote: undefined, direction: 'sendrecv' })
  })

  it('any text gives an answer or a refusal, never anything else', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'm=audio 1 RTP/AVP 0',
        'm=audio 7 RTP/SAVP 0 8',
        'c=IN IP4 x',
        'a=rtpmap:0',
        'a=crypto:1',
        'a=rtcp:x',
      ),
      fc.constantFrom(
        'a=rtpmap:300 PCMU/8000',
        'm=audio 5 RTP/AVP 300',
        'a=sendonly',
        `a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:${theirKey}`,
      ),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const ours = side()
        try {
          ours.answer(['v=0', ...lines].join('\r\n'))
        } catch (error) {
          return error instanceof PbxError
        }
        const { agreed } = ours
        return agreed !== undefined && agreed.payloadType <= 127 && (agreed.remote?.port ?? 1) > 0
      }),
      { numRuns: runs },
    )
  })

  it('a description longer than any phone sends is read no further', () => {
    const long = sdp(
      'm=audio 5000 RTP/AVP 0',
      ...Array.from({ length: 5_000 }, (_, index) => `a=x:${index}`),
      'a=inactive',
    )

    expect(parseSdp(long).media[0]?.direction).toBe('sendrecv')
    expect(() => parseSdp('hello')).toThrow(expect.objectContaining({ code: 'bad-sdp' }))
  })
})
