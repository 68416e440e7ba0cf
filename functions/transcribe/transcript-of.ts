import { type TranscribePort, transcriptMsMax } from './transcribe-port.ts'

type Log = (line: Readonly<Record<string, unknown>>) => void

/** What is said in a recording, if it can be had in time. A transcriber that fails, or takes too long, costs nobody the message. */
export async function transcriptOf(
  port: TranscribePort,
  wav: Uint8Array,
  language: string,
  log: Log,
  withinMs = transcriptMsMax,
): Promise<string | undefined> {
  const aborted = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no transcript in ${withinMs} ms`)), withinMs)
  })
  try {
    const text = await Promise.race([port.transcribe(wav, language, aborted.signal), late])
    return text === '' ? undefined : text
  } catch (error) {
    log({ level: 'WARN', transcript: error instanceof Error ? error.message : String(error) })
    return undefined
  } finally {
    clearTimeout(timer)
    aborted.abort()
  }
}
