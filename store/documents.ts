import { randomUUID } from 'node:crypto'
import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { AuditEntry } from '@offhook/shared/model/audit-entry.ts'
import {
  type DocumentKey,
  type DocumentOf,
  type Kind,
  nouns,
  type SavedKind,
  savedNouns,
  singletonId,
} from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type Change, Derivation } from './derived.ts'
import { DocumentCache } from './document-cache.ts'
import { documentBytesMax, keys } from './table.ts'
import { type Page, type Table, transactionMax, type Write } from './table-client.ts'

/** Documents kept in memory, and times a save that lost a race for the account head is tried again. */
const cacheMax = 50_000
const raceRetries = 8
/** Current documents of one kind that a save may look through. */
const listMax = 5_000

const padded = (revision: number): string => String(revision).padStart(10, '0')

export interface SaveOptions {
  /** Subject of the token, `phone:<device>` or `system`. */
  readonly by: string
  readonly act?: AuditEntry['act']
  readonly now?: () => number
}

export interface Edit<K extends SavedKind = SavedKind> {
  readonly kind: K
  readonly id: string
  /** Absent: remove it. */
  readonly document?: unknown
  /** The revision it must have; `'new'` when it must not exist; absent: whatever there is. */
  readonly ifMatch?: number | 'new'
}

