import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { figure, line } from './bench-report.ts'
import { isThere, onCore, readStatistics, started, stopped } from './bench-set-ups.ts'
import { root } from './run-program.ts'

const [sipPort, loadPort] = [25_160, 25_190]
/** Registrations of a run, and how many are under way at once. */
const [runRegistrations, atOnce] = [30_000, 24]
const runSeconds = 60
const phones = 1_000
const peers =
  'Asterisk 3,203 (310 µs), FreeSWITCH 247, Yate 358, Kamailio 17,688 (56 µs), bare Node dgram 21,431 (45 µs)'

/** CPU of a process and its threads so far, seconds; undefined where there is no /proc. Clock ticks are a hundredth there. */
function cpuSeconds({ pid }: ChildProcess): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return undefined
  }
}

interface Run {
  readonly perSecond: number
  readonly done: number
  readonly failed: number
  readonly retransmitted: number
}

async function register(folder: string, count: number): Promise<Run> {
  const statistics = join(folder, 'statistics.csv')
  const sipp = onCore(1, 'sipp', [
    ...[`127.0.0.1:${sipPort}`, '-sf', join(root, 'tools', 'bench-register.xml'), '-inf', join(folder, 'phones.csv')],
    ...['-i', '127.0.0.1', '-p', String(loadPort), '-nostdin'],
    ...['-r', '100000', '-l', String(atOnce), '-m', String(count), '-timeout', String(runSeconds)],
    ...['-trace_stat', '-stf', statistics, '-fd', '1'],
  ])
  sipp.stdout?.resume()
  sipp.stderr?.resume()
  const began = performance.now()
  await new Promise((resolve) => sipp.once('exit', resolve))
  const seconds = (performance.now() - began) / 1_000
  const of = readStatistics(statistics)
  const figureOf = (name: string) => Number(of.get(name) ?? 0)
  const done = figureOf('SuccessfulCall(C)')
  return {
    perSecond: done / seconds,
    done,
    failed: figureOf('FailedCall(C)'),
    retransmitted: figureOf('Retransmissions(C)'),
  }
}

/** Registrations by digest over UDP, each a challenge and a proof with a Call-ID of its own: two requests, two answers. */
export async function benchRegistrations(): Promise<void> {
  if (!isThere('sipp')) return line('registrations over SIP', 'not measured: SIPp (sip-tester) is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'offhook-sipp-'))
  const rows = Array.from({ length: phones }, (_, index) => {
    const name = 100_000 + index
    return `${name};[authentication username=${name} password=secret]`
  })
  writeFileSync(join(folder, 'phones.csv'), `SEQUENTIAL\n${rows.join('\n')}\n`)
  const env = { OFFHOOK_SIP_PORT: String(sipPort), OFFHOOK_RTP_PORTS: '49000-49200', OFFHOOK_BENCH_PLANE: 'handler' }
  const target = onCore(0, process.execPath, [join(root, 'tools', 'bench-target.ts')], env)
  target.stderr?.resume()
  try {
    await started(target)
    await register(folder, 5_000)
    const before = cpuSeconds(target)
    const run = await register(folder, runRegistrations)
    const after = cpuSeconds(target)
    figure(`registrations over SIP, bindings written to the table, ${atOnce} at once`, run.perSecond, '/s', {
      atLeast: 10_000,
      peers,
    })
    if (before !== undefined && after !== undefined && run.done > 0)
      figure('  CPU a registration', ((after - before) * 1e6) / run.done, 'µs', { atMost: 100 })
    line('  failed, messages sent again', `${run.failed}, ${run.retransmitted}`)
  } finally {
    await stopped(target)
    rmSync(folder, { recursive: true, force: true })
  }
}
