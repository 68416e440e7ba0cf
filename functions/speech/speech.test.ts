import { PollyClient, SynthesizeSpeechCommand } from '@aws-sdk/client-polly'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, describe, expect, it } from 'vitest'
import { fliteSpeech } from './flite.ts'
import { pollySpeech } from './polly.ts'
import { rendering } from './render-once.ts'
import { spell } from './spelling.ts'
import { toneNames, toneWav } from './tones.ts'
import { readWav, toTelephony, wavDurationMs, writeWav } from './wav.ts'

const flite = fliteSpeech()
afterAll(() => flite.close())

/** Strength of one frequency (Goertzel). */
function power(samples: Int16Array, hz: number, sampleRate = 8_000): number {
  const w = 2 * Math.cos((2 * Math.PI * hz) / sampleRate)
  let [a, b] = [0, 0]
  for (const sample of samples) [a, b] = [sample + w * a - b, a]
  return Math.sqrt(Math.max(0, a * a + b * b - w * a * b)) / samples.length
}

describe('the voice inside', () => {
  it('speaks telephony audio: 8 kHz, 16-bit, mono, loud enough to hear', async () => {
    const wav = readWav(await flite.render('To be connected, press 1.', 'en-US'))

    expect(wav?.sampleRate).toBe(8_000)
    expect(wav?.samples.length).toBeGreaterThan(8_000)
    expect(Math.max(...(wav?.samples ?? []))).toBeGreaterThan(4_000)
  })

  it('renders several texts asked for at once, each its own', async () => {
    const lengths = await Promise.all(
      ['One.', 'A good deal longer than one.', '-t --help'].map(
        async (text) => (await flite.render(text, 'en-US')).length,
      ),
    )

    expect(new Set(lengths).size).toBe(3)
  })
})

describe('Polly', () => {
  it('is asked for telephone quality in the voice of the language', async () => {
    const client = mockClient(PollyClient)
    client.on(SynthesizeSpeechCommand).resolves({
      AudioStream: { transformToByteArray: async () => new Uint8Array([1, 0, 2, 0]) } as never,
    })

    const wav = readWav(await pollySpeech(new PollyClient({ region: 'us-east-1' })).render('Bonjour.', 'fr-CA'))

    expect(client.commandCalls(SynthesizeSpeechCommand)[0]?.args[0].input).toEqual({
      Engine: 'standard',
      LanguageCode: 'fr-CA',
      VoiceId: 'Chantal',
      OutputFormat: 'pcm',
      SampleRate: '8000',
      TextType: 'text',
      Text: 'Bonjour.',
    })
    expect([...(wav?.samples ?? [])]).toEqual([1, 2])
  })
})

describe('rendering', () => {
  it('happens once for the same words, also when asked twice at once', async () => {
    const stored = new Map<string, Uint8Array>()
    let rendered = 0
    const speech = {
      name: 'test',
      languages: ['en-US'],
      render: async () => {
        rendered++
        return new Uint8Array(4)
      },
    }
    const objects = {
      exists: async (key: string) => stored.has(key),
      put: async (key: string, bytes: Uint8Array) => void stored.set(key, bytes),
    }

    const keys = await Promise.all([
      rendering(speech, objects).renderOnce('Hello.', 'en-US'),
      rendering(speech, objects).renderOnce('Hello.', 'en-US'),
    ])
    const once = rendering(speech, objects)
    await Promise.all([once.renderOnce('Other.', 'en-US'), once.renderOnce('Other.', 'en-US')])
    await rendering(speech, objects).renderOnce('Hello.', 'en-US')

    expect(keys[0]).toMatch(/^speech\/en-US\/[0-9a-f]{40}\.wav$/)
    expect(new Set(keys).size).toBe(1)
    expect(stored.size).toBe(2)
    expect(rendered).toBe(3)
  })
})

describe('telephony audio', () => {
  it('keeps the voice band when brought down to 8 kHz and lets nothing fold back', () => {
    const tone = (hz: number) => ({
      sampleRate: 16_000,
      samples: Int16Array.from({ length: 16_000 }, (_, n) => 10_000 * Math.sin((2 * Math.PI * hz * n) / 16_000)),
    })

    expect(power(toTelephony(tone(1_000)).samples, 1_000)).toBeGreaterThan(4_800)
    expect(power(toTelephony(tone(5_000)).samples, 3_000)).toBeLessThan(50)
  })

  it('is measured by its header, and by its length where the header was never mended', () => {
    const wav = writeWav({ sampleRate: 8_000, samples: new Int16Array(16_000) })
    const torn = Buffer.from(wav)
    torn.writeUInt32LE(0xffffffff, 40)

    expect(wavDurationMs(wav)).toBe(2_000)
    expect(wavDurationMs(torn)).toBe(2_000)
    expect(wavDurationMs(wav.subarray(0, 64), wav.length)).toBe(2_000)
    expect(wavDurationMs(Buffer.from('not a wav at all, really not'))).toBeUndefined()
  })

  it('has every tone, the ringback with its two frequencies', () => {
    for (const name of toneNames) expect(readWav(toneWav(name))?.sampleRate).toBe(8_000)
    const ringback = readWav(toneWav('ringback'))?.samples.subarray(0, 16_000) ?? new Int16Array()

    expect(power(ringback, 440)).toBeGreaterThan(2_000)
    expect(power(ringback, 480)).toBeGreaterThan(2_000)
    expect(power(ringback, 620)).toBeLessThan(50)
  })

  it('spells keys one by one in the language', () => {
    expect(spell('10*', 'en-US')).toBe('1, 0, star')
    expect(spell('#', 'fr-CA')).toBe('dièse')
    expect(spell('+1', 'xx')).toBe('plus, 1')
  })
})
