import { featureCodeGeneration } from '@offhook/shared/callflow/feature-codes.ts'
import type { AuditEntry } from '@offhook/shared/model/audit-entry.ts'
import {
  type DocumentKey,
  type DocumentOf,
  type Kind,
  type SavedKind,
  savedNouns,
  singletonId,
} from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { head } from './head.ts'
import type { ObjectStore } from './objects/object-store.ts'
import { type Edit, planSave, type SaveOptions } from './saving.ts'
import { stages } from './staging.ts'
import type { Page, Table } from './table-client.ts'
import { transactionBytesMax, transactionMax, type Write } from './transaction.ts'
import { current, type Saved, Versions, version } from './versions.ts'

export type { Edit, SaveOptions } from './saving.ts'
export type { Saved } from './versions.ts'

/** Times a save that lost a race for the account head is tried again; after the first ones it waits a little. */
const raceRetries = 20
const patientAfter = 3
/** Current documents of one kind that are looked through. */
const listMax = 5_000

export interface PageOptions {
  readonly cursor?: string | undefined
  readonly limit?: number
}

export interface RevisionNote {
  readonly revision: number
  readonly at: string
  readonly by: string
  readonly act: string
  readonly deleted: boolean
}

/** Saved nouns: current ones for lists, immutable ones for calls, one account revision over all. */
export class Documents {
  readonly #table: Table
  readonly #versions: Versions
  readonly #now: () => number
  readonly #onSaved: (accountId: string, kinds: ReadonlySet<SavedKind>) => void

  constructor(
    table: Table,
    objects: ObjectStore | undefined,
    now: () => number,
    onSaved: (accountId: string, kinds: ReadonlySet<SavedKind>) => void = () => undefined,
  ) {
    this.#onSaved = onSaved
    this.#table = table
    this.#versions = new Versions(table, objects)
    this.#now = now
  }

  /** Documents at a revision by `kind/id`, `null` for those the account had not. Answers from memory where it can. */
  async fetch(accountId: string, revision: number, wanted: readonly DocumentKey[]): Promise<Map<string, unknown>> {
    return this.#versions.fetch(accountId, revision, wanted)
  }

  /** As it is now, with its revision. */
  async get<K extends Kind>(accountId: string, kind: K, id: string): Promise<Saved<K> | undefined> {
    return this.#versions.latest(accountId, kind, id)
  }

