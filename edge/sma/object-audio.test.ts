import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wavHeader } from '../media/wav.ts'
import { objectAudio } from './object-audio.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audio-'))
})
afterEach(() => rm(folder, { recursive: true }))

const inFolder = () =>
  folderObjects({ folder, secret: 'a secret of at least thirty-two characters', baseUrl: 'http://127.0.0.1/objects' })

/** The same store, seen as one that is elsewhere. */
function remote(): ObjectStore {
  const store = inFolder()
  return {
    exists: (key) => store.exists(key),
    head: (key) => store.head(key),
    get: (key) => store.get(key),
    put: (key, bytes, contentType) => store.put(key, bytes, contentType),
    remove: (key) => store.remove(key),
    list: (prefix, max) => store.list(prefix, max),
    signedUrl: (key, seconds) => store.signedUrl(key, seconds),
  }
}

describe.each([
  ['a folder', inFolder],
  ['elsewhere', remote],
])('sound where the object store is %s', (_name, make) => {
  const audio = (objects = make()) => ({
    objects,
    ...objectAudio({
      objects,
      folder: join(folder, 'audio'),
      renderOnce: async (text) => {
        const key = `speech/${text.length}.wav`
        await objects.put(key, Buffer.from(text), 'audio/wav')
        return key
      },
    }),
  })

  it('is a file, or nothing when there is no such object or no such key', async () => {
    const { objects, resolve, speak } = audio()
    await objects.put('tones/beep.wav', Buffer.from('RIFF'), 'audio/wav')

    expect(await resolve('bucket', 'tones/beep.wav')).toMatch(/\.wav$/)
    expect(await resolve('bucket', 'tones/boop.wav')).toBeUndefined()
    expect(await resolve('bucket', '../../etc/passwd')).toBeUndefined()
    expect(await speak('Hello.', 'en-US')).toMatch(/\.wav$/)
  })

  it('that was recorded is an object when it is finished, and nothing is left behind', async () => {
    const { objects, beginRecording, finishRecording, salvage } = audio()
    const path = await beginRecording('bucket', 'voicemail/a/b/c/1.wav')
    await writeFile(path, Buffer.concat([wavHeader(1, 160), Buffer.alloc(160)]))

    await finishRecording('bucket', 'voicemail/a/b/c/1.wav', path)

    expect((await objects.head('voicemail/a/b/c/1.wav'))?.bytes).toBeGreaterThan(160)
    expect(await readdir(join(folder, 'audio', 'recording'))).toEqual([])
    expect(await salvage()).toBe(0)
  })

  it('R-153: that was being recorded when the process died is an object after the next start', async () => {
    const { beginRecording } = audio()
    const path = await beginRecording('bucket', 'voicemail/a/b/c/2.wav')
    await writeFile(path, Buffer.concat([wavHeader(1, undefined), Buffer.alloc(1_600)]))

    const { objects, salvage } = audio()
    const salvaged = await salvage()

    expect(salvaged).toBe(1)
    expect((await objects.head('voicemail/a/b/c/2.wav'))?.bytes).toBeGreaterThan(1_600)
    expect(await readdir(join(folder, 'audio', 'recording'))).toEqual([])
  })
})
