import { readFileSync } from 'node:fs'
import { audioBytesMax, getMediaAudio, putMediaAudio } from '@offhook/shared/api/media-audio.ts'
import { groups, media } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readWav, writeWav } from '../speech/wav.ts'
import { type ApiUnderTest, type Ask, apiUnderTest, type Who } from './testing/api-under-test.ts'

let api: ApiUnderTest
let token: string
beforeAll(async () => {
  api = await apiUnderTest()
  token = await api.tokenFor('admin@acme', 'acme')
  await api.ask('admin@acme', media.create, {
    body: { id: 'greeting', name: 'Greeting', text: 'Hello', source: 'speech' },
  })
})
afterAll(() => api.stop())

/** A WAV of a 440 Hz tone, a second long. */
function tone(rate: number, bits: number, channels: number, coding = 1): Uint8Array<ArrayBuffer> {
  const bytes = bits / 8
  const data = Buffer.alloc(rate * bytes * channels)
  for (let n = 0; n < rate * channels; n++) {
    const value = 0.5 * Math.sin((2 * Math.PI * 440 * Math.floor(n / channels)) / rate)
    if (coding === 3) data.writeFloatLE(value, n * bytes)
    else if (bits === 8) data.writeUInt8(Math.round(value * 127) + 128, n)
    else data.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), n * bytes, bytes)
  }
  const header = Buffer.from(writeWav({ sampleRate: rate, samples: new Int16Array() }))
  header.writeUInt16LE(coding, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(rate * bytes * channels, 28)
  header.writeUInt16LE(bits, 34)
  header.writeUInt32LE(data.length, 40)
  return new Uint8Array(Buffer.concat([header, data]))
}

const audioFile = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../testdata/audio/${name}`, import.meta.url)))

const put = async (bytes: Uint8Array<ArrayBuffer>, { id = 'greeting', headers = {}, query = '' } = {}) => {
  const response = await api.app.request(`/v1/accounts/acme/media/${id}/audio${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'audio/wav', ...headers },
    body: bytes,
  })
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: (await response.json()) as Record<string, unknown>,
  }
}

