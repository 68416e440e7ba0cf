/** What registrations and call set-ups cost the edge, beside the least Node can do. Run: node edge/bench-signalling.ts */
import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type {
  LoadRequest,
  LoadResult,
  SignallingKind,
  TargetCost,
  TargetRequest,
} from './testing/bench-signalling-messages.ts'

type Line = (what: string, figure: string) => void

interface Measured extends LoadResult {
  readonly perSecond: number
  readonly processUs: number
  readonly threadUs: number
}

const atOnce = 24
/** Of each kind: some to get the code hot, then those that count. */
const counts: Readonly<Record<SignallingKind, { readonly warm: number; readonly measured: number }>> = {
  register: { warm: 10_000, measured: 30_000 },
  refresh: { warm: 0, measured: 30_000 },
  call: { warm: 2_000, measured: 6_000 },
}
const names: Readonly<Record<SignallingKind, string>> = {
  register: 'registrations, fresh (two requests each)',
  refresh: 'registrations, refreshes (one request each)',
  call: 'calls, INVITE to BYE, challenged',
}
/** Most CPU each may cost, µs: aims of our own. */
const aims: Readonly<Partial<Record<SignallingKind, number>>> = { register: 100, call: 370 }

/** A child on one core, if there are two and the machine has `taskset`: peers were measured so. */
function onCore(core: number, name: string): ChildProcess {
  const node = [process.execPath, fileURLToPath(new URL(`./testing/${name}.ts`, import.meta.url))]
  const isPinned = availableParallelism() > 1 && process.platform === 'linux'
  const [command = process.execPath, ...rest] = isPinned ? ['taskset', '-c', String(core), ...node] : node
  return spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function ask<Answer>(child: ChildProcess, request: TargetRequest | LoadRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a part of the bench ended with code ${code}`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as Answer)
    })
    child.send(request)
  })
}

async function measure(
  target: ChildProcess,
  load: ChildProcess,
  port: number,
  kind: SignallingKind,
): Promise<Measured> {
  const { warm, measured } = counts[kind]
  const run = (count: number) => ask<LoadResult>(load, { type: 'run', kind, port, count, atOnce })
  if (warm > 0) await run(warm)
  const before = await ask<TargetCost>(target, { type: 'cost' })
  const result = await run(measured)
  const after = await ask<TargetCost>(target, { type: 'cost' })
  const each = (name: keyof TargetCost) => (after[name] - before[name]) / Math.max(1, result.done)
  return {
    ...result,
    perSecond: result.done / result.seconds,
    processUs: each('processUs'),
    threadUs: each('threadUs'),
  }
}

async function measureAll(kind: 'edge' | 'floor', wanted: readonly SignallingKind[]): Promise<Map<string, Measured>> {
  const [target, load] = [onCore(0, 'bench-signalling-target'), onCore(1, 'bench-signalling-load')]
  try {
    const { port } = await ask<{ port: number }>(target, { type: 'open', kind })
    const results = new Map<string, Measured>()
    for (const each of wanted) results.set(each, await measure(target, load, port, each))
    await ask(target, { type: 'close' })
    return results
  } finally {
    for (const child of [target, load]) child.kill()
  }
}

function textOf(kind: SignallingKind, measured: Measured, floor: Measured | undefined): string {
  const { perSecond, processUs, threadUs, p50Ms, p99Ms, failed } = measured
  // A stub has no aims.
  const aim = floor === undefined ? undefined : aims[kind]
  return [
    `${Math.round(perSecond).toLocaleString('en-US')} /s`,
    `CPU ${processUs.toFixed(0)} µs each (${threadUs.toFixed(0)} signalling)${aim === undefined ? '' : `, aim ≤ ${aim}: ${processUs <= aim ? 'met' : 'NOT MET'}`}`,
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    ...(floor === undefined ? [] : [`${(processUs / floor.processUs).toFixed(1)} × the floor`]),
    ...(failed === 0 ? [] : [`${failed} FAILED`]),
  ].join('; ')
}

/** Prints registrations and set-ups a second of the edge alone, CPU and time of each, and what a bare socket of Node takes. About 20 s. */
export async function benchSignalling(line: Line): Promise<void> {
  const kinds: readonly SignallingKind[] = ['register', 'refresh', 'call']
  const floors = await measureAll('floor', kinds)
  const ours = await measureAll('edge', kinds)
  for (const kind of kinds) {
    const [measured, floor] = [ours.get(kind), floors.get(kind)]
    if (measured === undefined || floor === undefined) continue
    line(`edge only, ${atOnce} at once: ${names[kind]}`, textOf(kind, measured, floor))
    line('  the same from a stub on a bare socket of Node', textOf(kind, floor, undefined))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await benchSignalling((what, figure) => console.log(`${what.padEnd(64)} ${figure}`))
