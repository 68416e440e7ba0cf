import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DigitReceiver, eventPayloads } from './dtmf.ts'
import { meanOpinionScore } from './e-model.ts'
import { alawDecode, alawEncode, ulawDecode, ulawEncode } from './g711.ts'
import type { MediaEngine, MediaProfile, MediaSession } from './media-engine.ts'
import { parseRtp } from './rtp-packet.ts'
import { parseSdp } from './sdp.ts'
import { repairWav, wavToUlaw } from './wav.ts'
import { createMediaEngine } from './worker-media-engine.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 500)

describe('G.711', () => {
  it('decodes what it encodes to the same code, both laws', () => {
    for (let code = 0; code < 256; code += 1) {
      expect(ulawDecode[ulawEncode[(ulawDecode[code] ?? 0) & 0xffff] ?? 0]).toBe(ulawDecode[code])
      expect(alawDecode[alawEncode[(alawDecode[code] ?? 0) & 0xffff] ?? 0]).toBe(alawDecode[code])
    }
    expect(ulawDecode[0]).toBe(-32_124)
    expect(alawDecode[0x2a]).toBe(-32_256)
  })
})

describe('digits', () => {
  it('come out once each and in order although packets are lost and doubled', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9*#]{1,12}$/),
        fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
        (digits, lost) => {
          const receiver = new DigitReceiver()
          let timestamp = 1_000
          let heard = ''
          let index = 0
          for (const digit of digits) {
            for (const [at, packet] of eventPayloads(digit, 100).entries()) {
              index += 1
              // The last one always arrives: a digit whose every packet is lost is lost.
              if (lost[index % lost.length] === true && at !== 6) continue
              for (const _ of [1, 2]) heard += receiver.receive(packet.bytes, timestamp, 0) ?? ''
            }
            timestamp += 1_600
          }
          return heard === digits
        },
      ),
      { numRuns: runs },
    )
  })
})

describe('strangers', () => {
  it('cannot make the parsers of RTP and SDP throw anything but a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseRtp(bytes)),
      { numRuns: runs },
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom('m=audio 1 RTP/AVP 0', 'c=IN IP4 x', 'a=rtpmap:0', 'a=crypto:1', 'm=audio 99999 X 1 2 3'),
          ),
          { maxLength: 40 },
        ),
        (lines) => void parseSdp(['v=0', ...lines].join('\r\n')),
      ),
      { numRuns: runs },
    )
  })

  it('a clean line scores high and a lossy one low', () => {
    expect(meanOpinionScore(0, 40)).toBeGreaterThan(4.3)
    expect(meanOpinionScore(0.1, 40)).toBeLessThan(3.5)
  })
})

const tone = (hz: number) => ({ kind: 'tone' as const, cadence: [{ frequenciesHz: [hz], onMs: 1_000, offMs: 0 }] })
/** Strength of a frequency in µ-law samples, 0 to 1 of full scale (Goertzel). */
function strength(samples: Uint8Array, hz: number): number {
  const k = 2 * Math.cos((2 * Math.PI * hz) / 8_000)
  let [a, b] = [0, 0]
  for (const code of samples) [a, b] = [(ulawDecode[code] ?? 0) + k * a - b, a]
  return (2 * Math.sqrt(Math.max(0, a * a + b * b - k * a * b))) / samples.length / 32_768
}

