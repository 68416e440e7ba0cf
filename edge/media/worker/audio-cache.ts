import { readFile, stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { AudioSource } from '../media-engine.ts'
import { renderSource } from '../tone.ts'
import { ulawOf, wavBytesMax } from '../wav.ts'

/** Audio kept ready, bytes of µ-law: over two hours. The one unused longest goes first. */
const cacheBytesMax = 64 << 20

/**
 * Samples made of a file before calls have their turn: a millisecond's work. Twenty minutes of music in one go took 100 ms, in which nobody
 * on the machine heard anything.
 */
const madeAtOnce = 80_000

const cache = new Map<string, Promise<Uint8Array>>()
const sizes = new Map<string, number>()
let total = 0

function forget(key: string): void {
  total -= sizes.get(key) ?? 0
  sizes.delete(key)
  cache.delete(key)
}

async function load(path: string): Promise<Uint8Array> {
  const { size } = await stat(path)
  if (size > wavBytesMax) throw new Error('the file is longer than 50 MB')
  const audio = ulawOf(await readFile(path))
  while (audio.makeMore(madeAtOnce)) await setImmediate()
  return audio.samples
}

/** The samples of a source as µ-law. Files are read once while they are the same file (path, size and time). Rejects with what is wrong. */
export async function audioOf(source: AudioSource): Promise<Uint8Array> {
  if (source.kind === 'silence') return renderSource(source)
  const key = source.kind === 'tone' ? JSON.stringify(source) : await fileKey(source.path)
  const known = cache.get(key)
  if (known !== undefined) {
    cache.delete(key)
    cache.set(key, known)
    return known
  }
  const made = source.kind === 'tone' ? Promise.resolve(renderSource(source)) : load(source.path)
  cache.set(key, made)
  made.then(
    (bytes) => {
      if (!cache.has(key)) return
      sizes.set(key, bytes.length)
      total += bytes.length
      for (const oldest of cache.keys()) {
        if (total <= cacheBytesMax || oldest === key) break
        forget(oldest)
      }
    },
    () => forget(key),
  )
  return made
}

async function fileKey(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path)
  return `${path}|${size}|${mtimeMs}`
}
