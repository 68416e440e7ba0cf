import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { type ArrivalListener, Arrivals } from './arrivals.ts'
import { checkedKey, checkSize, type Grant, isKey, type ObjectHead, type ObjectStore } from './object-store.ts'
import { AddressSigner } from './signed-address.ts'

export type { ArrivalEvent } from './arrivals.ts'

export interface FolderOptions {
  readonly folder: string
  /** Signs addresses; at least 32 characters. */
  readonly secret: string
  /** Where signed addresses point, such as `http://127.0.0.1:8080/objects`. */
  readonly baseUrl: string
  readonly onError?: (error: unknown) => void
  readonly now?: () => number
}

/** Objects told of in one scan. */
const scanMax = 100_000
/** Files whose size is asked for at once. */
const statsAtOnce = 64

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the folder and everything above it, safe on the disk down from the first that was new. */
async function madeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first !== undefined) await synced(dirname(first))
}

/** Objects as files below a folder: written aside, made safe on the disk, then put in place by one rename. */
export class FolderObjects implements ObjectStore {
  readonly #root: string
  readonly #staging: string
  readonly #baseUrl: string
  readonly #signer: AddressSigner
  readonly #arrivals: Arrivals
  readonly #now: () => number

  constructor({ folder, secret, baseUrl, onError = () => {}, now = Date.now }: FolderOptions) {
    this.#root = join(folder, 'objects')
    this.#staging = join(folder, '.staging')
    this.#baseUrl = baseUrl
    this.#signer = new AddressSigner(secret, now)
    this.#arrivals = new Arrivals(onError)
    this.#now = now
  }

  /** The file of an object, which may not be there. Throws bad-key (400). */
  pathOf(key: string): string {
    return join(this.#root, ...checkedKey(key).split('/'))
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    try {
      const found = await stat(this.pathOf(key))
      return found.isFile() ? { key, bytes: found.size, modifiedAt: found.mtime.toISOString() } : undefined
    } catch (error) {
      if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
      throw error
    }
  }

  async exists(key: string): Promise<boolean> {
    return (await this.head(key)) !== undefined
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const found = await this.head(key)
    if (found === undefined) return undefined
    checkSize(found.bytes)
    return readFile(this.pathOf(key))
  }

  async put(key: string, bytes: Uint8Array, _contentType?: string): Promise<void> {
    checkSize(bytes.length)
    const path = await this.temporary(key)
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
    } finally {
      await file.close()
    }
    await this.adopt(key, path)
  }

  /** A file to write to, on the same disk; `adopt` makes it the object. */
  async temporary(key: string): Promise<string> {
    checkedKey(key)
    await mkdir(this.#staging, { recursive: true, mode: 0o700 })
    return join(this.#staging, randomUUID())
  }

  /** Makes a file of the same disk the object, whole or not at all, and tells of it without waiting for who listens. */
  async adopt(key: string, path: string): Promise<void> {
    const target = this.pathOf(key)
    await madeFolder(dirname(target))
    await synced(path)
    await rename(path, target)
    // The rename itself is only safe once its folder is on the disk.
    await synced(dirname(target))
    void this.#arrivals.tell(key, new Date(this.#now()).toISOString())
  }

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true })
  }

  async list(prefix: string, max: number): Promise<ObjectHead[]> {
    const above = prefix.split('/').slice(0, -1)
    if (above.length > 0) checkedKey(above.join('/'))
    const entries = await readdir(join(this.#root, ...above), { recursive: true, withFileTypes: true }).catch(
      (error: unknown) => {
        if (isMissing(error)) return []
        throw error
      },
    )
    const keys = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .toSorted()
      .slice(0, max)
    const heads: ObjectHead[] = []
    for (let start = 0; start < keys.length; start += statsAtOnce) {
      const some = await Promise.all(keys.slice(start, start + statsAtOnce).map((key) => this.head(key)))
      heads.push(...some.filter((one) => one !== undefined))
    }
    return heads
  }

  async signedUrl(key: string, seconds: number, grant: Grant = 'get'): Promise<string> {
    const { expires, signature } = this.#signer.sign(grant, checkedKey(key), seconds)
    return `${this.#baseUrl}/${key}?expires=${expires}&signature=${signature}`
  }

  /** Whether an address that was asked for is one that was given out, for this and not for more. */
  verify(key: string, expires: string, signature: string, grant: Grant = 'get'): boolean {
    return isKey(key) && this.#signer.isValid(grant, key, { expires, signature })
  }

  /** Told after each object whose key begins with the prefix is in place, again a few times where it fails. */
  onArrival(prefix: string, listener: ArrivalListener): void {
    this.#arrivals.listen(prefix, listener)
  }

  /** Tells of everything under the watched prefixes again, 100,000 at most each: what an earlier run did not live to tell. */
  async scan(): Promise<number> {
    let told = 0
    for (const prefix of this.#arrivals.prefixes)
      for (const { key, modifiedAt } of await this.list(prefix, scanMax)) {
        await this.#arrivals.tell(key, modifiedAt)
        told += 1
      }
    return told
  }

  /** Resolves when nobody is being told of anything right now. */
  settled(): Promise<void> {
    return this.#arrivals.settled()
  }

  /** Tells nobody again; what was not taken is told at the next start. */
  close(): void {
    this.#arrivals.stop()
  }
}

export const folderObjects = (options: FolderOptions): FolderObjects => new FolderObjects(options)
