import type { CallCommand, FactKey } from '../callflow/vocabulary.ts'
import { changed } from './drive.ts'

/** One message of a mailbox in memory, in playing order as the store lists them. */
export interface KeptMessage {
  readonly id: string
  folder: 'new' | 'saved' | 'deleted'
  readonly at?: string
  readonly callerNumber?: string
  readonly forwardedBy?: string
}

/** A mailbox as the store would keep it: messages by place, and filings that may take effect some look-ups late. */
export class Mailbox {
  readonly #boxId: string
  readonly #messages: KeptMessage[]
  /** How many look-ups each next filing waits for; none left: none. */
  readonly #delays: number[]
  #waiting: { lookUps: number; readonly apply: () => void }[] = []
  /** What stands besides messages in the box's live fact. */
  readonly fact: Record<string, unknown> = {}

  constructor(boxId: string, messages: readonly KeptMessage[], delays: readonly number[] = []) {
    this.#boxId = boxId
    this.#messages = messages.map((message) => ({ ...message }))
    this.#delays = [...delays]
  }

  folder(folder: KeptMessage['folder']): string[] {
    for (const { apply } of this.#waiting.splice(0)) apply()
    return this.#in(folder).map(({ id }) => id)
  }

  #in(folder: KeptMessage['folder']): KeptMessage[] {
    return this.#messages.filter((message) => message.folder === folder)
  }

  readonly live = (key: FactKey): Record<string, unknown> | undefined => {
    if (key.kind === 'voicemail-box' && key.id === this.#boxId) {
      this.#pass()
      return { ...this.fact, newCount: this.#in('new').length, savedCount: this.#in('saved').length }
    }
    if (key.kind !== 'voicemail-message') return undefined
    const [, folder = 'new', place = '0'] = key.id.split('/')
    const message = this.#in(folder === 'saved' ? 'saved' : 'new')[Number(place)]
    if (message === undefined) return {}
    const { folder: _folder, ...told } = message
    return { ...told, objectKey: `voicemail/acme/${this.#boxId}/${message.id}.wav`, durationMs: 8_000 }
  }

  #pass(): void {
    for (const filing of this.#waiting) filing.lookUps -= 1
    for (const { apply } of this.#waiting.filter(({ lookUps }) => lookUps < 0)) apply()
    this.#waiting = this.#waiting.filter(({ lookUps }) => lookUps >= 0)
  }

  readonly told = (command: CallCommand): void => {
    if (command.type === 'change' && command.fact.id === this.#boxId)
      Object.assign(this.fact, changed(this.fact, command))
    if (command.type !== 'file-message' || command.act === 'forward') return
    const message = this.#messages.find(({ id }) => id === command.messageId)
    const folder = command.act === 'save' ? 'saved' : 'deleted'
    const apply = () => {
      if (message !== undefined) message.folder = folder
    }
    this.#waiting.push({ lookUps: this.#delays.shift() ?? 0, apply })
  }
}