  /** As it was at a revision, for explaining a call or looking at a version. */
  async at<K extends Kind>(
    accountId: string,
    kind: K,
    id: string,
    revision: number,
  ): Promise<DocumentOf<K> | undefined> {
    return (await this.#versions.once(accountId, revision, kind, id))?.document
  }

  /** Current documents by id, at most 1,000 a page. */
  async list<K extends SavedKind>(accountId: string, kind: K, page: PageOptions = {}): Promise<Page<Saved<K>>> {
    const { items, ...rest } = await this.#table.query(
      current,
      { accountId, kind },
      { limit: page.limit ?? 50, cursor: page.cursor },
    )
    const opened = await Promise.all(items.map((item) => this.#versions.open(kind, item)))
    return { items: opened.filter((saved) => saved !== null), ...rest }
  }

  /** Every current document of a kind, 5,000 at the most. */
  async all<K extends SavedKind>(accountId: string, kind: K): Promise<DocumentOf<K>[]> {
    const items = await this.#table.queryAll(current, { accountId, kind }, { consistent: true }, listMax)
    const opened = await Promise.all(items.map((item) => this.#versions.open(kind, item)))
    return opened.flatMap((saved) => (saved === null ? [] : [saved.document]))
  }

  /** What was saved of a document when and by whom, newest first, at most 200 a page. */
  async revisions(accountId: string, kind: Kind, id: string, page: PageOptions = {}): Promise<Page<RevisionNote>> {
    const { items, ...rest } = await this.#table.query(
      version,
      { accountId, kind, id },
      { newestFirst: true, limit: Math.min(page.limit ?? 50, 200), cursor: page.cursor },
    )
    const notes = items.map(({ revision, at, by, act, document, objectKey }) => ({
      revision,
      at,
      by,
      act,
      deleted: document === undefined && objectKey === undefined,
    }))
    return { items: notes, ...rest }
  }

  /** Saves one document whole. Throws revision-conflict (412), number-taken and the like (409). */
  async save<K extends SavedKind>(
    accountId: string,
    kind: K,
    document: unknown,
    { ifMatch, ...options }: SaveOptions & { readonly ifMatch?: number | 'new' | undefined },
  ): Promise<Saved<K>> {
    const parsed = savedNouns[kind].parse(document) as DocumentOf<K> & { readonly id: string }
    // The account's own settings have one well-known id, so that a call finds them.
    const id = kind === 'account' ? singletonId : parsed.id
    const edit: Edit = { kind, id, document: parsed, ...(ifMatch === undefined ? {} : { ifMatch }) }
    const revision = await this.saveMany(accountId, [edit], options)
    return { document: parsed, revision, at: new Date(this.#now()).toISOString(), by: options.by }
  }

  /** Leaves a tombstone: calls that began before still find it. Answers with the account's new revision. */
  async remove(
    accountId: string,
    kind: SavedKind,
    id: string,
    { ifMatch, ...options }: SaveOptions & { readonly ifMatch?: number | undefined },
  ): Promise<number> {
    return this.saveMany(accountId, [{ kind, id, ...(ifMatch === undefined ? {} : { ifMatch }) }], {
      act: 'delete',
      ...options,
    })
  }

  /** A new revision with the content of an old one: of one document, never of the account. */
  async rollBack<K extends SavedKind>(
    accountId: string,
    kind: K,
    id: string,
    toRevision: number,
    options: SaveOptions & { readonly ifMatch?: number | undefined },
  ): Promise<Saved<K>> {
    const old = await this.at(accountId, kind, id, toRevision)
    if (old === undefined)
      throw new PbxError('revision-not-found', {
        status: 404,
        message: `There is no ${kind} ${id} at revision ${toRevision}.`,
      })
    return this.save(accountId, kind, old, { act: 'roll-back' satisfies AuditEntry['act'], ...options })
  }

  /** Gives an account what came new since its last save, such as default feature codes. False where it had everything. */
  async bringUpToDate(accountId: string): Promise<boolean> {
    const routing = (await this.get(accountId, 'routing', singletonId))?.document
    if (routing === undefined || routing.featureCodesGiven >= featureCodeGeneration) return false
    await this.saveMany(accountId, [], { by: 'system', act: 'update' })
    return true
  }

  /**
   * Several edits as one: all of them and everything that follows from them, in one transaction under the account head, or none; see
   * `stages` for what is too large for one. Answers with the account's new configRevision. `beside` makes writes that belong to the
   * (last) transaction; where one is of an item that the save would write itself, it takes its place.
   */
  async saveMany(
    accountId: string,
    edits: readonly Edit[],
    options: SaveOptions,
    beside: (revision: number) => readonly Write[] = () => [],
  ): Promise<number> {
    const parsed = edits.map((edit) => ({ ...edit, document: parsedDocument(accountId, edit) }))
    const revision = await this.#saveParsed(accountId, parsed, options, beside)
    this.#onSaved(accountId, new Set(edits.map(({ kind }) => kind)))
    return revision
  }

  async #saveParsed(
    accountId: string,
    edits: readonly Edit[],
    options: SaveOptions,
    beside: (revision: number) => readonly Write[],
  ): Promise<number> {
    const saved = await this.#saveWhole(accountId, edits, options, beside)
    if (saved !== undefined) return saved
    const [only] = edits
    const before = only?.kind === 'callflow' ? (await this.get(accountId, 'callflow', only.id))?.document : undefined
    const parts = stages(edits, before)
    if (parts === undefined)
      throw new PbxError('save-too-large', { status: 413, message: 'This document is too large to be saved.' })
    let revision = 0
    for (const [index, part] of parts.entries())
      revision = await this.#saveParsed(accountId, part, options, index === parts.length - 1 ? beside : () => [])
    return revision
  }

  /** The new revision, or nothing when it does not fit one transaction. */
  async #saveWhole(
    accountId: string,
    edits: readonly Edit[],
    options: SaveOptions,
    beside: (revision: number) => readonly Write[],
  ): Promise<number | undefined> {
    for (let tries = 0; tries < raceRetries; tries += 1) {
      if (tries >= patientAfter)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * Math.min(tries, 10)))
      const now = await this.#table.get(head, { accountId }, { consistent: true })
      if (now === undefined)
        throw new PbxError('account-not-found', { status: 404, message: 'There is no such account.' })
      const revision = now.configRevision + 1
      const { writes, bytes } = await planSave(
        {
          table: this.#table,
          versions: this.#versions,
          snapshot: (keys) => this.#versions.at(accountId, now.configRevision, keys),
          phoneNumbers: () => this.all(accountId, 'phone-number'),
          accountId,
          revision,
          beside: beside(revision),
          at: new Date(this.#now()).toISOString(),
        },
        edits,
        options,
      )
      if (writes.length > transactionMax || bytes > transactionBytesMax) return undefined
      const refusal = await this.#table.transact(writes)
      if (refusal === undefined) return revision
      const refused = writes[refusal.index]?.refused
      if (refused !== undefined) throw refused(refusal.existing)
      // The head moved on: somebody else saved. Everything is read again and decided anew.
      if (refusal.index !== 0) throw new Error(`write ${refusal.index} of a save was refused without its head`)
    }
    throw new PbxError('account-busy', { status: 503, message: 'Too many people save at once. Try again.' })
  }
}

/** Throws ZodError, and id-mismatch (400) where a document is not the one it is saved as. */
function parsedDocument(accountId: string, { kind, id, document }: Edit): unknown {
  if (document === undefined) return undefined
  const parsed = savedNouns[kind].parse(document)
  // An account's settings bear the account's id, and are found by a fixed one.
  const expected = kind === 'account' ? accountId : id
  if (parsed.id === expected && (kind !== 'account' || id === singletonId)) return parsed
  throw new PbxError('id-mismatch', {
    message: `This ${kind} is ${parsed.id}; it cannot be saved as ${expected}.`,
    details: { field: 'id', kind, id: expected },
  })
}
