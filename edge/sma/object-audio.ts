/** Sound of calls from and to the object store: files in place where the store is a folder, copies where it is not. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isKey, type ObjectStore } from '@offhook/store/objects/object-store.ts'
import * as z from 'zod'
import { repairWav } from '../media/wav.ts'
import type { AudioFiles } from './actions/action.ts'

/** A store whose objects are files of this machine (`folderObjects`). */
interface LocalObjects extends ObjectStore {
  pathOf(key: string): string
  adopt(key: string, path: string): Promise<void>
}

export interface ObjectAudioOptions {
  readonly objects: ObjectStore | LocalObjects
  /** Recordings under way and copies of objects; on the disk of the store where that is a folder. */
  readonly folder: string
  /** Renders words once; the key of the object that has them. */
  readonly renderOnce: (text: string, language: string) => Promise<string>
  readonly onError?: (error: unknown) => void
}

export interface ObjectAudio extends AudioFiles {
  /** Stores what recordings an earlier run did not live to finish. Returns how many there were. */
  readonly salvage: () => Promise<number>
}

/** Copies kept; prompts, greetings and hold music of a busy machine. */
const copiesMax = 2_000

/** Beside a recording under way: whose object it becomes. */
const Sidecar = z.object({ key: z.string() })

export function objectAudio(options: ObjectAudioOptions): ObjectAudio {
  const { objects, renderOnce } = options
  const local = 'pathOf' in objects ? objects : undefined
  const spool = join(options.folder, 'recording')
  const copies = new Copies(join(options.folder, 'copies'), objects)

  const resolve = async (key: string): Promise<string | undefined> => {
    if (!isKey(key)) return undefined
    if (local === undefined) return copies.pathOf(key)
    return (await local.exists(key)) ? local.pathOf(key) : undefined
  }
  const store = async (key: string, path: string) => {
    if (local === undefined) await objects.put(key, await readFile(path), 'audio/wav')
    else await local.adopt(key, path)
    await Promise.all([rm(path, { force: true }), rm(`${path}.json`, { force: true })])
  }
  const salvageOne = async (path: string) => {
    const { key } = Sidecar.parse(JSON.parse(await readFile(`${path}.json`, 'utf8')))
    if ((await stat(path).catch(() => undefined)) === undefined) return rm(`${path}.json`)
    await repairWav(path)
    await store(key, path)
  }
  return {
    resolve: (_bucket, key) => resolve(key),
    async speak(text, language) {
      const path = await resolve(await renderOnce(text, language))
      if (path === undefined) throw new Error('what was rendered is not there')
      return path
    },
    async beginRecording(_bucket, key) {
      await mkdir(spool, { recursive: true, mode: 0o700 })
      const path = join(spool, `${randomUUID()}.wav`)
      await writeFile(`${path}.json`, JSON.stringify({ key } satisfies z.infer<typeof Sidecar>), {
        mode: 0o600,
        flush: true,
      })
      return path
    },
    finishRecording: (_bucket, key, path) => store(key, path),
    async salvage() {
      const names = await readdir(spool).catch(() => [])
      const left = names.filter((name) => name.endsWith('.wav.json')).map((name) => join(spool, name.slice(0, -5)))
      // One that cannot be salvaged stays where it is for a person to look at, and keeps no other.
      for (const path of left) await salvageOne(path).catch((error: unknown) => options.onError?.(error))
      return left.length
    },
  }
}

/** Objects copied to files, each once; the oldest go when there are too many. Keys of sounds are never written twice with other content. */
class Copies {
  readonly #folder: string
  readonly #objects: ObjectStore
  readonly #paths = new Map<string, Promise<string | undefined>>()

  constructor(folder: string, objects: ObjectStore) {
    this.#folder = folder
    this.#objects = objects
  }

  async pathOf(key: string): Promise<string | undefined> {
    const copying = this.#paths.get(key) ?? this.#copy(key)
    this.#paths.set(key, copying)
    const path = await copying.catch((cause: unknown) => {
      this.#paths.delete(key)
      throw cause
    })
    if (path === undefined) this.#paths.delete(key)
    await this.#evict()
    return path
  }

  async #copy(key: string): Promise<string | undefined> {
    const bytes = await this.#objects.get(key)
    if (bytes === undefined) return undefined
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const path = join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.wav`)
    await writeFile(`${path}.part`, bytes, { mode: 0o600 })
    await rename(`${path}.part`, path)
    return path
  }

  async #evict(): Promise<void> {
    const [oldest] = this.#paths.keys()
    if (this.#paths.size <= copiesMax || oldest === undefined) return
    const path = await this.#paths.get(oldest)
    this.#paths.delete(oldest)
    if (path !== undefined) await rm(path, { force: true })
  }
}
