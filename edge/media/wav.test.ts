import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alawEncode, ulawEncode } from './g711.ts'
import { strengthOf } from './testing/rtp-probe.ts'
import { parseWav, repairWav, wavHeader, wavToUlaw } from './wav.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)

/** A second of 440 Hz as a WAV file of any format; `tag` 1 is PCM, 6 A-law, 7 µ-law. */
function wav(tag: number, sampleRate: number, channels = 1): Buffer {
  const width = tag === 1 ? 2 : 1
  const data = Buffer.alloc(sampleRate * channels * width)
  for (let frame = 0; frame < sampleRate; frame += 1) {
    const value = Math.round(8_000 * Math.sin((2 * Math.PI * 440 * frame) / sampleRate))
    const at = frame * channels * width
    if (tag === 1) data.writeInt16LE(value, at)
    else data[at] = (tag === 7 ? ulawEncode : alawEncode)[value & 0xffff] ?? 0
  }
  const header = wavHeader(channels, data.length)
  header.writeUInt16LE(tag, 20)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt16LE(width * 8, 34)
  return Buffer.concat([header, data])
}

describe('WAV files', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wav-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['16-bit PCM at 8 kHz', wav(1, 8_000)],
    ['16-bit PCM at 16 kHz', wav(1, 16_000)],
    ['16-bit PCM at 48 kHz, two channels', wav(1, 48_000, 2)],
    ['A-law', wav(6, 8_000)],
    ['µ-law', wav(7, 8_000)],
  ])('of %s are played', (_, bytes) => {
    const samples = wavToUlaw(bytes)

    expect(samples.length).toBe(8_000)
    expect(strengthOf(samples, 440)).toBeCloseTo(8_000 / 32_768, 1)
  })

  it('a recording cut off by a crash gets its right sizes and keeps what was said', async () => {
    const path = join(folder, 'crash.wav')
    writeFileSync(path, Buffer.concat([wavHeader(2, undefined), Buffer.alloc(32_000)]))
    truncateSync(path, 44 + 16_003)

    expect(wavToUlaw(readFileSync(path)).length).toBe(4_000)
    expect(await repairWav(path)).toBe(500)
    expect(parseWav(readFileSync(path))).toMatchObject({ channels: 2, dataBytes: 16_000 })
    expect(execFileSync('tail', ['-c', '+45', path]).length).toBe(statSync(path).size - 44)
  })

  it('what is no WAV file is refused with a sentence, and no bytes make the reader throw', () => {
    expect(() => wavToUlaw(Buffer.from('not audio'))).toThrow('not a WAV file')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseWav(Buffer.concat([wavHeader(1, 0).subarray(0, 12), Buffer.from(bytes), Buffer.alloc(40)]))
        return true
      }),
      { numRuns: runs },
    )
  })
})
