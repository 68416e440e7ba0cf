import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ready } from '@offhook/local/main.ts'
import { releasePorts, reservePorts, systemPorts } from './ports.ts'

const root = resolve(import.meta.dirname, '..', '..')
/** A first start speaks all prompts. */
const startMs = 90_000
/** Starts tried while ports turn out to be taken by somebody else's program. */
const startsMax = 5

/** Prompts of the first system a run started: the others need not speak them again. Changed texts are spoken anew at the next start. */
const spoken = join(root, '.build', 'spoken-prompts')
const spokenFolders = ['prompts', 'tones', 'speech'].map((name) => join('objects', 'objects', name))

function lendPrompts(folder: string): void {
  if (existsSync(spoken)) cpSync(spoken, folder, { recursive: true })
}

function keepPrompts(folder: string): void {
  if (existsSync(spoken)) return
  const staging = `${spoken}-${process.pid}`
  for (const name of spokenFolders) {
    mkdirSync(join(staging, name), { recursive: true })
    cpSync(join(folder, name), join(staging, name), { recursive: true })
  }
  // Systems that started side by side: whoever is first.
  if (existsSync(spoken)) rmSync(staging, { recursive: true, force: true })
  else renameSync(staging, spoken)
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
  for (let attempt = 1; ; attempt += 1)
    try {
      return await tryToStart(options)
    } catch (error) {
      // Tests beside this one take ports too.
      if (attempt === startsMax || !String(error).includes('is in use by another program')) throw error
    }
}

async function tryToStart(options: StartOptions): Promise<RunningSystem> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'offhook-'))
  if (options.folder === undefined) lendPrompts(folder)
  rmSync(join(folder, 'ready.json'), { force: true })
  const ports = await reservePorts(systemPorts)
  const rtp = 20_000 + 2 * Math.floor(Math.random() * 5_000)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'tools', 'start.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      OFFHOOK_DATA: folder,
      OFFHOOK_HTTP_PORT: String(ports),
      OFFHOOK_SIP_PORT: String(ports + 1),
      OFFHOOK_SIPS_PORT: String(ports + 2),
      OFFHOOK_CARRIER_PORT: String(ports + 3),
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
    releasePorts(ports)
    throw new Error(`it did not start:\n${said}`)
  }
  keepPrompts(folder)
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
      releasePorts(ports)
      return code
    },
  }
}
