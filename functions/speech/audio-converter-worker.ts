/** The thread that one uploaded file is converted on. Says what came of it, once. */
import { parentPort, workerData } from 'node:worker_threads'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { telephonyAudio } from './uploaded-audio.ts'

/** What a thread answers with: the sound, or a refusal that can be said again on the other side. */
export type Converted =
  | { readonly wav: Uint8Array<ArrayBuffer>; readonly durationMs: number }
  | { readonly code: string; readonly status: number; readonly message: string }

// mpg123-decoder complains of every broken frame to the console; the answer says it once.
console.error = () => undefined

const answer = (converted: Converted) =>
  parentPort?.postMessage(converted, 'wav' in converted ? [converted.wav.buffer] : [])

try {
  const { wav, durationMs } = await telephonyAudio(workerData as Uint8Array)
  answer({ wav: Uint8Array.from(wav), durationMs })
} catch (error) {
  if (!(error instanceof PbxError)) throw error
  answer({ code: error.code, status: error.status, message: error.message })
}
