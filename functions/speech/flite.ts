import { Worker } from 'node:worker_threads'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type SpeechPort, speechCharsMax } from './speech-port.ts'
import { readWav, toTelephony, writeWav } from './wav.ts'

/** A sentence takes 50 ms to 200 ms; a thread that needs longer than this is replaced. */
const renderMsMax = 20_000
/** Renderings that wait for the thread. */
const waitingMax = 1_000

interface Job {
  readonly text: string
  readonly resolve: (wav: Uint8Array) => void
  readonly reject: (cause: Error) => void
}

/**
 * Flite's voice `slt` (WebAssembly under WASI) on a thread of its own, one sentence at a time. English only; other languages are read as
 * English. `close` ends the thread; it also ends with the process.
 */
export function fliteSpeech(): SpeechPort & { close(): Promise<void> } {
  let worker: Worker | undefined
  let current: Job | undefined
  let timer: NodeJS.Timeout | undefined
  const waiting: Job[] = []

  const finish = (settle: (job: Job) => void) => {
    clearTimeout(timer)
    const job = current
    current = undefined
    if (job !== undefined) settle(job)
    next()
  }
  const fail = (cause: Error) => {
    void worker?.terminate()
    worker = undefined
    finish((job) => job.reject(cause))
  }
  const start = (): Worker => {
    const made = new Worker(new URL('./flite-worker.ts', import.meta.url), {
      // WASI is marked experimental; saying so at every start helps nobody.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    made.unref()
    made.on('message', (wav: Uint8Array | undefined) =>
      finish((job) => (wav === undefined ? job.reject(failed('nothing rendered')) : job.resolve(wav))),
    )
    made.on('error', (cause) => fail(failed(cause.message)))
    return made
  }
  const next = () => {
    if (current !== undefined) return
    current = waiting.shift()
    if (current === undefined) return worker?.unref()
    worker ??= start()
    worker.ref()
    timer = setTimeout(() => fail(failed('out of time')), renderMsMax)
    worker.postMessage(current.text)
  }
  const speak = (text: string) =>
    new Promise<Uint8Array>((resolve, reject) => {
      if (waiting.length >= waitingMax) return reject(failed('too many renderings wait'))
      waiting.push({ text, resolve, reject })
      next()
    })

  return {
    name: 'flite-slt',
    languages: ['en-US'],
    async render(text) {
      const wav = readWav(await speak(text.slice(0, speechCharsMax)))
      if (wav === undefined) throw failed('no WAV')
      return writeWav(toTelephony(wav))
    },
    async close() {
      await worker?.terminate()
      worker = undefined
    },
  }
}

const failed = (why: string): PbxError =>
  new PbxError('speech-failed', { status: 500, message: `Speech failed: ${why}.` })
