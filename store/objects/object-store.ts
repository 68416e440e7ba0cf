import { PbxError } from '@offhook/shared/pbx-error.ts'

/** Where audio and other large things lie: S3 on AWS, a folder on one machine. Keys are paths such as `voicemail/acme/box/call/1.wav`. */
export interface ObjectHead {
  readonly key: string
  readonly bytes: number
  readonly modifiedAt: string
}

/** What a signed address lets its holder do. */
export type Grant = 'get' | 'put'

/** All methods throw bad-key (400) for a key that could leave the store, and object-too-large (413) beyond 64 MB. */
export interface ObjectStore {
  exists(key: string): Promise<boolean>
  head(key: string): Promise<ObjectHead | undefined>
  /** The whole object; at most 64 MB. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Whole or not at all. */
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>
  /** Objects whose keys begin with `prefix`, in order; at most `max`. */
  list(prefix: string, max: number): Promise<ObjectHead[]>
  /** An address that reads (or writes) this one object without further proof, for `seconds` (1 to 3,600). */
  signedUrl(key: string, seconds: number, grant?: Grant): Promise<string>
}

/** Largest object put or read whole. */
export const objectBytesMax = 64 << 20
const keyLengthMax = 1_024
const grantSecondsMax = 3_600

/** Refuses keys that could leave their store: absolute, empty or climbing ones. */
export const isKey = (key: string): boolean =>
  key.length > 0 &&
  key.length <= keyLengthMax &&
  /^[\w!.*'()/=+@:,-]+$/.test(key) &&
  !key.startsWith('/') &&
  !key.split('/').some((part) => part === '' || part === '.' || part === '..')

/** The key itself. Throws bad-key (400). */
export function checkedKey(key: string): string {
  if (!isKey(key)) throw new PbxError('bad-key', { message: `${key.slice(0, 80)} is no object key.` })
  return key
}

/** Throws object-too-large (413). */
export function checkSize(bytes: number): void {
  if (bytes > objectBytesMax)
    throw new PbxError('object-too-large', {
      status: 413,
      message: `An object may have ${objectBytesMax >> 20} MB.`,
    })
}

export const boundedSeconds = (seconds: number): number => Math.min(Math.max(Math.floor(seconds), 1), grantSecondsMax)