export interface Saved<K extends Kind = Kind> {
  readonly document: DocumentOf<K>
  readonly revision: number
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
  readonly #now: () => number
  readonly #cache = new DocumentCache<{ readonly document: unknown }>(cacheMax)

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  /** Documents at a revision by `kind/id`, `null` for those the account had not. Answers from memory where it can. */
  async fetch(accountId: string, revision: number, wanted: readonly DocumentKey[]): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>()
    await Promise.all(
      wanted.map(async (key) => {
        const name = documentKey(key)
        const cacheKey = `${accountId}|${revision}|${name}`
        const known = this.#cache.get(cacheKey) ?? { document: await this.#at(accountId, key.kind, key.id, revision) }
        this.#cache.set(cacheKey, known)
        found.set(name, known.document)
      }),
    )
    return found
  }

  async #at(accountId: string, kind: Kind, id: string, revision: number): Promise<unknown> {
    const { items } = await this.#table.query(keys.revisions(accountId, kind, id), {
      to: padded(revision),
      newestFirst: true,
      limit: 1,
    })
    const document = items[0]?.document
    return document === undefined || document === null ? null : nouns[kind].parse(document)
  }

  async get<K extends Kind>(accountId: string, kind: K, id: string): Promise<Saved<K> | undefined> {
    const item = await this.#table.get(keys.account(accountId), `DOC#${kind}#${id}`, true)
    return item === undefined
      ? undefined
      : { document: nouns[kind].parse(item.document) as DocumentOf<K>, revision: Number(item.revision) }
  }

  /** As it was at a revision, for explaining a call or looking at a version. */
  async at<K extends Kind>(
    accountId: string,
    kind: K,
    id: string,
    revision: number,
  ): Promise<DocumentOf<K> | undefined> {
    return ((await this.#at(accountId, kind, id, revision)) as DocumentOf<K> | null) ?? undefined
  }

  async list<K extends Kind>(
    accountId: string,
    kind: K,
    page: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<Page<Saved<K>>> {
    const { items, cursor } = await this.#table.query(keys.account(accountId), {
      prefix: `DOC#${kind}#`,
      limit: Math.min(page.limit ?? 50, 1_000),
      cursor: page.cursor,
    })
    return {
      items: items.map((item) => ({
        document: nouns[kind].parse(item.document) as DocumentOf<K>,
        revision: Number(item.revision),
      })),
      ...(cursor === undefined ? {} : { cursor }),
    }
  }

  /** Every current document of a kind, 5,000 at the most. */
  async all<K extends Kind>(accountId: string, kind: K): Promise<DocumentOf<K>[]> {
    const items = await this.#table.queryAll(keys.account(accountId), { prefix: `DOC#${kind}#` }, listMax)
    return items.map((item) => nouns[kind].parse(item.document) as DocumentOf<K>)
  }

  async revisions(
    accountId: string,
    kind: Kind,
    id: string,
    page: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<Page<RevisionNote>> {
    const { items, cursor } = await this.#table.query(keys.revisions(accountId, kind, id), {
      newestFirst: true,
      limit: Math.min(page.limit ?? 50, 200),
      cursor: page.cursor,
    })
    return {
      items: items.map((item) => ({
        revision: Number(item.sk),
        at: String(item.at),
        by: String(item.by),
        act: String(item.act),
        deleted: item.document === null,
      })),
      ...(cursor === undefined ? {} : { cursor }),
    }
  }

  /** Saves one document whole. Throws revision-conflict (412), number-taken and the like (409). */
  async save<K extends SavedKind>(
    accountId: string,
    kind: K,
    document: unknown,
    options: SaveOptions & { ifMatch?: number | 'new' },
  ): Promise<Saved<K>> {
    const parsed = savedNouns[kind].parse(document) as DocumentOf<K> & { id: string }
    const revision = await this.saveMany(
      accountId,
      [
        {
          kind,
          // The account's own settings have one well-known id, so that a call finds them.
          id: kind === 'account' ? singletonId : parsed.id,
          document: parsed,
          ...(options.ifMatch === undefined ? {} : { ifMatch: options.ifMatch }),
        },
      ],
      options,
    )
    return { document: parsed, revision }
  }

  async remove(
    accountId: string,
    kind: SavedKind,
    id: string,
    options: SaveOptions & { ifMatch?: number },
  ): Promise<number> {
    return this.saveMany(
      accountId,
      [{ kind, id, ...(options.ifMatch === undefined ? {} : { ifMatch: options.ifMatch }) }],
      { act: 'delete', ...options },
    )
  }

  /** A new revision with the content of an old one, of one document, never of the account. */
  async rollBack<K extends SavedKind>(
    accountId: string,
    kind: K,
    id: string,
    toRevision: number,
    options: SaveOptions & { ifMatch?: number },
  ): Promise<Saved<K>> {
    const old = await this.at(accountId, kind, id, toRevision)
    if (old === undefined)
      throw new PbxError('revision-not-found', {
        status: 404,
        message: `There is no ${kind} ${id} at revision ${toRevision}.`,
      })
    return this.save(accountId, kind, old, { act: 'roll-back', ...options })
  }

  /**
   * Several edits as one: all of them and everything that follows from them, in one transaction under the account head, or none.
   * Answers with the account's new configRevision.
   */
  async saveMany(
    accountId: string,
    edits: readonly Edit[],
    options: SaveOptions,
    beside: (revision: number) => readonly Write[] = () => [],
  ): Promise<number> {
    const parsed = edits.map((edit) => ({
      ...edit,
      document: edit.document === undefined ? undefined : savedNouns[edit.kind].parse(edit.document),
    }))
    for (let tries = 0; tries < raceRetries; tries += 1) {
      const head = await this.#table.get(keys.account(accountId), 'HEAD', true)
      if (head === undefined)
        throw new PbxError('account-not-found', { status: 404, message: 'There is no such account.' })
      const revision = Number(head.configRevision) + 1
      const writes = [...(await this.#writes(accountId, parsed, revision, options)), ...beside(revision)]
      if (writes.length > transactionMax)
        throw new PbxError('save-too-large', {
          status: 413,
          message: `One save may touch ${transactionMax} items; this one touches ${writes.length}. Save in parts.`,
        })
      if (await this.#table.transact([this.#bump(accountId, revision), ...writes])) return revision
    }
    throw new PbxError('account-busy', { status: 503, message: 'Too many people save at once. Try again.' })
  }

  #bump(accountId: string, revision: number): Write {
    return {
      Update: {
        TableName: this.#table.name,
        Key: { pk: keys.account(accountId), sk: 'HEAD' },
        UpdateExpression: 'SET configRevision = :next',
        // Everything read for this save was read at the revision before: nobody else may have saved since.
        ConditionExpression: 'configRevision = :now',
        ExpressionAttributeValues: { ':next': revision, ':now': revision - 1 },
      },
    }
  }

  async #writes(
    accountId: string,
    edits: readonly (Edit & { document: unknown })[],
    revision: number,
    options: SaveOptions,
  ): Promise<Write[]> {
    const changes = await Promise.all(edits.map((edit) => this.#changeOf(accountId, edit)))
    const pending = new Map(changes.map((change) => [`${change.kind}/${change.id}`, change.after]))
    const derivation = new Derivation(
      async (kind, id) =>
        pending.has(`${kind}/${id}`)
          ? (pending.get(`${kind}/${id}`) as never)
          : (await this.get(accountId, kind, id))?.document,
      (kind) => this.all(accountId, kind),
    )
    const derived = await derivation.of(changes)
    const at = new Date(this.#now()).toISOString()
    const claims = changes.flatMap((change) => this.#claims(accountId, change))
    return [
      ...[...changes, ...derived].flatMap((change) => this.#versions(accountId, change, revision, at, options)),
      ...claims,
      this.#audit(accountId, changes, revision, at, options),
    ]
  }

  async #changeOf(accountId: string, edit: Edit & { document: unknown }): Promise<Change> {
    const current = await this.get(accountId, edit.kind, edit.id)
    if (edit.ifMatch === 'new' && current !== undefined)
      throw new PbxError('already-exists', {
        status: 409,
        message: `There is a ${edit.kind} ${edit.id} already.`,
        details: { kind: edit.kind, id: edit.id, revision: current.revision },
      })
    if (typeof edit.ifMatch === 'number' && current?.revision !== edit.ifMatch)
      throw new PbxError('revision-conflict', {
        status: 412,
        message: `Somebody else saved this ${edit.kind} meanwhile: you edited revision ${edit.ifMatch}, it is at ${current?.revision ?? 'none'} now.`,
        details: { kind: edit.kind, id: edit.id, yours: edit.ifMatch, current: current?.revision ?? null },
      })
    if (edit.document === undefined && current === undefined)
      throw new PbxError('not-found', { status: 404, message: `There is no ${edit.kind} ${edit.id}.` })
    if (edit.kind === 'phone-number' && edit.document !== undefined)
      await this.#checkDid(accountId, (edit.document as DocumentOf<'phone-number'>).number)
    return { kind: edit.kind, id: edit.id, before: current?.document, after: edit.document }
  }

  async #checkDid(accountId: string, number: string): Promise<void> {
    const claim = await this.#table.get(keys.claim('did', number), 'CLAIM', true)
    // Whose it is nobody learns: that is another account's business.
    if (claim === undefined || claim.accountId === accountId) return
    throw new PbxError('did-taken', {
      status: 409,
      message: `${number} belongs to another account.`,
      details: { field: 'number', did: number },
    })
  }

  #versions(
    accountId: string,
    { kind, id, after }: Change,
    revision: number,
    at: string,
    options: SaveOptions,
  ): Write[] {
    if (after !== undefined && Buffer.byteLength(JSON.stringify(after)) > documentBytesMax)
      throw new PbxError('document-too-large', {
        status: 413,
        message: `A ${kind} may have ${documentBytesMax / 1_000} kB.`,
      })
    const TableName = this.#table.name
    const current = { pk: keys.account(accountId), sk: `DOC#${kind}#${id}` }
    return [
      {
        Put: {
          TableName,
          Item: {
            pk: keys.revisions(accountId, kind, id),
            sk: padded(revision),
            document: after ?? null,
            at,
            by: options.by,
            act: options.act ?? 'update',
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      after === undefined
        ? { Delete: { TableName, Key: current } }
        : { Put: { TableName, Item: { ...current, document: after, revision } } },
    ]
  }

  /** DIDs are unique over all accounts; SIP usernames are claimed by their credential, portal addresses by the account. */
  #claims(accountId: string, { kind, id, before, after }: Change): Write[] {
    if (kind !== 'phone-number') return []
    const TableName = this.#table.name
    const did = (document: unknown) => (document as DocumentOf<'phone-number'> | undefined)?.number
    const [old, now] = [did(before), did(after)]
    const callflowId = (after as DocumentOf<'phone-number'> | undefined)?.callflowId
    const claimed: Write[] =
      now === undefined
        ? []
        : [
            {
              Put: {
                TableName,
                Item: {
                  pk: keys.claim('did', now),
                  sk: 'CLAIM',
                  accountId,
                  id,
                  ...(callflowId === undefined ? {} : { callflowId }),
                },
                ConditionExpression: 'attribute_not_exists(pk) OR accountId = :mine',
                ExpressionAttributeValues: { ':mine': accountId },
              },
            },
          ]
    const released: Write[] =
      old === undefined || old === now
        ? []
        : [{ Delete: { TableName, Key: { pk: keys.claim('did', old), sk: 'CLAIM' } } }]
    return [...claimed, ...released]
  }

  #audit(accountId: string, changes: readonly Change[], revision: number, at: string, options: SaveOptions): Write {
    const [first] = changes
    const entry: AuditEntry = {
      id: randomUUID(),
      at,
      by: options.by,
      act: options.act ?? (first?.before === undefined ? 'create' : 'update'),
      kind: first?.kind ?? 'account',
      targetId: first?.id ?? accountId,
      configRevision: revision,
      summary:
        changes.length > 1
          ? changes
              .map((change) => `${change.kind} ${change.id}`)
              .join(', ')
              .slice(0, 512)
          : '',
    }
    return { Put: { TableName: this.#table.name, Item: { pk: keys.audit(accountId), sk: `${at}#${entry.id}`, entry } } }
  }
}
