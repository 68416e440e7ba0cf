import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FolderObjects, folderObjects } from './folder.ts'
import { objectBytesMax } from './object-store.ts'

const key = 'voicemail/acme/box/call/1.wav'
const bytes = (text: string) => new TextEncoder().encode(text)

let folder: string
let nowMs: number
let objects: FolderObjects
let errors: unknown[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-objects-'))
  nowMs = Date.parse('2026-11-24T15:00:00.000Z')
  errors = []
  objects = folderObjects({
    folder,
    secret: 's'.repeat(32),
    baseUrl: 'http://127.0.0.1:8080/objects',
    now: () => nowMs,
    onError: (error) => errors.push(error),
  })
})
afterEach(() => {
  vi.useRealTimers()
  objects.close()
  rmSync(folder, { recursive: true })
})

describe('an object in a folder', () => {
  it('is put, read, listed and removed', async () => {
    await objects.put(key, bytes('one'))
    await objects.put(key, bytes('two'))
    await objects.put('voicemail/acme/box/call/2.wav', bytes('three'))
    await objects.put('voicemail/acme-2/box/call/3.wav', bytes('four'))

    expect(Buffer.from((await objects.get(key)) ?? []).toString()).toBe('two')
    expect(await objects.head(key)).toMatchObject({ key, bytes: 3 })
    expect((await objects.list('voicemail/acme/', 10)).map((head) => head.key)).toEqual([
      key,
      'voicemail/acme/box/call/2.wav',
    ])
    expect(await objects.list('voicemail/', 1)).toHaveLength(1)
    await objects.remove(key)
    await objects.remove(key)
    expect([await objects.exists(key), await objects.get(key), await objects.list('none/', 10)]).toEqual([
      false,
      undefined,
      [],
    ])
  })

  it('is whole or not there: what was being written is never seen, and nothing is left aside', async () => {
    const path = await objects.temporary(key)
    writeFileSync(path, 'half')
    expect([await objects.exists(key), await objects.list('', 10)]).toEqual([false, []])
    await objects.adopt(key, path)

    expect(await objects.exists(key)).toBe(true)
    expect(readdirSync(join(folder, '.staging'))).toEqual([])
  })

  it('has at most 64 MB', async () => {
    await expect(objects.put(key, new Uint8Array(objectBytesMax + 1))).rejects.toMatchObject({
      code: 'object-too-large',
      status: 413,
    })
    expect(await objects.exists(key)).toBe(false)
  })

  it('is never outside its folder, whatever its key says', async () => {
    const root = join(folder, 'objects')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom('..', '.', '', 'a', '/', '\\', '\0', '%2e%2e')).map((parts) => parts.join('/')),
        ),
        (wild) => {
          try {
            expect(objects.pathOf(wild).startsWith(`${root}/`)).toBe(true)
          } catch (error) {
            expect(error).toMatchObject({ code: 'bad-key' })
          }
        },
      ),
    )
    for (const climbing of ['../secret', '/etc/passwd', 'a/../../b', 'a//b', ''])
      for (const use of [
        () => objects.get(climbing),
        () => objects.put(climbing, bytes('')),
        () => objects.remove(climbing),
        () => objects.signedUrl(climbing, 60),
      ])
        await expect(use()).rejects.toMatchObject({ code: 'bad-key' })
    await expect(objects.list('../', 10)).rejects.toMatchObject({ code: 'bad-key' })
  })
})

describe('a signed address', () => {
  const parts = async (seconds = 60, grant?: 'get' | 'put') => {
    const url = new URL(await objects.signedUrl(key, seconds, grant))
    return [url.searchParams.get('expires') ?? '', url.searchParams.get('signature') ?? ''] as const
  }

  it('opens its object, for as long as it says', async () => {
    const [expires, signature] = await parts()

    expect(await objects.signedUrl(key, 60)).toMatch(/^http:\/\/127\.0\.0\.1:8080\/objects\/voicemail\/acme\//)
    expect(objects.verify(key, expires, signature)).toBe(true)
    nowMs += 60_000
    expect(objects.verify(key, expires, signature)).toBe(false)
  })

  it('opens nothing else, and not for longer or for writing', async () => {
    const [expires, signature] = await parts()

    expect([
      objects.verify('voicemail/bolt/box/call/1.wav', expires, signature),
      objects.verify(key, String(Number(expires) + 1), signature),
      objects.verify(key, expires, `${signature.slice(0, -2)}AA`),
      objects.verify(key, expires, ''),
      objects.verify(key, expires, signature, 'put'),
      objects.verify(`${key}/../1.wav`, expires, signature),
      objects.verify(key, 'NaN', signature),
    ]).toEqual(Array.from({ length: 7 }, () => false))
    expect(objects.verify(key, ...(await parts(60, 'put')), 'put')).toBe(true)
  })

  it('lives an hour at most', async () => {
    const [expires] = await parts(1_000_000)

    expect(Number(expires)).toBe(nowMs / 1_000 + 3_600)
  })
})

describe('the arrival of an object', () => {
  it('is told after it is in place, to who listens for its prefix', async () => {
    const told: string[] = []
    objects.onArrival('voicemail/', async ({ Records }) => {
      for (const { s3, eventName, eventTime } of Records) {
        expect(await objects.exists(decodeURIComponent(s3.object.key))).toBe(true)
        told.push(`${eventName} ${eventTime} ${s3.object.key}`)
      }
    })
    await objects.put('voicemail/acme/box/call/a+b.wav', bytes('x'))
    await objects.put('media/acme/x.wav', bytes('x'))
    await objects.settled()

    expect(told).toEqual(['ObjectCreated:Put 2026-11-24T15:00:00.000Z voicemail/acme/box/call/a%2Bb.wav'])
  })

  it('does not keep whoever put it waiting, and is told again when it could not be taken', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let tries = 0
    objects.onArrival('voicemail/', async () => {
      tries += 1
      if (tries < 3) throw new Error('the table is away')
    })
    await objects.put(key, bytes('x'))
    await objects.settled()
    expect(tries).toBe(1)
    await vi.advanceTimersByTimeAsync(1_000)
    await vi.advanceTimersByTimeAsync(5_000)
    await vi.advanceTimersByTimeAsync(1_000_000)

    expect([tries, errors.length]).toEqual([3, 2])
  })

  it('is told again at the next start, for every object that is there', async () => {
    await objects.put(key, bytes('x'))
    const next = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: '' })
    const told: string[] = []
    next.onArrival('voicemail/', async ({ Records }) => void told.push(Records[0]?.s3.object.key ?? ''))

    expect(await next.scan()).toBe(1)
    expect(told).toEqual([key])
  })
})
