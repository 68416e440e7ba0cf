import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { DocumentKey } from '@offhook/shared/model/document.ts'
import type { SmaStore } from './dependencies.ts'

/** Revisions kept, and documents of all of them: calls pin a revision for as long as they last, so several of an account are in use. */
const revisionsMax = 500
const documentsMax = 20_000

/**
 * Documents by revision, as calls have asked for them. A revision never changes, so what was fetched for one call decides the next one
 * without being asked for; the least lately used go first.
 */
export class Revisions {
  readonly #source: SmaStore['documents']
  readonly #revisions = new Map<string, Map<string, unknown>>()
  #size = 0

  constructor(source: SmaStore['documents']) {
    this.#source = source
  }

  /** What is at hand, by `kind/id`; `null` is known to be absent. A turn keeps it while `fetch` adds to it. */
  documents(accountId: string, revision: number): ReadonlyMap<string, unknown> {
    return this.#of(nameOf(accountId, revision))
  }

  /** The documents at hand, with all of these among them. */
  async fetch(
    accountId: string,
    revision: number,
    keys: readonly DocumentKey[],
  ): Promise<ReadonlyMap<string, unknown>> {
    const name = nameOf(accountId, revision)
    const documents = this.#of(name)
    const missing = keys.filter((key) => !documents.has(documentKey(key)))
    if (missing.length === 0) return documents
    const found = await this.#source.fetch(accountId, revision, missing)
    const before = documents.size
    for (const key of missing) documents.set(documentKey(key), found.get(documentKey(key)) ?? null)
    if (this.#revisions.get(name) === documents) this.#size += documents.size - before
    this.#trim()
    return documents
  }

  #of(name: string): Map<string, unknown> {
    const documents = this.#revisions.get(name) ?? new Map<string, unknown>()
    this.#revisions.delete(name)
    this.#revisions.set(name, documents)
    return documents
  }

  #trim(): void {
    for (const [name, documents] of this.#revisions) {
      if (this.#revisions.size <= revisionsMax && this.#size <= documentsMax) return
      this.#revisions.delete(name)
      this.#size -= documents.size
    }
  }
}

const nameOf = (accountId: string, revision: number): string => `${accountId}|${revision}`
