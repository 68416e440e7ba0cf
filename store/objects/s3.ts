import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { isKey, type ObjectHead, type ObjectStore, objectBytesMax } from './object-store.ts'

const checked = (key: string): string => {
  if (!isKey(key)) throw new PbxError('bad-key', { message: `${key.slice(0, 80)} is no object key.` })
  return key
}

const isMissing = (error: unknown): boolean => error instanceof NotFound || error instanceof NoSuchKey

/** Objects in one S3 bucket. */
export function s3Objects(client: S3Client, bucket: string): ObjectStore {
  const head = async (key: string): Promise<ObjectHead | undefined> => {
    try {
      const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: checked(key) }))
      return { key, bytes: found.ContentLength ?? 0, modifiedAt: (found.LastModified ?? new Date(0)).toISOString() }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
  return {
    head,
    exists: async (key) => (await head(key)) !== undefined,
    async get(key) {
      try {
        const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key: checked(key) }))
        if ((found.ContentLength ?? 0) > objectBytesMax) throw new PbxError('object-too-large', { status: 413 })
        return await found.Body?.transformToByteArray()
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async put(key, bytes, contentType) {
      if (bytes.length > objectBytesMax) throw new PbxError('object-too-large', { status: 413 })
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: checked(key), Body: bytes, ContentType: contentType }),
      )
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: checked(key) }))
    },
    async list(prefix, max) {
      const found: ObjectHead[] = []
      let token: string | undefined
      do {
        const page: {
          Contents?: { Key?: string; Size?: number; LastModified?: Date }[]
          NextContinuationToken?: string
        } = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            MaxKeys: Math.min(1_000, max - found.length),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        )
        for (const one of page.Contents ?? [])
          found.push({
            key: one.Key ?? '',
            bytes: one.Size ?? 0,
            modifiedAt: (one.LastModified ?? new Date(0)).toISOString(),
          })
        token = page.NextContinuationToken
      } while (token !== undefined && found.length < max)
      return found
    },
    signedUrl: (key, seconds) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: checked(key) }), {
        expiresIn: Math.min(Math.max(seconds, 1), 3_600),
      }),
  }
}
