/** Where audio and other large things lie: S3 on AWS, a folder on one machine. Keys are paths such as `voicemail/acme/box/call/1.wav`. */
export interface ObjectHead {
  readonly key: string
  readonly bytes: number
  readonly modifiedAt: string
}

export interface ObjectStore {
  exists(key: string): Promise<boolean>
  head(key: string): Promise<ObjectHead | undefined>
  /** The whole object; at most 64 MB. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Whole or not at all. */
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>
  remove(key: string): Promise<void>
  /** Keys that begin with `prefix`, in order; at most `max`. */
  list(prefix: string, max: number): Promise<ObjectHead[]>
  /** An address that reads the object without further proof, for `seconds` (1 to 3,600). */
  signedUrl(key: string, seconds: number): Promise<string>
}

/** Largest object put or read whole. */
export const objectBytesMax = 64 << 20
const keyLengthMax = 1_024

/** Refuses keys that could leave their store: absolute, empty or climbing ones. */
export const isKey = (key: string): boolean =>
  key.length > 0 &&
  key.length <= keyLengthMax &&
  /^[\w!.*'()/=+@:,-]+$/.test(key) &&
  !key.startsWith('/') &&
  !key.split('/').some((part) => part === '' || part === '.' || part === '..')
