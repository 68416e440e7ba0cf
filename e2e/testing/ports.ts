import { createSocket } from 'node:dgram'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One file a reserved block, with the process that has it: what no two test processes can create both. */
const folder = join(tmpdir(), 'offhook-test-ports')

/** Ports of a range are given away in blocks of this size, so that one file stands for all that belongs to one program. */
const blockSize = 10
/** Blocks looked at before giving up: every test process of a machine together needs a few dozen. */
const attemptsMax = 500

export interface PortRange {
  readonly first: number
  readonly count: number
}

/** Below what the machine gives away by itself (32,768 up), and beside each other. */
export const systemPorts: PortRange = { first: 10_000, count: 5_000 }
export const phonePorts: PortRange = { first: 15_000, count: 5_000 }

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}

/** 0, which is always alive, for one that is just being written or given back. */
function ownerOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

/** True when this process is the one that has the block now, until it ends. */
function reserve(block: number): boolean {
  const file = join(folder, String(block))
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // Whoever had it may be gone. Its file goes now, and the block at the next look, to whoever creates the file first.
    if (!isAlive(ownerOf(file))) rmSync(file, { force: true })
    return false
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const udp = createSocket('udp4')
    const tcp = createServer()
    const answer = (free: boolean) => {
      udp.close()
      tcp.close()
      resolve(free)
    }
    udp.once('error', () => answer(false))
    tcp.once('error', () => answer(false))
    udp.bind(port, '127.0.0.1', () => tcp.listen(port, '127.0.0.1', () => answer(true)))
  })
}

/**
 * The first of ten ports in a row on loopback that nobody listens on, neither by UDP nor by TCP, and that no other test is given until
 * they are released or this process ends: between a look for a free port and its opening another test would otherwise take it.
 */
export async function reservePorts(range: PortRange): Promise<number> {
  mkdirSync(folder, { recursive: true })
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const first = range.first + blockSize * Math.floor((Math.random() * range.count) / blockSize)
    if (!reserve(first)) continue
    const free = await Promise.all(Array.from({ length: blockSize }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
  throw new Error(`no ${blockSize} free ports in a row from ${range.first} to ${range.first + range.count}`)
}

export function releasePorts(first: number): void {
  rmSync(join(folder, String(first)), { force: true })
}
