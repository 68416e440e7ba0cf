import { createHash } from 'node:crypto'
import type { SpeechPort } from './speech-port.ts'
import { spokenLanguage } from './voices.ts'

/** What rendering needs of the object store. */
export interface SpeechObjects {
  exists(key: string): Promise<boolean>
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>
}

export interface RenderOnce {
  /** Object key of the spoken text: `speech/<language>/<hash>.wav`. The same words are rendered once, ever. */
  renderOnce(text: string, language: string): Promise<string>
}

/** Keys known to exist, so that words said often cost no look-up. */
const knownMax = 5_000

/** Speech by content: the key is a hash of voice and words, so a rendering never changes and is never made twice, not even at once. */
export function rendering(speech: SpeechPort, objects: SpeechObjects): RenderOnce {
  const known = new Set<string>()
  const underWay = new Map<string, Promise<void>>()

  const make = async (key: string, text: string, language: string) => {
    if (await objects.exists(key)) return
    await objects.put(key, await speech.render(text, language), 'audio/wav')
  }
  return {
    async renderOnce(text, language) {
      const spoken = spokenLanguage(language)
      const hash = createHash('sha256').update(`${speech.name}\n${spoken}\n${text}`).digest('hex').slice(0, 40)
      const key = `speech/${spoken}/${hash}.wav`
      if (known.has(key)) return key
      const making = underWay.get(key) ?? make(key, text, spoken).finally(() => underWay.delete(key))
      underWay.set(key, making)
      await making
      if (known.size >= knownMax) known.clear()
      known.add(key)
      return key
    },
  }
}