describe('two sessions over loopback', () => {
  let engine: MediaEngine
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'media-'))
    engine = await createMediaEngine({ listen: '127.0.0.1', rtpPorts: { from: 41_000, to: 41_400 } })
  })
  afterAll(async () => {
    await engine.close()
    rmSync(folder, { recursive: true })
  })

  const connect = async (
    profile: MediaProfile = 'rtp',
    codecs?: [string[], string[]],
  ): Promise<[MediaSession, MediaSession]> => {
    const [a, b] = await Promise.all([
      engine.createSession({ profile, ...(codecs === undefined ? {} : { codecs: codecs[0] }) }),
      engine.createSession({ profile, ...(codecs === undefined ? {} : { codecs: codecs[1] }) }),
    ])
    await a.accept(await b.answer(await a.offer()))
    return [a, b]
  }

  const heardBy = async (session: MediaSession, name: string, ms: number): Promise<Uint8Array> => {
    const path = join(folder, `${name}.wav`)
    const recording = session.record({ path, maxSeconds: ms / 1_000 })
    await recording.done
    return wavToUlaw(readFileSync(path)).subarray(3_200)
  }

  it.each(['rtp', 'sdes'] as const)('hear each other by %s', async (profile) => {
    const [a, b] = await connect(profile)
    a.play(tone(440), { repeat: 10 })
    b.play(tone(1_000), { repeat: 10 })

    const [atB, atA] = await Promise.all([heardBy(b, `${profile}-b`, 1_200), heardBy(a, `${profile}-a`, 1_200)])

    expect(strength(atB, 440)).toBeGreaterThan(0.1)
    expect(strength(atA, 1_000)).toBeGreaterThan(0.1)
    expect(strength(atB, 1_000)).toBeLessThan(0.02)
    const stats = await b.stats()
    expect(stats.packetsLost).toBe(0)
    expect(stats.oneWay).toBe(false)
    await Promise.all([a.close(), b.close()])
  })

  it('hear each other through a bridge, one in µ-law and one in A-law, digits included', async () => {
    const [phoneA, ourA] = await connect('rtp', [['PCMU'], ['PCMU']])
    const [phoneB, ourB] = await connect('rtp', [['PCMA'], ['PCMA']])
    const bridge = engine.createBridge()
    bridge.add(ourA)
    bridge.add(ourB)
    phoneA.play(tone(440), { repeat: 5 })
    const digits: string[] = []
    const all = new Promise<void>((resolve) => phoneB.onDigit((digit) => digits.push(digit) === 6 && resolve()))

    expect(strength(await heardBy(phoneB, 'bridged', 1_000), 440)).toBeGreaterThan(0.1)
    await phoneA.sendDigits('1590*#')
    await all
    expect(digits.join('')).toBe('1590*#')
    bridge.close()
    await Promise.all([phoneA, ourA, phoneB, ourB].map((session) => session.close()))
  })

  it('three in a bridge each hear the two others and not themselves', async () => {
    const pairs = await Promise.all([connect(), connect(), connect()])
    const bridge = engine.createBridge()
    for (const [, ours] of pairs) bridge.add(ours)
    const tones = [440, 1_000, 1_700]
    for (const [index, [phone]] of pairs.entries()) phone.play(tone(tones[index] ?? 0), { repeat: 5 })

    const heard = await Promise.all(pairs.map(([phone], index) => heardBy(phone, `mixed-${index}`, 1_400)))

    for (const [index, samples] of heard.entries())
      for (const [other, hz] of tones.entries()) {
        if (other === index) expect(strength(samples, hz)).toBeLessThan(0.02)
        else expect(strength(samples, hz)).toBeGreaterThan(0.08)
      }
    bridge.close()
    await Promise.all(pairs.flat().map((session) => session.close()))
  })

  it('a key stops what is played and what is recorded, and is reported', async () => {
    const [phone, ours] = await connect()
    const playing = ours.play(tone(440), { repeat: 100, stopOn: ['5'] })
    const recording = ours.record({ path: join(folder, 'stopped.wav'), maxSeconds: 10, stopOn: ['5'] })
    await phone.sendDigits('5')

    expect(await playing.done).toEqual({ ended: 'digit', digit: '5' })
    expect((await recording.done).ended).toBe('digit')
    await Promise.all([phone.close(), ours.close()])
  })

  it('silence ends a recording that asks for it', async () => {
    const [phone, ours] = await connect()
    const result = await ours.record({ path: join(folder, 'silent.wav'), maxSeconds: 10, silenceSeconds: 1 }).done

    expect(result.ended).toBe('silence')
    await Promise.all([phone.close(), ours.close()])
  })

  it('a recording cut off by a crash is mended and keeps what was said', async () => {
    const [phone, ours] = await connect()
    const path = join(folder, 'crash.wav')
    await ours.record({ path, maxSeconds: 1 }).done
    truncateSync(path, 44 + 8_001)

    expect(await repairWav(path)).toBe(500)
    expect(wavToUlaw(readFileSync(path)).length).toBe(4_000)
    await Promise.all([phone.close(), ours.close()])
  })

  it('refuses an offer without a codec it speaks', async () => {
    const session = await engine.createSession({ profile: 'rtp' })

    await expect(session.answer('v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n')).rejects.toMatchObject({
      code: 'no-common-codec',
      status: 488,
    })
    await session.close()
  })
})
