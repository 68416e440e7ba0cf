import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SippOptions {
  /** Path of the scenario file. */
  readonly scenario: string
  readonly target: { readonly address: string; readonly port: number }
  /** A folder of its own: what it writes about the run. */
  readonly folder: string
  /** Calls in all, a second, and at once. */
  readonly calls: number
  readonly perSecond: number
  readonly atOnce?: number
  /** User part of the Request-URI, where the scenario has one. @default 'service' */
  readonly service?: string
  /** Names and passwords, taken in turn. */
  readonly users?: readonly { readonly username: string; readonly password: string }[]
  /** Length of the scenario's pause, ms. @default 1,000 */
  readonly pauseMs?: number
  /** Address it sends from; every 127.x.y.z is this machine. @default 127.0.0.1 */
  readonly from?: string
  /** Longest run, ms. @default 120,000 */
  readonly withinMs?: number
}

export interface SippResult {
  readonly exitCode: number | null
  readonly succeeded: number
  readonly failed: number
  readonly retransmissions: number
  readonly seconds: number
  /** What went wrong, in SIPp's own words. */
  readonly errors: string
}

/** Longest wait for a message of a scenario, ms. */
const answerMs = 10_000

async function freeUdpPort(address: string): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

/** Plays a scenario by SIPp (Debian package sip-tester), a program of its own with a SIP stack of its own. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  const { folder, target, users = [], from = '127.0.0.1', service = 'service' } = options
  mkdirSync(folder, { recursive: true })
  const [statistics, errors, list] = ['statistics.csv', 'errors.log', 'users.csv'].map((name) => join(folder, name))
  const lines = users.map(({ username, password }) =>
    [username, `[authentication username=${username} password=${password}]`].join(';'),
  )
  writeFileSync(list ?? '', `SEQUENTIAL\n${lines.join('\n')}\n`)
  const args = [
    `${target.address}:${target.port}`,
    ...[
      '-sf',
      options.scenario,
      '-i',
      from,
      '-p',
      String(await freeUdpPort(from)),
      '-t',
      'u1',
      '-nostdin',
      '-s',
      service,
    ],
    // Of itself it proves who it is for the address alone, which is good for no number.
    ...(options.service === undefined ? [] : ['-auth_uri', `${service}@${target.address}:${target.port}`]),
    ...['-recv_timeout', String(answerMs)],
    ...['-m', String(options.calls), '-r', String(options.perSecond), '-l', String(options.atOnce ?? options.calls)],
    ...['-d', String(options.pauseMs ?? 1_000), '-timeout', `${Math.ceil((options.withinMs ?? 120_000) / 1_000)}s`],
    ...(users.length === 0 ? [] : ['-inf', list ?? '']),
    ...['-trace_stat', '-stf', statistics ?? '', '-fd', '1', '-trace_err', '-error_file', errors ?? ''],
  ]
  const began = Date.now()
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    const child = spawn('sipp', args, { cwd: folder, stdio: 'ignore' })
    child.once('error', reject)
    child.once('exit', resolve)
  })
  return {
    exitCode,
    seconds: (Date.now() - began) / 1_000,
    ...readStatistics(statistics ?? ''),
    errors: readOrNothing(errors ?? '').slice(0, 4_000),
  }
}

/** The last line of SIPp's statistics, in the cumulative columns. */
function readStatistics(path: string): Pick<SippResult, 'succeeded' | 'failed' | 'retransmissions'> {
  const lines = readOrNothing(path).trim().split('\n')
  const names = lines[0]?.split(';') ?? []
  const last = lines.at(-1)?.split(';') ?? []
  const of = (name: string) => Number(last[names.indexOf(name)] ?? Number.NaN)
  return {
    succeeded: of('SuccessfulCall(C)'),
    failed: of('FailedCall(C)'),
    retransmissions: of('Retransmissions(C)'),
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
