import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTable } from '../create-table.ts'
import { createStore } from '../store.ts'
import { startEmbedded } from './dynoxide.ts'
import { localClient } from './local-client.ts'

const account = { id: 'acme', name: 'Acme', address: 'acme' }

/** A process that ended and was not yet waited for is not running either. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return false
  }
}

describe('the embedded engine', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'offhook-engine-'))
    file = join(folder, 'table.db')
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true })
  })

  it('keeps what was written over a stop and a start', async () => {
    const first = await startEmbedded(file)
    const client = localClient(first.endpoint)
    await createTable(client, 'kept')
    await createTable(client, 'kept')
    await createStore({ client, tableName: 'kept' }).accounts.create(account)
    await first.stop()

    const second = await startEmbedded(file)
    const store = createStore({ client: localClient(second.endpoint), tableName: 'kept' })
    expect(await store.accounts.head('acme')).toEqual({ configRevision: 1, enabled: true })
    await second.stop()
  })

  it('is started again on the same port when it dies, and what waits for it goes on', async () => {
    const engine = await startEmbedded(file)
    const client = localClient(engine.endpoint)
    await createTable(client, 'kept')
    const store = createStore({ client, tableName: 'kept' })
    await store.accounts.create(account)
    const { pid } = engine

    process.kill(pid, 'SIGKILL')
    await vi.waitUntil(async () => (await store.accounts.head('acme').catch(() => undefined)) !== undefined, {
      timeout: 5_000,
      interval: 20,
    })

    expect(engine.pid).not.toBe(pid)
    await engine.stop()
  })

  it('in memory is not started again: what it held is gone, and that is told', async () => {
    const engine = await startEmbedded()
    process.kill(engine.pid, 'SIGTERM')

    await engine.died
    await engine.stop()
  })

  it('that dies again and again stays down', async () => {
    const engine = await startEmbedded(file, 0)
    process.kill(engine.pid, 'SIGKILL')

    await engine.died
    await engine.stop()
  })

  it('of a killed process is ended before its file is opened again, and nobody else is', async () => {
    const binary = join(dirname(createRequire(import.meta.url).resolve('@dynoxide/linux-x64/package.json')), 'dynoxide')
    const orphan = spawn(binary, ['--host', '127.0.0.1', '--port', '0', '--db-path', file], { stdio: 'ignore' })
    const ended = new Promise((resolve) => orphan.once('exit', (_, signal) => resolve(signal)))
    await new Promise((resolve) => orphan.once('spawn', resolve))
    writeFileSync(`${file}.pid`, String(orphan.pid))

    const engine = await startEmbedded(file)
    expect(await ended).toBe('SIGKILL')
    expect(Number(readFileSync(`${file}.pid`, 'utf8'))).toBe(engine.pid)
    await engine.stop()

    // A number used again by another program: this one.
    writeFileSync(`${file}.pid`, String(process.pid))
    await (await startEmbedded(file)).stop()
  })

  it('ends by itself when the process it belongs to is killed, and keeps what was written', async () => {
    // It lived on, holding the file, until the next start: for ever, where there was none.
    const parent = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'testing', 'keeps-one-account.ts'), file],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const said = await new Promise<string>((resolve) => parent.stdout.once('data', (bytes) => resolve(String(bytes))))
    const enginePid = Number(said)
    expect(isRunning(enginePid)).toBe(true)

    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(isRunning(enginePid)).toBe(false), { timeout: 5_000, interval: 20 })

    const engine = await startEmbedded(file)
    const store = createStore({ client: localClient(engine.endpoint), tableName: 'kept' })
    expect(await store.accounts.byAddress('acme')).toMatchObject({ name: 'Acme' })
    await engine.stop()
  })

  it('says in one sentence what to do where there is none for the machine', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin')

    await expect(startEmbedded(file)).rejects.toMatchObject({
      code: 'no-embedded-table',
      message: expect.stringMatching(/^There is no embedded table engine for darwin.*DYNAMODB_ENDPOINT.*\.$/),
    })
  })

  it('says why it did not start', async () => {
    await expect(startEmbedded(join(folder, 'no', 'such', 'folder', 'table.db'))).rejects.toMatchObject({
      code: 'no-embedded-table',
    })
  })
})
