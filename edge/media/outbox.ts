/** How a thread says several things at once. */
export interface Port<Message> {
  postMessage(messages: readonly Message[]): void
}

/**
 * Messages to another thread, those of one turn of the event loop together and in order: each trip wakes the other thread, which under
 * load costs more than what is said.
 */
export class Outbox<Message> {
  readonly #port: Port<Message>
  #waiting: Message[] = []

  constructor(port: Port<Message>) {
    this.#port = port
  }

  post(message: Message): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.flush())
  }

  /** Sends what waits now, before a thread ends, say. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const messages = this.#waiting
    this.#waiting = []
    this.#port.postMessage(messages)
  }
}