/** How much of a frequency is in samples, 0 to 1 of full scale. */
function levelAt(samples: Int16Array, hz: number): number {
  let [real, imaginary] = [0, 0]
  for (const [n, sample] of samples.entries()) {
    real += sample * Math.cos((2 * Math.PI * hz * n) / 8_000)
    imaginary += sample * Math.sin((2 * Math.PI * hz * n) / 8_000)
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length / 32_768
}

describe('sound for a piece of media', () => {
  it.each([
    [8_000, 16, 1, 1],
    [44_100, 16, 2, 1],
    [48_000, 24, 2, 1],
    [22_050, 8, 1, 1],
    [11_025, 16, 1, 1],
    [96_000, 32, 1, 3],
  ])(
    'R-185: a WAV of %i Hz, %i bits and %i channels is kept as telephones play it',
    async (rate, bits, channels, coding) => {
      const { status, body } = await put(tone(rate, bits, channels, coding))

      expect([status, body.source, body.durationMs, body.text]).toEqual([200, 'upload', 1_000, undefined])
      const kept = readWav((await api.objects.get(String(body.objectKey))) ?? new Uint8Array())
      expect(kept?.sampleRate).toBe(8_000)
      expect(levelAt(kept?.samples ?? new Int16Array(), 440)).toBeCloseTo(0.5, 1)
      expect(levelAt(kept?.samples ?? new Int16Array(), 1_300)).toBeLessThan(0.01)
    },
  )

  it.each([
    ['tone-440-44100-stereo.mp3', 'audio/mpeg'],
    ['tone-440-22050-mono.mp3', 'audio/mpeg'],
    ['tone-440-44100-stereo-vorbis.ogg', 'audio/ogg'],
    ['tone-440-48000-stereo-opus.ogg', 'audio/ogg'],
    ['tone-440-16000-mono-opus.ogg', 'application/octet-stream'],
  ])('R-185: %s is kept as telephones play it', async (name, type) => {
    const { status, body } = await put(audioFile(name), { headers: { 'content-type': type } })

    expect([status, body.source]).toEqual([200, 'upload'])
    // What a file without a length in it has besides its second is the silence its encoder added, under two frames.
    expect(Number(body.durationMs) - 1_000).toBeGreaterThanOrEqual(-1)
    expect(Number(body.durationMs) - 1_000).toBeLessThan(105)
    const kept = readWav((await api.objects.get(String(body.objectKey))) ?? new Uint8Array())
    const middle = (kept?.samples ?? new Int16Array()).subarray(1_600, 6_400)
    expect(kept?.sampleRate).toBe(8_000)
    expect(levelAt(middle, 440)).toBeCloseTo(0.5, 1)
    expect(levelAt(middle, 1_300)).toBeLessThan(0.01)
  })

  it('R-185: what is no sound that is known is refused by what it is, whatever it is called', async () => {
    const refused = async (bytes: Uint8Array<ArrayBuffer>) => {
      const { status, body } = await put(bytes)
      return [status, body.code, body.detail, (body.errors as { field: string }[])[0]?.field]
    }
    const text = (words: string) => new Uint8Array(Buffer.from(words, 'latin1'))
    const unsupported = (words: string) => [415, 'audio-not-supported', expect.stringContaining(words), 'body']

    expect(await refused(audioFile('tone-440.flac'))).toEqual(unsupported('FLAC'))
    expect(await refused(text('\0\0\0\u0018ftypM4A '))).toEqual(unsupported('MP4'))
    expect(await refused(text('OggS …'))).toEqual(unsupported('neither Vorbis nor Opus'))
    expect(await refused(text('<html>'))).toEqual(unsupported('Send a WAV, an MP3, or an OGG'))
    expect(await refused(tone(8_000, 16, 1, 7))).toEqual(unsupported('not PCM'))
    expect(await refused(tone(8_001, 16, 1))).toEqual(unsupported('8001 Hz'))
    expect((await refused(tone(8_000, 16, 1).slice(0, 44)))[1]).toBe('audio-empty')
    expect((await refused(text('ID3\u0004 …')))[1]).toBe('audio-empty')
  })

  it('R-186: what was spoken into the console is an upload that says so', async () => {
    const spoken = await put(tone(48_000, 16, 1), { query: '?source=browser' })

    expect([spoken.status, spoken.body.source]).toEqual([200, 'browser'])
    expect((await put(tone(8_000, 16, 1), { query: '?source=phone' })).status).toBe(400)
  })

  it('R-185: what is kept can be heard again, whole or a part of it, inside the account only', async () => {
    await put(tone(8_000, 16, 1))
    const hear = (who: Who, ask: Ask = {}) => api.ask(who, getMediaAudio, { params: { id: 'greeting' }, ...ask })
    const part = await hear('reader@acme', { headers: { range: 'bytes=0-43' } })
    const whole = await hear('admin@acme')

    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'audio/wav'])
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 0-43/16044'])
    expect((await hear('admin@acme', { headers: { range: 'bytes=99999-' } })).status).toBe(416)
    expect((await hear('admin@bolt')).status).toBe(404)
    expect((await hear('admin@bolt', { account: 'bolt' })).status).toBe(404)
    expect((await hear('nobody@acme')).status).toBe(403)
    const silent = await api.ask('admin@acme', media.create, { body: { name: 'Nothing yet' } })
    expect((await hear('admin@acme', { params: { id: silent.id } })).text).toContain('upload some')
  })

  it('R-185: twenty megabytes are the limit, for this and for nothing else', async () => {
    expect((await put(new Uint8Array(audioBytesMax + 1))).status).toBe(413)
    const elsewhere = await api.ask('admin@acme', groups.create, { body: { name: 'x'.repeat(1_100_000) } })
    expect(elsewhere.status).toBe(413)
  })

  it('a sound replaces the one before under the revision that was meant, and other accounts have no way to it', async () => {
    const first = await put(tone(8_000, 16, 1))
    const stale = await put(tone(8_000, 16, 1), { headers: { 'if-match': '"1"' } })
    const next = await put(tone(8_000, 16, 1), { headers: { 'if-match': first.etag ?? '' } })

    expect([stale.status, next.status]).toEqual([412, 200])
    expect(next.body.objectKey).not.toBe(first.body.objectKey)
    expect(await api.objects.get(String(first.body.objectKey))).toBeDefined()
    expect((await put(tone(8_000, 16, 1), { id: 'no-such' })).status).toBe(404)
    expect((await api.ask('admin@bolt', putMediaAudio, { params: { id: 'greeting' } })).status).toBe(404)
    expect((await api.ask('reader@acme', putMediaAudio, { params: { id: 'greeting' } })).status).toBe(403)
  })
})
