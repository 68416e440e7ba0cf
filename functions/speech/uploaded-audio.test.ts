import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { threadedConverter } from './audio-converter.ts'
import { telephonyAudio } from './uploaded-audio.ts'
import { readWav, writeWav } from './wav.ts'

const file = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../testdata/audio/${name}`, import.meta.url)))
const names = [
  'tone-440-44100-stereo.mp3',
  'tone-440-22050-mono.mp3',
  'tone-440-44100-stereo-vorbis.ogg',
  'tone-440-48000-stereo-opus.ogg',
]

// mpg123-decoder tells the console of every frame that is broken.
beforeEach(() => vi.spyOn(console, 'error').mockImplementation(() => undefined))
afterEach(() => vi.restoreAllMocks())

/** The same numbers each time. */
function* numbers(): Generator<number, never> {
  for (let seed = 7; ; ) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    yield seed / 0x7fffffff
  }
}

describe('files that are not what they should be', () => {
  it.each(names)(
    'a %s that was cut off or damaged anywhere is sound or a refusal, never anything else',
    async (name) => {
      const random = numbers()
      const next = (below: number) => Math.floor(random.next().value * below)
      for (let round = 0; round < 24; round++) {
        const bytes = file(name)
        if (round % 2 === 1) for (let flips = 0; flips < 30; flips++) bytes[12 + next(bytes.length - 12)] = next(256)
        const given = round % 2 === 0 ? bytes.subarray(0, next(bytes.length)) : bytes

        const outcome = await telephonyAudio(given).catch((error: unknown) => error)

        if ('durationMs' in (outcome as object)) expect(outcome).toMatchObject({ durationMs: expect.any(Number) })
        else expect([400, 415]).toContain((outcome as { status: number }).status)
      }
    },
  )

  it('a small file that says it lasts for hours is refused when fifty minutes are made, not when all is', async () => {
    // Pages of Opus packets of three bytes and 120 ms each: 4 MB of them would be 44 hours.
    const opus = file('tone-440-48000-stereo-opus.ogg')
    const heads = opus.subarray(0, Buffer.from(opus).indexOf('OggS', Buffer.from(opus).indexOf('OpusTags'), 'latin1'))
    const page = Buffer.concat([heads.subarray(0, 26), Buffer.from([255]), Buffer.alloc(255, 3)])
    page.writeUInt8(0, 5)
    page.writeBigInt64LE(-1n, 6)
    // Three frames of 40 ms of CELT silence would be more; a code-3 packet of SILK with 60 ms twice is 120 ms.
    const packets = Buffer.concat(Array.from({ length: 255 }, () => Buffer.from([0x19, 0x01, 0x01])))
    const bomb = Buffer.concat([heads, ...Array.from({ length: 4_000 }, () => Buffer.concat([page, packets]))])

    await expect(telephonyAudio(bomb)).rejects.toMatchObject({ code: 'audio-too-long', status: 400 })
  })

  it('a file whose decoding takes too long is given up', async () => {
    const long = writeWav({ sampleRate: 44_100, samples: new Int16Array(44_100 * 30) })

    await expect(telephonyAudio(long, 1)).rejects.toMatchObject({ code: 'audio-too-slow', status: 413 })
  })
})

describe('resampling', () => {
  it('gives every second of sound its 8,000 samples, however the file was cut into pieces', async () => {
    for (const sampleRate of [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000]) {
      const samples = new Int16Array(sampleRate * 3).fill(8_192)
      const { wav, durationMs } = await telephonyAudio(writeWav({ sampleRate, samples }))
      const kept = readWav(wav)?.samples ?? new Int16Array()

      expect([sampleRate, durationMs, kept.length]).toEqual([sampleRate, 3_000, 24_000])
      // A level stays a level where the pieces meet.
      expect(kept.subarray(100, -100).every((sample) => Math.abs(sample - 8_192) < 40)).toBe(true)
    }
  })
})

describe('the thread for conversions', () => {
  it('answers with the same sound and the same refusals', async () => {
    const convert = threadedConverter()
    const [sound, refusal] = await Promise.all([
      convert(file('tone-440-44100-stereo.mp3')),
      convert(file('tone-440.flac')).catch((error: unknown) => error),
    ])

    expect(sound.wav).toEqual(Uint8Array.from((await telephonyAudio(file('tone-440-44100-stereo.mp3'))).wav))
    expect(refusal).toMatchObject({ code: 'audio-not-supported', status: 415, details: { field: 'body' } })
  })

  it('is killed when it hangs, and the next file is converted', async () => {
    const broken = await threadedConverter({ msMax: 1 })(file('tone-440-44100-stereo.mp3')).catch((e: unknown) => e)

    expect(broken).toMatchObject({ code: 'audio-broken', status: 400 })
    expect((await threadedConverter()(file('tone-440-16000-mono-opus.ogg'))).durationMs).toBe(1_000)
  })
})
