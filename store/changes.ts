import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { DocumentKey, DocumentOf, Kind } from '@offhook/shared/model/document.ts'
import type { Saved } from './versions.ts'

/** One document before and after a save; `undefined`: it is not there. */
export interface Change {
  readonly kind: Kind
  readonly id: string
  readonly before: unknown
  readonly after: unknown
}

/** Reads the account as it was before the save, at one revision. */
export type Snapshot = (keys: readonly DocumentKey[]) => Promise<ReadonlyMap<string, Saved | null>>

/** What a save makes of the account: what people edit, and what follows from it. Reads see the changes made so far. */
export class Changes {
  readonly #snapshot: Snapshot
  readonly #changes = new Map<string, Change>()

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  /** Reads what will be looked at anyhow, all at once. */
  async prefetch(keys: readonly DocumentKey[]): Promise<void> {
    await this.#snapshot(keys)
  }

  async before<K extends Kind>(kind: K, id: string): Promise<DocumentOf<K> | undefined> {
    const saved = (await this.#snapshot([{ kind, id }])).get(documentKey({ kind, id }))
    return (saved?.document as DocumentOf<K> | undefined) ?? undefined
  }

  async find<K extends Kind>(kind: K, id: string): Promise<DocumentOf<K> | undefined> {
    const change = this.#changes.get(documentKey({ kind, id }))
    return change === undefined ? this.before(kind, id) : (change.after as DocumentOf<K> | undefined)
  }

  async put<K extends Kind>(kind: K, id: string, after: DocumentOf<K> | undefined): Promise<void> {
    this.#changes.set(documentKey({ kind, id }), { kind, id, before: await this.before(kind, id), after })
  }

  /** Changed documents of a kind, in the order they were first changed. */
  of(kind: Kind): Change[] {
    return [...this.#changes.values()].filter((change) => change.kind === kind)
  }

  /** All changes that make a difference; `edited` are kept even where they make none, for somebody pressed Save. */
  all(edited: ReadonlySet<string>): Change[] {
    return [...this.#changes.values()].filter(
      (change) => edited.has(documentKey(change)) || JSON.stringify(change.before) !== JSON.stringify(change.after),
    )
  }
}
