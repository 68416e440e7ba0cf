import { createHash } from 'node:crypto'
import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import { type DocumentKey, type DocumentOf, type Kind, nouns, savedNouns } from '@offhook/shared/model/document.ts'
import { Instant } from '@offhook/shared/model/id.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { DocumentCache } from './document-cache.ts'
import { entity, paddedRevision } from './entity.ts'
import type { ObjectStore } from './objects/object-store.ts'
import { accountTemplates, documentBytesMax } from './table.ts'
import type { Table } from './table-client.ts'

/** A document as it was saved once. Neither `document` nor `objectKey`: it was deleted then. */
const Version = z.object({
  revision: z.int().min(1),
  at: Instant,
  by: z.string(),
  act: z.string(),
  document: z.unknown().optional(),
  /** Where the JSON of a long document lies. */
  objectKey: z.string().optional(),
})
export type Version = z.infer<typeof Version>

export const version = entity(Version, accountTemplates.version)
export const current = entity(Version, accountTemplates.current)

/** A document with the revision it was last saved in and who did so. */
export interface Saved<K extends Kind = Kind> {
  readonly document: DocumentOf<K>
  readonly revision: number
  readonly at: string
  readonly by: string
}

/** Documents kept in memory, and answers which document an account had at a revision; a call's are a few dozen. */
const documentsMax = 10_000
const answersMax = 50_000

interface Known {
  readonly saved: Saved | null
}

const isSaved = (kind: Kind): boolean => kind in savedNouns

/** Reads documents: as they were at a revision of the account, or as they are. */
export class Versions {
  readonly #table: Table
  readonly #objects: ObjectStore | undefined
  readonly #answers = new DocumentCache<Known>(answersMax)
  /** Shared by all revisions of the account in which a document is the same. */
  readonly #documents = new DocumentCache<Saved>(documentsMax)

  constructor(table: Table, objects: ObjectStore | undefined) {
    this.#table = table
    this.#objects = objects
  }

  /**
   * Every key's document at a revision, `null` where the account had none. What was read once is never read again, so the revision must
   * be one the account has reached.
   */
  async at(accountId: string, revision: number, wanted: readonly DocumentKey[]): Promise<Map<string, Saved | null>> {
    const found = new Map<string, Saved | null>()
    const missing = new Map<string, DocumentKey>()
    for (const key of wanted) {
      const known = this.#answers.get(`${accountId}|${revision}|${documentKey(key)}`)
      if (known === undefined) missing.set(documentKey(key), key)
      else found.set(documentKey(key), known.saved)
    }
    const read = await this.#read(accountId, revision, [...missing.values()])
    for (const [name, saved] of read) {
      this.#answers.set(`${accountId}|${revision}|${name}`, { saved })
      found.set(name, saved)
    }
    return found
  }

  /** The documents alone, by `kind/id`; `null` for those the account had not. Answers from memory where it can. */
  async fetch(accountId: string, revision: number, wanted: readonly DocumentKey[]): Promise<Map<string, unknown>> {
    const found = await this.at(accountId, revision, wanted)
    return new Map([...found].map(([name, saved]) => [name, saved?.document ?? null]))
  }

  /**
   * The current documents in one request: one whose revision is not above the asked one is the document of that revision too. Only what
   * was saved or deleted since, what never was, and derived documents (which have no current item) are looked for among the versions.
   * All reads are consistent: an answer is kept for good.
   */
  async #read(accountId: string, revision: number, keys: readonly DocumentKey[]): Promise<[string, Saved | null][]> {
    const saved = keys.filter(({ kind }) => isSaved(kind))
    const items = await this.#table.getMany(
      current,
      saved.map(({ kind, id }) => ({ accountId, kind, id })),
      { consistent: true },
    )
    const atHand = new Map(saved.map((key, index) => [documentKey(key), items[index]]))
    return Promise.all(
      keys.map(async ({ kind, id }): Promise<[string, Saved | null]> => {
        const name = documentKey({ kind, id })
        const item = atHand.get(name)
        const fits = item !== undefined && item.revision <= revision
        const found = fits ? item : await this.#newest(accountId, kind, id, revision)
        return [name, await this.#openOnce(accountId, { kind, id }, found)]
      }),
    )
  }

  /** As it was at any revision, reached or not; nothing is kept of it. */
  async once<K extends Kind>(accountId: string, revision: number, kind: K, id: string): Promise<Saved<K> | undefined> {
    return ((await this.#open(kind, await this.#newest(accountId, kind, id, revision))) as Saved<K> | null) ?? undefined
  }

  async #openOnce(accountId: string, key: DocumentKey, item: Version | undefined): Promise<Saved | null> {
    if (item === undefined) return null
    const name = `${accountId}|${documentKey(key)}|${item.revision}`
    const opened = this.#documents.get(name) ?? (await this.#open(key.kind, item))
    if (opened !== null) this.#documents.set(name, opened)
    return opened
  }

  async #newest(accountId: string, kind: Kind, id: string, revision?: number): Promise<Version | undefined> {
    const { items } = await this.#table.query(
      version,
      { accountId, kind, id },
      {
        from: 'REV#',
        to: revision === undefined ? 'REV#~' : `REV#${paddedRevision(revision)}`,
        newestFirst: true,
        limit: 1,
        consistent: true,
      },
    )
    return items[0]
  }

  /** As it is now. */
  async latest<K extends Kind>(accountId: string, kind: K, id: string): Promise<Saved<K> | undefined> {
    const item = isSaved(kind)
      ? await this.#table.get(current, { accountId, kind, id }, { consistent: true })
      : await this.#newest(accountId, kind, id)
    return ((await this.#open(kind, item)) as Saved<K> | null) ?? undefined
  }

  /** The document of an item, checked against its noun; `null` for a tombstone or nothing. */
  async open<K extends Kind>(kind: K, item: Version): Promise<Saved<K> | null> {
    return (await this.#open(kind, item)) as Saved<K> | null
  }

  async #open(kind: Kind, item: Version | undefined): Promise<Saved | null> {
    if (item === undefined) return null
    const document = item.objectKey === undefined ? item.document : await this.#fetchLong(item.objectKey)
    if (document === undefined || document === null) return null
    return { document: nouns[kind].parse(document), revision: item.revision, at: item.at, by: item.by }
  }

  async #fetchLong(objectKey: string): Promise<unknown> {
    const bytes = await this.#objects?.get(objectKey)
    if (bytes === undefined)
      throw new PbxError('document-lost', {
        status: 500,
        message: 'A long document is not in the object store.',
        details: { objectKey },
      })
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  }

  /** How a document is kept: in the item, or in an object named after its content, so that writing it twice is harmless. */
  async pack(
    accountId: string,
    { kind, id }: DocumentKey,
    document: unknown,
  ): Promise<{ readonly document?: unknown; readonly objectKey?: string; readonly bytes: number }> {
    const json = JSON.stringify(document)
    const bytes = Buffer.byteLength(json)
    if (bytes <= documentBytesMax) return { document, bytes }
    if (this.#objects === undefined)
      throw new PbxError('document-too-large', {
        status: 413,
        message: `A ${kind} may have ${documentBytesMax / 1_000} kB here.`,
      })
    const hash = createHash('sha256').update(json).digest('hex')
    const objectKey = `documents/${accountId}/${kind}/${id}/${hash}.json`
    await this.#objects.put(objectKey, Buffer.from(json), 'application/json')
    return { objectKey, bytes: objectKey.length }
  }
}
