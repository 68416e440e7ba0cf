import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it, onTestFinished, vi } from 'vitest'
import { releasePorts, reservePorts, systemPorts } from '../testing/ports.ts'

const root = resolve(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'offhook-npm-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const numberIn = (file: string): number => Number(readFileSync(join(folder, file), 'utf8').split(' ')[0])
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}/cmdline`)

it('stopping npm stops what it runs, tidily: no process is left holding the ports', async () => {
  // npm passes SIGTERM to the shell it runs scripts in and dies; the PBX went on, an orphan.
  const spoken = join(root, '.build', 'spoken-prompts')
  if (existsSync(spoken)) cpSync(spoken, folder, { recursive: true })
  const ports = await reservePorts(systemPorts)
  onTestFinished(() => releasePorts(ports))
  const npm = spawn('npm', ['start'], {
    cwd: root,
    stdio: 'ignore',
    env: {
      ...process.env,
      OFFHOOK_DATA: folder,
      OFFHOOK_HTTP_PORT: String(ports),
      OFFHOOK_SIP_PORT: String(ports + 1),
      OFFHOOK_SIPS_PORT: String(ports + 2),
      OFFHOOK_CARRIER_PORT: String(ports + 3),
      OFFHOOK_RTP_PORTS: '30000-31999',
    },
  })
  await vi.waitFor(() => expect(existsSync(join(folder, 'ready.json'))).toBe(true), { timeout: 90_000, interval: 100 })
  const [pbx, engine] = [numberIn('lock'), numberIn('table.db.pid')]
  expect([isRunning(pbx), isRunning(engine)]).toEqual([true, true])

  npm.kill('SIGTERM')

  await vi.waitFor(() => expect([isRunning(pbx), isRunning(engine)]).toEqual([false, false]), {
    timeout: 15_000,
    interval: 100,
  })
  // Tidily: the folder is given back.
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})
