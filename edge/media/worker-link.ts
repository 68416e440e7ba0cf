import { Worker } from 'node:worker_threads'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { Outbox } from './outbox.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './worker/messages.ts'

/** What an asker hears when the thread died before it answered. */
export interface Lost {
  readonly type: 'lost'
  readonly error: string
}
export type Answer = FromWorker | Lost

/**
 * What the thread may fill with new objects before it cleans up, MB. Packets are garbage at once: with little room there is little to go
 * through, and a call takes 11 kB instead of 30.
 */
const youngMb = 6
/** Time the thread has to finish recordings when it is asked to end, ms. */
const shutdownMs = 5_000
const lost: Lost = { type: 'lost', error: 'the media thread has ended' }

const mediaProgram = new URL('./worker/worker.ts', import.meta.url)

/** The media thread, and who waits for what it says. Nobody waits for ever: when it dies, everybody is told. */
export class WorkerLink {
  readonly #worker: Worker
  readonly #outbox: Outbox<ToWorker>
  readonly #jobs = new Map<number, (answer: Answer) => void>()
  readonly #creating = new Map<string, (answer: Answer) => void>()
  readonly #digits = new Map<string, (digit: string) => void>()
  readonly #onFailure: (error: Error) => void
  #job = 0
  #isOver = false
  #isClosing = false

  /** `program` is the thread's; tests have one that dies. */
  constructor(settings: WorkerSettings, onFailure: (error: Error) => void, program = mediaProgram) {
    this.#onFailure = onFailure
    this.#worker = new Worker(program, {
      workerData: settings,
      name: 'media',
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    })
    this.#outbox = new Outbox(this.#worker)
    this.#worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#received(message)
    })
    this.#worker.once('error', (error: Error) => this.#ended(error))
    this.#worker.once('exit', (code) => this.#ended(new Error(`the media thread ended with code ${code}`)))
  }

  #ended(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const answer of [...this.#jobs.values(), ...this.#creating.values()]) answer(lost)
    this.#jobs.clear()
    this.#creating.clear()
    this.#digits.clear()
    if (!this.#isClosing) this.#onFailure(error)
  }

  #received(message: FromWorker): void {
    if (message.type === 'digit') return this.#digits.get(message.session)?.(message.digit)
    if (message.type === 'created' || message.type === 'not-created') {
      this.#creating.get(message.session)?.(message)
      this.#creating.delete(message.session)
      return
    }
    this.#jobs.get(message.job)?.(message)
    this.#jobs.delete(message.job)
  }

  post(message: ToWorker): void {
    if (!this.#isOver) this.#outbox.post(message)
  }

  /** Opens a session in the thread. Throws PbxError('no-rtp-port', 503) when the range is used up or the thread is gone. */
  async create(
    session: string,
    isBrowser: boolean,
    onDigit: (digit: string) => void,
  ): Promise<FromWorker & { type: 'created' }> {
    const answer = await new Promise<Answer>((resolve) => {
      if (this.#isOver) return resolve(lost)
      this.#digits.set(session, onDigit)
      this.#creating.set(session, resolve)
      this.post({ type: 'create', session, isBrowser })
    })
    if (answer.type === 'created') return answer
    this.forget(session)
    const message = answer.type === 'not-created' || answer.type === 'lost' ? answer.error : 'no session'
    throw new PbxError('no-rtp-port', { status: 503, message })
  }

  /** Posts a message that carries a job number and waits for its answer. */
  ask(make: (job: number) => ToWorker): { readonly job: number; readonly answer: Promise<Answer> } {
    this.#job += 1
    const job = this.#job
    const answer = new Promise<Answer>((resolve) => {
      if (this.#isOver) return resolve(lost)
      this.#jobs.set(job, resolve)
      this.post(make(job))
    })
    return { job, answer }
  }

  forget(session: string): void {
    this.#digits.delete(session)
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isClosing = true
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.post({ type: 'shutdown' })
    const timer = setTimeout(() => void this.#worker.terminate(), shutdownMs)
    await exited
    clearTimeout(timer)
  }
}
