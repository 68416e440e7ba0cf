import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { PbxError } from '@offhook/shared/pbx-error.ts'

/** Time the engine has to answer, ms, and how often it is asked. */
const readyMs = 10_000
const askMs = 20

export interface EmbeddedTable {
  readonly endpoint: string
  /** Settles when the engine is gone without being asked to. */
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

async function isAnswering(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(1_000) })
    return true
  } catch {
    return false
  }
}

/** Starts the embedded DynamoDB engine as a child process on loopback. `file` absent keeps everything in memory. */
export async function startEmbedded(file?: string): Promise<EmbeddedTable> {
  const binary = findBinary()
  if (binary === undefined)
    throw new PbxError('no-embedded-table', {
      message: `There is no embedded table engine for ${process.platform} on ${process.arch}: give the address of any DynamoDB-compatible server in DYNAMODB_ENDPOINT, such as http://127.0.0.1:8000.`,
    })
  const port = await freePort()
  const child: ChildProcess = spawn(
    binary,
    ['--host', '127.0.0.1', '--port', String(port), ...(file === undefined ? [] : ['--db-path', file])],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-2_000)
  })
  let wanted = true
  const died = new Promise<number | null>((resolve) => child.once('exit', (code) => wanted && resolve(code)))
  // Dying with us: an engine left behind would hold the file.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const endpoint = `http://127.0.0.1:${port}`
  for (const until = Date.now() + readyMs; !(await isAnswering(endpoint)); ) {
    if (child.exitCode !== null || Date.now() > until) {
      kill()
      throw new PbxError('no-embedded-table', {
        message: `The embedded table engine did not start: ${said.trim() || 'it said nothing'}.`,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, askMs))
  }
  return {
    endpoint,
    died,
    async stop() {
      wanted = false
      process.off('exit', kill)
      if (child.exitCode !== null) return
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGTERM')
      const timer = setTimeout(kill, 3_000)
      await gone
      clearTimeout(timer)
    },
  }
}
