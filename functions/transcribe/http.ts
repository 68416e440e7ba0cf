import * as z from 'zod'
import { type TranscribePort, transcriptMax } from './transcribe-port.ts'

const Answer = z.object({ text: z.string() })

/** Bytes of an answer that are read: the longest transcript, escaped. */
const answerBytesMax = 256 * 1_024

/**
 * A server that takes `POST` with the WAV as its body and the language in Accept-Language, and answers `{ "text": "…" }`. Whisper and its
 * like are put behind it in a few lines.
 */
export const httpTranscribe = (url: string): TranscribePort => ({
  async transcribe(wav, language, signal) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'audio/wav', accept: 'application/json', 'accept-language': language },
      body: Uint8Array.from(wav),
      // It would take the message to somebody nobody named.
      redirect: 'error',
      signal,
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`the transcriber answers ${response.status}`)
    }
    return Answer.parse(JSON.parse(await boundedText(response)))
      .text.trim()
      .slice(0, transcriptMax)
  },
})

async function boundedText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw new Error('the transcriber answers without end')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
