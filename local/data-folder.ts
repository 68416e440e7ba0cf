import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { PbxError } from '@offhook/shared/pbx-error.ts'

export interface DataFolder {
  readonly path: string
  /** A file or folder below it. */
  at(...parts: string[]): string
  /** Bytes made once for this installation and kept (mode 0600), as hexadecimal text. */
  secret(name: string): string
  /** Lets another process use the folder. */
  release(): void
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Start of a process in clock ticks since boot, so that a number used again is not taken for the old process. Linux; else empty. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function lock(file: string, path: string): void {
  try {
    const fd = openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
    writeSync(fd, `${process.pid} ${startOf(process.pid)}`)
    fsyncSync(fd)
    closeSync(fd)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const [pid = '0', started = ''] = readFileSync(file, 'utf8').trim().split(' ')
    if (isRunning(Number(pid)) && startOf(Number(pid)) === started && Number(pid) !== process.pid)
      throw new PbxError('already-running', {
        message: `Offhook is already running on ${path} (process ${pid}). Stop it first, or give another folder in OFFHOOK_DATA.`,
      })
    // Its process is gone: killed, or the machine went down.
    rmSync(file, { force: true })
    lock(file, path)
  }
}

/** Opens the folder for this process alone. Throws PbxError('data-folder' | 'already-running') with one clear sentence. */
export function openDataFolder(path: string): DataFolder {
  const at = (...parts: string[]) => join(path, ...parts)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    lock(at('lock'), path)
    mkdirSync(at('secrets'), { recursive: true, mode: 0o700 })
  } catch (error) {
    if (error instanceof PbxError) throw error
    throw new PbxError('data-folder', {
      message: `The data folder ${path} cannot be used (${(error as Error).message}). Give a folder this user may write in OFFHOOK_DATA.`,
      cause: error,
    })
  }
  return {
    path,
    at,
    secret(name) {
      const file = at('secrets', name)
      try {
        const kept = readFileSync(file, 'utf8').trim()
        if (kept.length === 64) return kept
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
      const made = randomBytes(32).toString('hex')
      writeFileSync(`${file}.new`, made, { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
      return made
    },
    release: () => rmSync(at('lock'), { force: true }),
  }
}
