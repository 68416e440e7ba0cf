import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { boundedSeconds, checkedKey, checkSize, type Grant, type ObjectHead, type ObjectStore } from './object-store.ts'

/** Keys of one page, by the service's rules. */
const pageMax = 1_000

const isMissing = (error: unknown): boolean => error instanceof NotFound || error instanceof NoSuchKey

const orNothing = async <T>(ask: Promise<T>): Promise<T | undefined> => {
  try {
    return await ask
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Objects in one S3 bucket. */
export class S3Objects implements ObjectStore {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: checkedKey(key) }
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const found = await orNothing(this.#client.send(new HeadObjectCommand(this.#at(key))))
    return found === undefined
      ? undefined
      : { key, bytes: found.ContentLength ?? 0, modifiedAt: (found.LastModified ?? new Date(0)).toISOString() }
  }

  async exists(key: string): Promise<boolean> {
    return (await this.head(key)) !== undefined
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const found = await orNothing(this.#client.send(new GetObjectCommand(this.#at(key))))
    if (found === undefined) return undefined
    checkSize(found.ContentLength ?? 0)
    return found.Body?.transformToByteArray()
  }

  async put(key: string, bytes: Uint8Array, contentType: string): Promise<void> {
    checkSize(bytes.length)
    await this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: bytes, ContentType: contentType }))
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#at(key)))
  }

  async list(prefix: string, max: number): Promise<ObjectHead[]> {
    const found: ObjectHead[] = []
    let token: string | undefined
    do {
      const page: ListObjectsV2CommandOutput = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: prefix,
          MaxKeys: Math.min(pageMax, max - found.length),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? [])
        found.push({ key: Key, bytes: Size, modifiedAt: LastModified.toISOString() })
      token = page.NextContinuationToken
    } while (token !== undefined && found.length < max)
    return found
  }

  async signedUrl(key: string, seconds: number, grant: Grant = 'get'): Promise<string> {
    const command = grant === 'get' ? new GetObjectCommand(this.#at(key)) : new PutObjectCommand(this.#at(key))
    return getSignedUrl(this.#client, command, { expiresIn: boundedSeconds(seconds) })
  }
}

export const s3Objects = (client: S3Client, bucket: string): S3Objects => new S3Objects(client, bucket)
