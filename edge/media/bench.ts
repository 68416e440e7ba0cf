/** How many calls the media thread holds with clean audio, and what one costs. Run: node edge/media/bench.ts */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchRequest, BenchResult } from './testing/bench-messages.ts'

export type BenchKind = 'echo' | 'prompt' | 'bridge'

/** Calls to begin with, steps up, and the most that are tried. */
const ladders: Readonly<Record<BenchKind, readonly number[]>> = {
  echo: [300, 500, 700],
  prompt: [500, 700, 900],
  bridge: [200, 350, 500],
}
/** Time measured at each step, ms. */
const measureMs = 2_500
/** Clean: as peers are measured, loss at most 0.1 % and the 99th percentile of |inter-arrival − 20 ms| within 5 ms. */
const lossMax = 0.001
const pacingMsMax = 5

export interface BenchLine extends BenchResult {
  readonly kind: BenchKind
  readonly calls: number
  readonly isClean: boolean
}

const program = (name: string) => fileURLToPath(new URL(`./testing/${name}.ts`, import.meta.url))

/** A child on one core, if there are two and the machine has `taskset`. */
function onCore(core: number, file: string): ChildProcess {
  const node = [process.execPath, file]
  const pinned =
    availableParallelism() > 1 && process.platform === 'linux' ? ['taskset', '-c', String(core), ...node] : node
  const [command = process.execPath, ...rest] = pinned
  return spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function ask<Answer>(child: ChildProcess, request: BenchRequest): Promise<Answer> {
  const answer = new Promise<Answer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Answer))
    child.once('exit', (code) => reject(new Error(`the bench ended with code ${code}`)))
  })
  child.send(request)
  return answer
}

async function measure(kind: BenchKind, calls: number): Promise<BenchLine> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'))
  const load = onCore(1, program('bench-load'))
  const engine = onCore(0, program('bench-engine'))
  try {
    const { offers } = await ask<{ offers: string[] }>(load, {
      type: 'open',
      calls: kind === 'bridge' ? calls * 2 : calls,
    })
    const { answers } = await ask<{ answers: string[] }>(engine, { type: 'serve', kind, offers, folder })
    await ask(load, { type: 'talk', answers, sends: kind !== 'prompt' })
    await ask(engine, { type: 'start' })
    const heard = await ask<BenchResult>(load, { type: 'measure', ms: measureMs })
    const cost = await ask<BenchResult>(engine, { type: 'cost' })
    const result = { ...heard, ...cost }
    const isClean = result.loss <= lossMax && result.pacingP99Ms <= pacingMsMax && result.silent === 0
    return { kind, calls, isClean, ...result }
  } finally {
    for (const child of [load, engine]) child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

const figure = (value: number | undefined, digits = 1): string => (value === undefined ? '–' : value.toFixed(digits))

function lineOf(line: BenchLine): string {
  return [
    line.kind.padEnd(7),
    String(line.calls).padStart(5),
    line.isClean ? 'clean' : 'not clean',
    `loss ${figure(line.loss * 100, 3)} %`,
    `pacing p99 ${figure(line.pacingP99Ms)} ms (phones late by ${figure(line.phonesLateP99Ms)})`,
    ...(line.roundTripP99Ms === undefined ? [] : [`round trip p99 ${figure(line.roundTripP99Ms)} ms`]),
    `cpu ${figure(line.cpu * 100)} %`,
    `memory a call ${figure(line.kilobytesACall, 0)} kB`,
  ].join('  ')
}

/** Prints echo, prompt and bridged calls held with loss, pacing, CPU of the one core and memory a call. About 45 s. */
export async function benchMedia(): Promise<BenchLine[]> {
  const lines: BenchLine[] = []
  for (const kind of ['echo', 'prompt', 'bridge'] as const)
    for (const calls of ladders[kind]) {
      const line = await measure(kind, calls)
      lines.push(line)
      console.log(lineOf(line))
      if (!line.isClean) break
    }
  return lines
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchMedia()
