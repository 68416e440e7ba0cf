import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureHandler } from '@offhook/local/bench-handler.ts'
import { figure, line } from './bench-report.ts'
import { root } from './run-program.ts'

const [sipPort, loadPort] = [25_060, 25_090]
const rtpPorts = '45000-48999'
const startMs = 60_000
/** Calls of a run, and how many are under way at once while the most a second is looked for. */
const [runCalls, atOnce] = [4_000, 24]
const runSeconds = 60
const peers = 'Asterisk 910, FreeSWITCH 140, Yate 137, Kamailio 2,495 (proxied)'
const answeredIn = [5, 10, 20, 50, 100, 500] as const

/** The shipped handler by itself: no SIP, no media. */
export async function benchHandler(): Promise<void> {
  const { turnCpuMs, perAnsweredCall, setUps } = await measureHandler()
  figure('handler: CPU a turn, p50', turnCpuMs.p50, 'ms')
  figure('handler: CPU a turn, p99', turnCpuMs.p99, 'ms', { atMost: 5 })
  figure('an answered call: reads (account head, live facts)', perAnsweredCall.reads, '', { atMost: 2 })
  figure('an answered call: writes (its start, its end)', perAnsweredCall.writes, '', { atMost: 2 })
  figure('set-ups through handler, journal and table, no SIP', setUps.perSecond, '/s', { atLeast: 2_700 })
  figure('  CPU a call of two turns, its share of the table writes in it', setUps.cpuMs, 'ms')
  figure('  from arrival to the answer with 64 at once, p50', setUps.p50Ms, 'ms')
  figure('  from arrival to the answer with 64 at once, p99', setUps.p99Ms, 'ms', { atMost: 20 })
}

export const isThere = (program: string): boolean => spawnSync('which', [program]).status === 0

/** On one core where there are two, as the peers were measured; the generator has the other one. */
export function onCore(
  core: number,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  const isPinned = availableParallelism() > 1 && isThere('taskset')
  const command = isPinned ? 'taskset' : program
  const given = isPinned ? ['-c', String(core), program, ...args] : args
  return spawn(command, given, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
}

/** Resolves when the target takes calls. */
export async function started(target: ChildProcess): Promise<void> {
  const timer = setTimeout(() => target.kill('SIGKILL'), startMs)
  for await (const bytes of target.stdout ?? []) if (String(bytes).includes('Load account')) break
  clearTimeout(timer)
  if (target.exitCode !== null) throw new Error('the target of the load did not start')
}

interface Run {
  readonly perSecond: number
  readonly failed: number
  readonly retransmitted: number
  /** Calls answered within so many ms of the proven INVITE. */
  readonly within: ReadonlyMap<number, number>
}

/** The last line of SIPp's statistics, by column. */
export function readStatistics(path: string): ReadonlyMap<string, string> {
  const [names = '', ...rows] = readFileSync(path, 'utf8').trim().split('\n')
  const values = rows.at(-1)?.split(';') ?? []
  return new Map(names.split(';').map((name, index) => [name, values[index] ?? '']))
}

async function load(options: { readonly perSecond: number; readonly atOnce: number }): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-sipp-'))
  const statistics = join(folder, 'statistics.csv')
  const sipp = onCore(1, 'sipp', [
    ...[`127.0.0.1:${sipPort}`, '-sf', join(root, 'tools', 'bench-call.xml'), '-s', 'ivr', '-nostdin'],
    ...['-auth_uri', `ivr@127.0.0.1:${sipPort}`, '-i', '127.0.0.1', '-p', String(loadPort), '-mp', '21000'],
    ...['-r', String(options.perSecond), '-l', String(options.atOnce), '-m', String(runCalls)],
    ...['-timeout', String(runSeconds), '-trace_stat', '-stf', statistics, '-fd', '1'],
  ])
  sipp.stdout?.resume()
  sipp.stderr?.resume()
  const began = performance.now()
  await new Promise((resolve) => sipp.once('exit', resolve))
  const seconds = (performance.now() - began) / 1_000
  const of = readStatistics(statistics)
  rmSync(folder, { recursive: true })
  const count = (name: string) => Number(of.get(name) ?? 0)
  let done = 0
  const within = new Map(
    answeredIn.map((ms) => {
      done += count(`ResponseTimeRepartition1_<${ms}`)
      return [ms, done]
    }),
  )
  return {
    perSecond: count('SuccessfulCall(C)') / seconds,
    failed: count('FailedCall(C)'),
    retransmitted: count('Retransmissions(C)'),
    within,
  }
}

function report(what: string, run: Run, aim: object): void {
  figure(what, run.perSecond, '/s', aim)
  const answered = [...run.within].map(([ms, calls]) => `${((calls / runCalls) * 100).toFixed(1)} % in ${ms} ms`)
  line(`  ${run.failed} failed, ${run.retransmitted} messages sent again; answered`, answered.join(', '))
}

/** Calls over SIP into `npm run bench:target`, answered by a prompt: INVITE, 401, INVITE, 200, BYE. */
export async function benchSetUps(): Promise<void> {
  if (!isThere('sipp'))
    return line('set-ups over SIP through the handler', 'not measured: SIPp (sip-tester) is not installed')
  for (const [plane, label] of [
    ['handler', 'through handler, journal and table'],
    ['edge', 'edge only'],
  ] as const) {
    const env = { OFFHOOK_SIP_PORT: String(sipPort), OFFHOOK_RTP_PORTS: rtpPorts, OFFHOOK_BENCH_PLANE: plane }
    const target = onCore(0, process.execPath, [join(root, 'tools', 'bench-target.ts')], env)
    target.stderr?.resume()
    try {
      await started(target)
      await load({ perSecond: 200, atOnce })
      const most = await load({ perSecond: 100_000, atOnce })
      report(`set-ups over SIP, ${label}, ${atOnce} at once`, most, plane === 'edge' ? {} : { atLeast: 2_700, peers })
      if (plane === 'handler') {
        const perSecond = Math.max(1, Math.floor(most.perSecond / 2))
        report(`set-ups over SIP, ${label}, at half of that`, await load({ perSecond, atOnce: 1_000 }), {})
      }
    } finally {
      await stopped(target)
    }
  }
}

export async function stopped(target: ChildProcess): Promise<void> {
  if (target.exitCode !== null) return
  const gone = new Promise((resolve) => target.once('exit', resolve))
  target.kill('SIGINT')
  const timer = setTimeout(() => target.kill('SIGKILL'), 30_000)
  await gone
  clearTimeout(timer)
}
