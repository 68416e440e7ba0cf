import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { frameSamples, ulawSilence } from '../g711.ts'
import { wavHeader, wavToUlaw } from '../wav.ts'
import { Player } from './player.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'player-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A file of so many samples, each unlike its neighbours, and what is heard of it. */
function file(samples: number): { readonly path: string; readonly heard: readonly number[] } {
  const path = join(folder, `${samples}.wav`)
  const data = Buffer.alloc(samples * 2)
  for (let n = 0; n < samples; n += 1) data.writeInt16LE(((n * 517) % 20_000) - 10_000, n * 2)
  const bytes = Buffer.concat([wavHeader(1, data.length), data])
  writeFileSync(path, bytes)
  return { path, heard: [...wavToUlaw(bytes)] }
}

async function played(path: string, repeat: number, frames: number): Promise<number[]> {
  const player = new Player(1, { kind: 'file', path }, repeat, [], () => undefined)
  const out: number[] = []
  await vi.waitFor(() => {
    const first = player.next()
    expect(first).toBeDefined()
    out.push(...(first ?? []))
  })
  for (let made = 1; made < frames; made += 1) out.push(...(player.next() ?? []))
  return out
}

describe('music', () => {
  it.each([
    ['a whole number of frames', 3 * frameSamples],
    ['a frame and a bit', frameSamples + 37],
    ['less than half a frame', 61],
    ['a thousand samples', 1_000],
  ])('that lasts %s loops without a gap', async (_, samples) => {
    const { path, heard } = file(samples)
    const frames = Math.floor((2 * samples) / frameSamples) + 1
    const out = await played(path, Number.POSITIVE_INFINITY, frames)
    const loops = Array.from({ length: frames * frameSamples }, (__, n) => heard[n % samples])

    expect(out).toEqual(loops)
  })

  it('that is played twice ends after the second time, its last frame filled with silence', async () => {
    const { path, heard } = file(1_000)
    const out = await played(path, 2, 20)

    expect(out).toHaveLength(13 * frameSamples)
    expect(out.slice(0, 2_000)).toEqual([...heard, ...heard])
    expect(out.slice(2_000).every((sample) => sample === ulawSilence)).toBe(true)
  })

  it('that is longer than what is made ready at once is whole', async () => {
    const { path, heard } = file(170_000)
    const out = await played(path, 1, 170_000 / frameSamples)

    expect(out.slice(0, 170_000)).toEqual(heard.slice(0, out.length))
  })
})
