import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ready } from '@offhook/local/main.ts'

const root = resolve(import.meta.dirname, '..', '..')
/** A first start speaks all prompts. */
const startMs = 90_000

export async function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

export interface RunningSystem {
  readonly ready: Ready
  readonly folder: string
  readonly process: ChildProcess
  /** What it printed so far. */
  output(): string
  passwordOf(extension: string): string
  /** Stops it, tidily unless told a signal; the data stay. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface StartOptions {
  readonly folder?: string
  readonly environment?: Record<string, string>
}

/** Starts the PBX as `npm start` does, in a process of its own, on free ports and a data folder of its own, and waits until it is ready. */
export async function startSystem(options: StartOptions = {}): Promise<RunningSystem> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'offhook-'))
  rmSync(join(folder, 'ready.json'), { force: true })
  const [http, sip, sips, carrier] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  const rtp = 30_000 + 2 * Math.floor(Math.random() * 10_000)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'tools', 'start.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      OFFHOOK_DATA: folder,
      OFFHOOK_HTTP_PORT: String(http),
      OFFHOOK_SIP_PORT: String(sip),
      OFFHOOK_SIPS_PORT: String(sips),
      OFFHOOK_CARRIER_PORT: String(carrier),
      OFFHOOK_RTP_PORTS: `${rtp}-${rtp + 1_999}`,
      ...options.environment,
    },
  })
  let said = ''
  const note = (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-100_000)
  }
  child.stdout?.on('data', note)
  child.stderr?.on('data', note)
  for (const until = Date.now() + startMs; !said.includes('Offhook is ready'); await sleep(20)) {
    if (child.exitCode === null && Date.now() < until) continue
    child.kill('SIGKILL')
    throw new Error(`it did not start:\n${said}`)
  }
  const ready = JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')) as Ready
  return {
    ready,
    folder,
    process: child,
    output: () => said,
    passwordOf: (extension) => ready.extensions.find((one) => one.number === extension)?.password ?? '',
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const gone = new Promise<number | null>((resolveCode) => child.once('exit', resolveCode))
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      const code = await gone
      clearTimeout(timer)
      return code
    },
  }
}
