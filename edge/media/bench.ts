/**
 * How many calls the media thread holds with clean audio, what one costs, and what the least of programs does in its place.
 * Run: `npm run bench -- held`. Engine on one core, phones on the other, G.711 in packets of 20 ms over loopback.
 */

import type { BenchKind, BenchResult } from './testing/bench-messages.ts'
import { BenchPair } from './testing/bench-pair.ts'

/** What a figure is held against: our aim, and what others reach. */
export interface BenchAgainst {
  readonly atLeast?: number
  readonly atMost?: number
  readonly peers?: string
}

/** Where figures go, with an aim or as text; tools/bench-report.ts has both. */
export interface BenchReport {
  figure(what: string, value: number, unit: string, against?: BenchAgainst): void
  line(what: string, figure: string): void
}

interface Load {
  /** Calls tried, fewer first; the aim is one of them. */
  readonly steps: readonly number[]
  /** Calls the bare program is begun with: it is known to hold those before. */
  readonly floorSteps: readonly number[]
  readonly aim: number
  readonly peers: string
  readonly memoryPeers?: string
  readonly cpuPeers?: string
}

const loads: Readonly<Record<BenchKind, Load>> = {
  echo: {
    steps: [300, 800, 1_000, 1_200, 1_400],
    floorSteps: [800, 1_000, 1_200, 1_400],
    aim: 800,
    peers: 'Asterisk 350-400, FreeSWITCH 200',
    memoryPeers: 'Asterisk 148, FreeSWITCH 376',
  },
  prompt: {
    steps: [500, 1_000, 1_500, 2_000],
    floorSteps: [500, 1_000, 1_500, 2_000],
    aim: 500,
    peers: 'Asterisk 200-250, FreeSWITCH 200, Yate 170',
  },
  bridge: {
    steps: [200, 350, 500, 600, 700],
    floorSteps: [350, 500, 600, 700],
    aim: 350,
    peers: 'Asterisk 200-220, FreeSWITCH 170, Yate 150, Kamailio with rtpengine 600',
    memoryPeers: 'Asterisk 365, FreeSWITCH 300, Yate 46',
    cpuPeers: 'Asterisk 0.31, FreeSWITCH 0.40, Yate 0.54, Kamailio with rtpengine 0.13',
  },
}
/** Held: as peers are measured. Our own aim for pacing is stricter. */
const lossMax = 0.001
const heldPacingMs = 20
const aimPacingMs = 5
/** Echo calls at which the round trip is measured. */
const roundTripCalls = 300
/** From here on the phones, not what they talk to, are what is measured: share of their core, and how late they are, ms. */
const phonesCpuMax = 0.9
const phonesLateMsMax = 10

interface Step extends BenchResult {
  readonly calls: number
}

const isHeld = ({ loss, pacingP99Ms, silent }: BenchResult): boolean =>
  loss <= lossMax && pacingP99Ms <= heldPacingMs && silent === 0
const arePhonesSpent = ({ phonesCpu, phonesLateP99Ms }: BenchResult): boolean =>
  phonesCpu > phonesCpuMax || phonesLateP99Ms > phonesLateMsMax

/** Goes up until the audio is no longer clean. A step that fails is tried again: other programs use this machine too. */
async function climb(program: 'bench-engine' | 'bench-floor', kind: BenchKind, steps: readonly number[]) {
  const done: Step[] = []
  for (const calls of steps) {
    let result = await BenchPair.measure(program, kind, calls)
    if (!isHeld(result)) result = await BenchPair.measure(program, kind, calls)
    done.push({ calls, ...result })
    if (!isHeld(result)) break
  }
  return done
}

/** The most calls held, and why no more: `≥` where more were not tried, or where the phones gave up first. */
function mostHeld(steps: readonly Step[]): { readonly calls: number; readonly why: string } {
  const held = steps.filter(isHeld).at(-1)?.calls ?? 0
  const broken = steps.find((step) => !isHeld(step))
  if (broken === undefined) return { calls: held, why: 'more were not tried' }
  const { calls, loss, pacingP99Ms, silent } = broken
  const how = `at ${calls}: pacing p99 ${pacingP99Ms.toFixed(1)} ms, loss ${(loss * 100).toFixed(2)} %, silent ${silent}`
  return { calls: held, why: arePhonesSpent(broken) ? `${how}, but there the phones themselves were late` : how }
}

function reportCosts(report: BenchReport, kind: BenchKind, at: Step): void {
  const { memoryPeers, cpuPeers } = loads[kind]
  const calls = `at ${at.calls} calls`
  report.figure(`  pacing p99 ${calls}`, at.pacingP99Ms, 'ms', { atMost: aimPacingMs })
  report.figure(`  loss ${calls}`, at.loss * 100, '%', { atMost: lossMax * 100 })
  report.figure(
    `  CPU a call ${calls}`,
    (at.cpu * 100) / at.calls,
    '% of a core',
    cpuPeers === undefined ? {} : { peers: cpuPeers },
  )
  const peers = memoryPeers === undefined ? {} : { peers: memoryPeers }
  report.figure(`  memory a call ${calls}`, at.kilobytesACall, 'kB', { atMost: 60, ...peers })
  report.line(
    `  the phones ${calls}`,
    `late by ${at.phonesLateP99Ms.toFixed(1)} ms (p99), ${(at.phonesCpu * 100).toFixed(0)} % of their core${arePhonesSpent(at) ? ': they are what is measured' : ''}`,
  )
}

async function benchKind(report: BenchReport, kind: BenchKind): Promise<void> {
  const { steps, floorSteps, aim, peers } = loads[kind]
  const ours = await climb('bench-engine', kind, steps)
  const most = mostHeld(ours)
  report.figure(`${kind} calls held`, most.calls, 'calls', { atLeast: aim, peers })
  report.line('  and no more', most.why)
  const at = ours.find(({ calls }) => calls === aim)
  if (at !== undefined) reportCosts(report, kind, at)
  const few = ours.find(({ calls }) => kind === 'echo' && calls === roundTripCalls)
  if (few?.roundTripP99Ms !== undefined)
    report.figure(`  round trip p99 at ${few.calls} calls`, few.roundTripP99Ms, 'ms', { atMost: 5 })
  const floor = await climb('bench-floor', kind, floorSteps)
  const floorAt = floor.find(({ calls }) => calls === aim)
  const { calls, why } = mostHeld(floor)
  report.line('  bare Node dgram, the least a program can do', `${calls} calls; ${why}`)
  if (at === undefined || floorAt === undefined) return
  report.line(
    '  CPU of ours to that of the bare program',
    `${(at.cpu / floorAt.cpu).toFixed(2)} (${((floorAt.cpu * 100) / aim).toFixed(3)} % a call)`,
  )
}

/** Prints echo, prompt and bridged calls held, with what they cost and the same of a bare program. About three minutes at the most. */
export async function benchMedia(report: BenchReport): Promise<void> {
  for (const kind of ['echo', 'prompt', 'bridge'] as const) await benchKind(report, kind)
}
