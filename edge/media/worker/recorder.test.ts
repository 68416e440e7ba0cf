import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameSamples, ulawEncode } from '../g711.ts'
import type { RecordResult } from '../media-engine.ts'
import { parseWav, repairWav, wavToUlaw } from '../wav.ts'
import { Recorder } from './recorder.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const speech = new Uint8Array(frameSamples).fill(ulawEncode[5_000] ?? 0)

function recorder(options: ConstructorParameters<typeof Recorder>[1]): { made: Recorder; done: Promise<RecordResult> } {
  const { promise, resolve } = Promise.withResolvers<RecordResult>()
  return { made: new Recorder(1, options, resolve), done: promise }
}

describe('a recording', () => {
  it('has every frame, ends at its limit, and says its length in its header', async () => {
    const path = join(folder, 'whole.wav')
    const { made, done } = recorder({ path, maxSeconds: 2 })
    for (let frame = 0; frame < 150; frame += 1) made.frame(frame % 2 === 0 ? speech : undefined, undefined)

    expect(await done).toEqual({ ended: 'limit', durationMs: 2_000, path })
    const samples = wavToUlaw(readFileSync(path))
    expect(samples.length).toBe(16_000)
    expect(samples.filter((code) => code === speech[0]).length).toBe(8_000)
  })

  it('is silent where it was paused, and ends by the silence it waits for', async () => {
    const path = join(folder, 'paused.wav')
    const { made, done } = recorder({ path, maxSeconds: 60, silenceSeconds: 1 })
    for (let frame = 0; frame < 20; frame += 1) {
      made.setPaused(frame >= 10)
      made.frame(speech, undefined)
    }
    for (let frame = 0; frame < 80 && !made.isOver; frame += 1) made.frame(undefined, undefined)

    expect(await done).toMatchObject({ ended: 'silence', durationMs: 1_400 })
    expect(wavToUlaw(readFileSync(path)).filter((code) => code === speech[0]).length).toBe(1_600)
  })

  it('that is killed with its process keeps what was said, but for the last half second', async () => {
    const path = join(folder, 'killed.wav')
    const program = `
      import { Recorder } from ${JSON.stringify(new URL('./recorder.ts', import.meta.url).href)}
      const recorder = new Recorder(1, { path: ${JSON.stringify(path)}, maxSeconds: 60 }, () => {})
      for (let frame = 0; frame < 120; frame += 1) recorder.frame(new Uint8Array(160).fill(1), undefined)
      setTimeout(() => process.stdout.write('now'), 200)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')

    expect(wavToUlaw(readFileSync(path)).length).toBe(16_000)
    expect(await repairWav(path)).toBe(2_000)
    expect(parseWav(readFileSync(path))?.dataBytes).toBe(32_000)
  })
})
