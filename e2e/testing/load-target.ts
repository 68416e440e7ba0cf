import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { releasePorts, reservePorts, systemPorts } from './ports.ts'

const root = resolve(import.meta.dirname, '..', '..')
/** A thousand devices are saved first. */
const startMs = 90_000

export interface LoadTarget {
  readonly address: string
  readonly port: number
  readonly processId: number
  output(): string
  stop(): Promise<void>
}

/** `npm run bench:target` in a process of its own: an ordinary account with a thousand phones, decided by the shipped handler. */
export async function startLoadTarget(): Promise<LoadTarget> {
  const port = await reservePorts(systemPorts)
  const rtp = 20_000
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'tools', 'bench-target.ts')],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OFFHOOK_SIP_PORT: String(port), OFFHOOK_RTP_PORTS: `${rtp}-${rtp + 11_999}` },
    },
  )
  let said = ''
  const note = (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-20_000)
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  for (const until = Date.now() + startMs; !said.includes('Load account on'); await sleep(50)) {
    if (child.exitCode === null && Date.now() < until) continue
    child.kill('SIGKILL')
    releasePorts(port)
    throw new Error(`the load target did not start:\n${said}`)
  }
  return {
    address: '127.0.0.1',
    port,
    processId: child.pid ?? 0,
    output: () => said,
    async stop() {
      if (child.exitCode !== null) return
      const gone = new Promise((resolveGone) => child.once('exit', resolveGone))
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
      await gone
      clearTimeout(timer)
      releasePorts(port)
    },
  }
}
