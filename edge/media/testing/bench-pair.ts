import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchKind, BenchRequest, BenchResult, CostResult, HeardResult } from './bench-messages.ts'

/** Time measured at each step, ms. */
const measureMs = 2_500

const isPinnable = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** A child on one core, if there are two and the machine has `taskset`. */
function onCore(core: number, name: string): ChildProcess {
  const node = [process.execPath, fileURLToPath(new URL(`./${name}.ts`, import.meta.url))]
  const [command = process.execPath, ...rest] = isPinnable ? ['taskset', '-c', String(core), ...node] : node
  return spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function ask<Answer>(child: ChildProcess, request: BenchRequest): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the bench ended with code ${code}`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.removeListener('exit', ended)
      resolve(message as Answer)
    })
    child.send(request)
  })
}

/** Two processes: what is measured on one core, and the phones that load it on the other. */
export class BenchPair {
  readonly #load = onCore(1, 'bench-load')
  readonly #target: ChildProcess

  private constructor(program: string) {
    this.#target = onCore(0, program)
  }

  /** So many calls up at once, what the phones heard of them and what they cost. */
  static async measure(program: 'bench-engine' | 'bench-floor', kind: BenchKind, calls: number): Promise<BenchResult> {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'))
    const pair = new BenchPair(program)
    try {
      return await pair.#measure(kind, calls, folder)
    } finally {
      await pair.#end()
      rmSync(folder, { recursive: true, force: true })
    }
  }

  async #measure(kind: BenchKind, calls: number, folder: string): Promise<BenchResult> {
    const legs = kind === 'bridge' ? calls * 2 : calls
    const { offers } = await ask<{ offers: string[] }>(this.#load, { type: 'open', calls: legs })
    const { answers } = await ask<{ answers: string[] }>(this.#target, { type: 'serve', kind, offers, folder })
    await ask(this.#load, { type: 'talk', answers, sends: kind !== 'prompt' })
    await ask(this.#target, { type: 'start' })
    const heard = await ask<HeardResult>(this.#load, { type: 'measure', ms: measureMs })
    return { ...heard, ...(await ask<CostResult>(this.#target, { type: 'cost' })) }
  }

  /** Waits for the ends: what has not ended would slow the next measurement. */
  async #end(): Promise<void> {
    for (const child of [this.#load, this.#target]) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
  }
}
