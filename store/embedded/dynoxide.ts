import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { PbxError } from '@offhook/shared/pbx-error.ts'

/** Time the engine has to answer, ms, and how often it is asked. */
const readyMs = 10_000
const askMs = 10
/** Ports tried: between finding one free and using it somebody else may take it. */
const portTries = 3
/** An engine that dies more often than this in a minute stays down. */
const restartsPerMinute = 5
const restartWindowMs = 60_000
const stopMs = 3_000

export interface EmbeddedTable {
  readonly endpoint: string
  /** Process id of the engine as it runs now. */
  readonly pid: number
  /** Settles with the exit code when the engine is gone for good without being asked to. */
  readonly died: Promise<number | null>
  stop(): Promise<void>
}

/** Where the engine's binary lies; `undefined` on machines it is not made for. */
function findBinary(): string | undefined {
  try {
    const require = createRequire(import.meta.url)
    return join(dirname(require.resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`)), 'dynoxide')
  } catch {
    return undefined
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function isAnswering(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(1_000) })
    return true
  } catch {
    return false
  }
}

/**
 * Ends the engine when this process is gone, however it went: the watchdog reads from a pipe that nobody else holds, and the pipe is closed
 * with us. SIGTERM, as in an orderly stop. A Ctrl+C, which all processes of a terminal hear, is not for it.
 */
function watch(enginePid: number): ChildProcess {
  const script = 'trap "" INT TERM HUP; read -r line; kill -TERM "$0"'
  const watchdog = spawn('/bin/sh', ['-c', script, String(enginePid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  // Without a shell the engine is ended at the next start.
  watchdog.on('error', () => {})
  watchdog.stdin?.on('error', () => {})
  watchdog.unref()
  const pipe = watchdog.stdin as { unref?: () => void } | null
  pipe?.unref?.()
  return watchdog
}

interface Running {
  readonly child: ChildProcess
  readonly exited: Promise<number | null>
  readonly said: () => string
}

function run(binary: string, port: number, file: string | undefined): Running {
  const storage = file === undefined ? [] : ['--db-path', file]
  const child = spawn(binary, ['--host', '127.0.0.1', '--port', String(port), ...storage], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-2_000)
  })
  const watchdog = child.pid === undefined ? undefined : watch(child.pid)
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      // The number may be another's from now on.
      watchdog?.kill('SIGKILL')
      resolve(code)
    })
    child.once('error', (error) => {
      said = error.message
      resolve(null)
    })
  })
  try {
    if (file !== undefined) writeFileSync(pidFile(file), String(child.pid ?? ''), { mode: 0o600 })
  } catch (error) {
    // Where this cannot be written, neither can the table.
    said = String(error)
    child.kill('SIGKILL')
  }
  return { child, exited, said: () => said.trim() || 'it said nothing' }
}

const pidFile = (file: string): string => `${file}.pid`

/** An engine whose parent was killed goes on holding the file: it is known by its pid and by the file on its command line. */
function endOrphan(binary: string, file: string): void {
  try {
    const pid = Number(readFileSync(pidFile(file), 'utf8'))
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    if (command[0] === binary && command.includes(file)) process.kill(pid, 'SIGKILL')
  } catch {
    // No such file or no such process: then there is no orphan.
  }
}

/** True when it answers, false when it ended or kept silent; it is not running then. */
async function isReady({ child, exited }: Running, endpoint: string): Promise<boolean> {
  let over = false
  void exited.then(() => {
    over = true
  })
  for (const until = Date.now() + readyMs; !over && Date.now() < until; await wait(askMs))
    if ((await isAnswering(endpoint)) && !over) return true
  child.kill('SIGKILL')
  return false
}

const notStarted = (why: string): PbxError =>
  new PbxError('no-embedded-table', { message: `The embedded table engine did not start: ${why}.` })

/**
 * Starts the embedded DynamoDB engine as a child process on a free port of loopback. `file` keeps the table; without it all is in memory.
 * An engine with a file that dies is started again on the same port. Throws no-embedded-table.
 */
export async function startEmbedded(file?: string, restartsMax = restartsPerMinute): Promise<EmbeddedTable> {
  const binary = findBinary()
  if (binary === undefined)
    throw new PbxError('no-embedded-table', {
      message: `There is no embedded table engine for ${process.platform} on ${process.arch}: give the address of any DynamoDB-compatible server in DYNAMODB_ENDPOINT, such as http://127.0.0.1:8000.`,
    })
  if (file !== undefined) endOrphan(binary, file)
  let running: Running | undefined
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    running = run(binary, port, file)
    if (await isReady(running, `http://127.0.0.1:${port}`))
      return supervise({ binary, port, file, restartsMax }, running)
    if (tries === portTries) throw notStarted(running.said())
  }
}

interface Supervised {
  readonly binary: string
  readonly port: number
  readonly file: string | undefined
  readonly restartsMax: number
}

function supervise({ binary, port, file, restartsMax }: Supervised, first: Running): EmbeddedTable {
  const endpoint = `http://127.0.0.1:${port}`
  let running = first
  let wanted = true
  // Dying with us: an engine left behind would hold the file.
  const kill = () => running.child.kill('SIGKILL')
  process.once('exit', kill)

  async function keep(): Promise<number | null> {
    const restarts: number[] = []
    for (;;) {
      const code = await running.exited
      if (!wanted) return new Promise<never>(() => {})
      const recent = restarts.filter((at) => at > Date.now() - restartWindowMs)
      // What was in memory alone is lost: nobody may go on as if it were not.
      if (file === undefined || recent.length >= restartsMax) return code
      restarts.push(Date.now())
      running = run(binary, port, file)
      if (!(await isReady(running, endpoint)) && wanted) return code
    }
  }

  return {
    endpoint,
    get pid() {
      return running.child.pid ?? 0
    },
    died: keep(),
    async stop() {
      wanted = false
      process.off('exit', kill)
      running.child.kill('SIGTERM')
      const timer = setTimeout(kill, stopMs)
      await running.exited
      clearTimeout(timer)
      if (file !== undefined) rmSync(pidFile(file), { force: true })
    },
  }
}
