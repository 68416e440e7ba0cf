import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Converted } from './audio-converter-worker.ts'
import { type AudioConverter, conversionMsMax } from './uploaded-audio.ts'

/** Files waiting for the one that is converted. */
const waitingMax = 20
/** A thread that has not even refused by then hangs inside a decoder. */
const graceMs = 5_000

export interface ConverterOptions {
  /** @default what a conversion may take, and a little */
  readonly msMax?: number
}

/**
 * Converts uploads on a thread of their own, one at a time, so that calls in the same process never wait for them; a file that kills or
 * hangs its decoder takes no more with it than its thread. Rejects as `telephonyAudio` does, and with converter-busy (503).
 */
export function threadedConverter({ msMax = conversionMsMax + graceMs }: ConverterOptions = {}): AudioConverter {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (bytes) => {
    if (waiting >= waitingMax)
      throw new PbxError('converter-busy', { status: 503, message: 'Many files are being converted. Try again soon.' })
    waiting += 1
    const converted = last.then(() => convertOnThread(bytes, msMax)).finally(() => (waiting -= 1))
    last = converted.catch(() => undefined)
    return converted
  }
}

async function convertOnThread(bytes: Uint8Array, msMax: number) {
  const worker = new Worker(new URL('./audio-converter-worker.ts', import.meta.url), {
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  const timer = new AbortController()
  const timeout = setTimeout(() => timer.abort(), msMax)
  try {
    const [converted] = (await once(worker, 'message', { signal: timer.signal })) as [Converted]
    if ('wav' in converted) return converted
    const { code, status, message } = converted
    throw new PbxError(code, { status, message, details: { field: 'body' } })
  } catch (cause) {
    if (cause instanceof PbxError) throw cause
    throw new PbxError('audio-broken', {
      message: 'This file is damaged: its decoder gave up. Save it anew with the program that made it.',
      details: { field: 'body' },
      cause,
    })
  } finally {
    clearTimeout(timeout)
    await worker.terminate()
  }
}
