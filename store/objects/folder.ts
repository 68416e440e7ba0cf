import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { isKey, type ObjectHead, type ObjectStore, objectBytesMax } from './object-store.ts'

/** S3's notification, as much of it as is read. */
export interface ArrivalEvent {
  readonly Records: readonly {
    readonly eventName: string
    readonly eventTime: string
    readonly s3: { readonly object: { readonly key: string } }
  }[]
}

export interface FolderObjects extends ObjectStore {
  /** The file of an object, which may not be there. */
  pathOf(key: string): string
  /** A file to write to, on the same disk; `adopt` makes it the object by one rename. */
  temporary(key: string): Promise<string>
  adopt(key: string, path: string): Promise<void>
  /** Told after each object whose key begins with the prefix is in place; failures are tried again at the next start. */
  onArrival(prefix: string, listener: (event: ArrivalEvent) => Promise<void>): void
  /** Tells of everything that lies under the watched prefixes again: what an earlier run did not live to tell. */
  scan(): Promise<number>
  /** The key a signed URL is good for, or nothing. */
  verify(key: string, expires: string, signature: string): boolean
}

export interface FolderOptions {
  readonly folder: string
  /** Signs URLs; at least 32 characters. */
  readonly secret: string
  /** Where signed URLs point, e.g. `http://127.0.0.1:8080/objects`. */
  readonly baseUrl: string
  readonly onError?: (error: unknown) => void
  readonly now?: () => number
}

/** Objects told of in one scan. */
const scanMax = 100_000

export function folderObjects(options: FolderOptions): FolderObjects {
  const now = options.now ?? Date.now
  const listeners: { readonly prefix: string; readonly listener: (event: ArrivalEvent) => Promise<void> }[] = []
  const staging = join(options.folder, '.staging')

  const pathOf = (key: string): string => {
    if (!isKey(key)) throw new PbxError('bad-key', { message: `${key.slice(0, 80)} is no object key.` })
    return join(options.folder, 'objects', ...key.split('/'))
  }
  const temporary = async (key: string) => {
    pathOf(key)
    await mkdir(staging, { recursive: true, mode: 0o700 })
    return join(staging, randomUUID())
  }
  const tell = async (key: string, at: string) => {
    const event = {
      Records: [
        {
          eventName: 'ObjectCreated:Put',
          eventTime: at,
          s3: { object: { key: encodeURIComponent(key).replaceAll('%2F', '/') } },
        },
      ],
    }
    for (const { prefix, listener } of listeners)
      if (key.startsWith(prefix)) await listener(event).catch((error: unknown) => options.onError?.(error))
  }
  const adopt = async (key: string, path: string) => {
    const target = pathOf(key)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    const file = await open(path, 'r+')
    await file.sync()
    await file.close()
    await rename(path, target)
    // The rename itself is only safe once its folder is on the disk.
    const folder = await open(dirname(target), 'r')
    await folder.sync().catch(() => undefined)
    await folder.close()
    await tell(key, new Date(now()).toISOString())
  }
  const head = async (key: string): Promise<ObjectHead | undefined> => {
    const found = await stat(pathOf(key)).catch(() => undefined)
    return found?.isFile() === true ? { key, bytes: found.size, modifiedAt: found.mtime.toISOString() } : undefined
  }
  const list = async (prefix: string, max: number): Promise<ObjectHead[]> => {
    const root = join(options.folder, 'objects')
    const start = prefix.includes('/') ? join(root, ...prefix.split('/').slice(0, -1)) : root
    const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch(() => [])
    const keys = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .toSorted()
    const heads = await Promise.all(keys.slice(0, max).map(head))
    return heads.filter((one) => one !== undefined)
  }
  const sign = (key: string, expires: string) =>
    createHmac('sha256', options.secret).update(`${key}\n${expires}`).digest('base64url')

  return {
    pathOf,
    temporary,
    adopt,
    head,
    list,
    exists: async (key) => (await head(key)) !== undefined,
    async get(key) {
      const found = await head(key)
      if (found === undefined) return undefined
      if (found.bytes > objectBytesMax) throw new PbxError('object-too-large', { status: 413 })
      return readFile(pathOf(key))
    },
    async put(key, bytes) {
      if (bytes.length > objectBytesMax)
        throw new PbxError('object-too-large', {
          status: 413,
          message: `An object may have ${objectBytesMax >> 20} MB.`,
        })
      const path = await temporary(key)
      const file = await open(path, 'w', 0o600)
      await file.write(bytes)
      await file.close()
      await adopt(key, path)
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    async signedUrl(key, seconds) {
      pathOf(key)
      const expires = String(Math.floor(now() / 1_000) + Math.min(Math.max(seconds, 1), 3_600))
      return `${options.baseUrl}/${key}?expires=${expires}&signature=${sign(key, expires)}`
    },
    verify(key, expires, signature) {
      const [wanted, given] = [Buffer.from(sign(key, expires)), Buffer.from(signature)]
      return (
        /^\d{1,12}$/.test(expires) &&
        Number(expires) * 1_000 > now() &&
        wanted.length === given.length &&
        timingSafeEqual(wanted, given) &&
        isKey(key)
      )
    },
    onArrival: (prefix, listener) => void listeners.push({ prefix, listener }),
    async scan() {
      let told = 0
      for (const prefix of new Set(listeners.map((one) => one.prefix)))
        for (const found of await list(prefix, scanMax)) {
          await tell(found.key, found.modifiedAt)
          told += 1
        }
      return told
    },
  }
}
