import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it } from 'vitest'
import { objectBytesMax } from './object-store.ts'
import { s3Objects } from './s3.ts'

const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
const s3 = mockClient(client)
const objects = s3Objects(client, 'bucket')
const key = 'voicemail/acme/box/call/1.wav'
const at = { Bucket: 'bucket', Key: key }
const missing = { message: 'not there', $metadata: {} }

const sent = () => s3.calls().map(({ args: [command] }) => [command.constructor.name, command.input])
const bodyOf = (bytes: Uint8Array) => {
  const body = Readable.from([bytes])
  return Object.assign(body, { transformToByteArray: async () => bytes }) as never
}

beforeEach(() => s3.reset())

describe('objects in S3', () => {
  it('are put whole, with their type', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    await objects.put(key, bytes, 'audio/wav')

    expect(sent()).toEqual([['PutObjectCommand', { ...at, Body: bytes, ContentType: 'audio/wav' }]])
  })

  it('are read, and one that is not there is nothing', async () => {
    s3.on(GetObjectCommand)
      .resolvesOnce({ Body: bodyOf(new Uint8Array([7])), ContentLength: 1 })
      .rejectsOnce(new NoSuchKey(missing))
      .rejectsOnce(new Error('no route'))

    expect(await objects.get(key)).toEqual(new Uint8Array([7]))
    expect(await objects.get(key)).toBeUndefined()
    await expect(objects.get(key)).rejects.toThrow('no route')
    expect(sent()).toEqual(Array.from({ length: 3 }, () => ['GetObjectCommand', at]))
  })

  it('are looked at without being read', async () => {
    s3.on(HeadObjectCommand)
      .resolvesOnce({ ContentLength: 5, LastModified: new Date('2026-11-24T15:00:00Z') })
      .rejectsOnce(new NotFound(missing))

    expect(await objects.head(key)).toEqual({ key, bytes: 5, modifiedAt: '2026-11-24T15:00:00.000Z' })
    expect(await objects.exists(key)).toBe(false)

    expect(sent()).toEqual(Array.from({ length: 2 }, () => ['HeadObjectCommand', at]))
  })

  it('are removed', async () => {
    await objects.remove(key)

    expect(sent()).toEqual([['DeleteObjectCommand', at]])
    expect(s3.commandCalls(DeleteObjectCommand)).toHaveLength(1)
  })

  it('are listed page by page, no more than asked for', async () => {
    const page = (first: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        Key: `voicemail/${first + index}`,
        Size: 1,
        LastModified: new Date(0),
      }))
    s3.on(ListObjectsV2Command)
      .resolvesOnce({ Contents: page(0, 1_000), NextContinuationToken: 'next' })
      .resolvesOnce({ Contents: page(1_000, 200), NextContinuationToken: 'more' })

    expect(await objects.list('voicemail/', 1_200)).toHaveLength(1_200)
    expect(sent()).toEqual([
      ['ListObjectsV2Command', { Bucket: 'bucket', Prefix: 'voicemail/', MaxKeys: 1_000 }],
      ['ListObjectsV2Command', { Bucket: 'bucket', Prefix: 'voicemail/', MaxKeys: 200, ContinuationToken: 'next' }],
    ])
  })

  it('have signed addresses for reading or writing one of them, an hour at most', async () => {
    const read = new URL(await objects.signedUrl(key, 60))
    const write = new URL(await objects.signedUrl(key, 1_000_000, 'put'))

    expect(read.pathname).toBe(`/${key}`)
    expect([read.searchParams.get('X-Amz-Expires'), read.searchParams.get('x-id')]).toEqual(['60', 'GetObject'])
    expect([write.searchParams.get('X-Amz-Expires'), write.searchParams.get('x-id')]).toEqual(['3600', 'PutObject'])
    expect(read.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/)
  })

  it('refuse climbing keys and sizes beyond 64 MB before anything is sent', async () => {
    await expect(objects.get('../x')).rejects.toMatchObject({ code: 'bad-key' })
    await expect(objects.put(key, new Uint8Array(objectBytesMax + 1), 'audio/wav')).rejects.toMatchObject({
      code: 'object-too-large',
    })

    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(0)
    expect(sent()).toEqual([])
  })
})
