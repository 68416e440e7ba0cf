import { setTimeout as sleep } from 'node:timers/promises'
import type { CdrRow } from '@offhook/shared/api/cdrs.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { acmeId } from '@offhook/shared/testing/acme.ts'
import type { RunningSystem } from './running-system.ts'

export interface Message {
  readonly id: string
  readonly durationMs: number
  readonly callerNumber?: string
}

/** How long a call's record and its message may take to be in the API, ms. */
const patienceMs = 10_000

/** The HTTP API of the demo company as its administrator, or of another account as the operator. */
export class AccountApi {
  readonly #system: () => RunningSystem
  readonly #accountId: string

  constructor(system: RunningSystem | (() => RunningSystem), accountId: string = acmeId) {
    this.#system = typeof system === 'function' ? system : () => system
    this.#accountId = accountId
  }

  #send(method: string, path: string, headers: Record<string, string>, body?: string | Buffer): Promise<Response> {
    const { apiUrl, apiToken, operator } = this.#system().ready
    const token = this.#accountId === acmeId ? apiToken : operator.apiToken
    return fetch(`${apiUrl}/accounts/${this.#accountId}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    })
  }

  /** Sends a file as it is. Throws when it was refused. */
  async upload<T>(path: string, file: Buffer, type: string): Promise<T> {
    const response = await this.#send('PUT', path, { 'content-type': type }, file)
    if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /** The answer whatever its status. */
  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    return this.#send(method, path, { ...type, ...headers }, body === undefined ? undefined : JSON.stringify(body))
  }

  /** The answer's body. Throws when it was refused. */
  async ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await this.request(method, path, body, headers)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string, query = ''): Promise<T[]> {
    const items: T[] = []
    let cursor: string | undefined
    do {
      const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = await this.ask<{ items: T[]; cursor?: string }>('GET', `${path}?limit=100${query}${from}`)
      items.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined)
    return items
  }

  /** Changes a document as the console does: reads it, and saves it with its ETag. */
  async change<T extends object>(path: string, change: (document: T) => object): Promise<void> {
    const shown = await this.request('GET', path)
    const document = (await shown.json()) as T
    await this.ask('PUT', path, change(document), { 'if-match': shown.headers.get('etag') ?? '' })
  }

  messages(boxId: string): Promise<Message[]> {
    return this.all<Message>(`voicemail-boxes/${boxId}/messages`)
  }

  /** The message of a caller, once it is there. */
  messageFrom(boxId: string, callerNumber: string): Promise<Message> {
    return until(async () => (await this.messages(boxId)).find((one) => one.callerNumber === callerNumber))
  }

  /** Calls of a day before to a day after an instant; the clock of the calls may be another one than ours. */
  calls(around = Date.now()): Promise<CdrRow[]> {
    const day = 86_400_000
    const [from, to] = [around - day, around + day].map((at) => new Date(at).toISOString())
    return this.all<CdrRow>('cdrs', `&from=${from}&to=${to}`)
  }

  /** The record of a caller's last call, once it is over, with its path. */
  async callFrom(from: string, around?: number): Promise<Cdr> {
    const { callId } = await until(async () => (await this.calls(around)).find((call) => call.from === from))
    return this.ask<Cdr>('GET', `cdrs/${callId}`)
  }
}

/** What is found at last; looked for until it is there. Throws when it does not come in time. */
export async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(100)) {
    const found = await find()
    if (found !== undefined) return found
  }
  throw new Error('it did not come in time')
}
