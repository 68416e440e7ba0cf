/** From edits to the writes of one transaction. */
import { randomUUID } from 'node:crypto'
import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { Account } from '@offhook/shared/model/account.ts'
import { AuditEntry } from '@offhook/shared/model/audit-entry.ts'
import { type DocumentKey, type DocumentOf, type SavedKind, savedNouns } from '@offhook/shared/model/document.ts'
import type { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { auditEntry } from './audit.ts'
import { type Change, Changes, type Snapshot } from './changes.ts'
import { Claims } from './claims.ts'
import { deriveNumberRoutes, followPhoneNumbers } from './derived/number-routes.ts'
import { deriveMailboxRoutes, deriveOwnership } from './derived/ownership.ts'
import { deriveRouting } from './derived/routing.ts'
import { clearedFacts } from './derived/standing.ts'
import { paddedRevision } from './entity.ts'
import { head } from './head.ts'
import type { Table } from './table-client.ts'
import { itemOf, type Write } from './transaction.ts'
import { current, type Saved, type Versions, version } from './versions.ts'

export interface SaveOptions {
  /** Subject of the token, `phone:<device>` or `system`. */
  readonly by: string
  readonly act?: AuditEntry['act']
  /** SIP passwords of new devices, by device; made at random where there is none. */
  readonly passwords?: Readonly<Record<string, string>>
}

export interface Edit<K extends SavedKind = SavedKind> {
  readonly kind: K
  readonly id: string
  /** Absent: remove it. */
  readonly document?: unknown
  /** The revision it must have; `'new'` when it must not exist; absent: whatever there is. */
  readonly ifMatch?: number | 'new'
}

/** The writes of a save, the account head's first, and how many bytes of documents they carry. */
export interface Plan {
  readonly writes: readonly Write[]
  readonly bytes: number
}

export interface Planner {
  readonly table: Table
  readonly versions: Versions
  readonly snapshot: Snapshot
  readonly phoneNumbers: () => Promise<readonly PhoneNumber[]>
  readonly accountId: string
  /** The revision the save will be. */
  readonly revision: number
  /** Writes of the caller's own; they take the place of what the save would write of the same item. */
  readonly beside: readonly Write[]
  readonly at: string
}

/** Everything one save writes. Throws what is wrong with it: revision-conflict (412), number-taken and the like (409). */
export async function planSave(planner: Planner, edits: readonly Edit[], options: SaveOptions): Promise<Plan> {
  const { table, accountId } = planner
  const changes = new Changes(planner.snapshot)
  const known = await planner.snapshot(edits)
  for (const edit of edits) {
    checkMatch(edit, known.get(documentKey(edit)) ?? undefined)
    await changes.put(edit.kind, edit.id, edit.document as DocumentOf<typeof edit.kind> | undefined)
  }
  await followPhoneNumbers(changes)
  await deriveNumberRoutes(changes)
  await deriveOwnership(changes)
  await deriveMailboxRoutes(changes)
  await deriveRouting(changes, planner.phoneNumbers)
  const all = changes.all(new Set(edits.map(documentKey)))
  const items = await Promise.all(all.map((change) => versionsOf(planner, change, options)))
  const claims = await new Claims(table, accountId).of(changes, options.passwords ?? {})
  const taken = new Set(planner.beside.map(itemOf))
  const entry = audit(planner, edits, all, options)
  return {
    writes: [
      bump(planner, changes),
      ...items.flatMap(({ writes }) => writes),
      ...claims.filter((claim) => !taken.has(itemOf(claim))),
      ...clearedFacts(table, accountId, changes),
      ...planner.beside,
      table.putting(auditEntry.item({ accountId, at: entry.at, id: entry.id }, entry)),
    ],
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function checkMatch({ kind, id, ifMatch, document }: Edit, saved: Saved | undefined): void {
  if (kind === 'account' && document === undefined)
    throw new PbxError('account-needed', { status: 409, message: 'An account keeps its settings.' })
  if (ifMatch === 'new' && saved !== undefined)
    throw new PbxError('already-exists', {
      status: 409,
      message: `There is a ${kind} ${id} already.`,
      details: { kind, id, revision: saved.revision },
    })
  if (typeof ifMatch === 'number' && saved?.revision !== ifMatch)
    throw new PbxError('revision-conflict', {
      status: 412,
      message:
        saved === undefined
          ? `You edited revision ${ifMatch} of this ${kind}, but it is deleted meanwhile.`
          : `You edited revision ${ifMatch} of this ${kind}, but ${saved.by} saved revision ${saved.revision} at ${saved.at}.`,
      details: { kind, id, yours: ifMatch, current: saved?.revision ?? null, by: saved?.by ?? null },
    })
  if (document === undefined && saved === undefined)
    throw new PbxError('not-found', { status: 404, message: `There is no ${kind} ${id}.` })
}

/**
 * The account head: everything read for this save was read at the revision before, so nobody else may have saved since. This one
 * condition is what makes derived documents right and names unique inside an account.
 */
function bump({ table, accountId, revision }: Planner, changes: Changes): Write {
  const account = changes.of('account')[0]?.after as Account | undefined
  return table.updating(head.key({ accountId }), {
    set: `SET configRevision = :next${account === undefined ? '' : ', enabled = :enabled'}`,
    condition: 'configRevision = :now',
    values: {
      ':next': revision,
      ':now': revision - 1,
      ...(account === undefined ? {} : { ':enabled': account.enabled }),
    },
  })
}

async function versionsOf(planner: Planner, change: Change, options: SaveOptions): Promise<Plan> {
  const { table, versions, accountId, revision, at } = planner
  const { kind, id, after } = change
  const note = { revision, at, by: options.by, act: options.act ?? (after === undefined ? 'delete' : 'update') }
  const key: DocumentKey = { kind, id }
  const { bytes, ...packed } = after === undefined ? { bytes: 0 } : await versions.pack(accountId, key, after)
  const saved = { ...note, ...packed }
  const writes = [
    table.putting(version.item({ accountId, kind, id, revision: paddedRevision(revision) }, saved), {
      condition: 'attribute_not_exists(pk)',
    }),
  ]
  // Derived documents are never listed: their versions are enough.
  if (kind in savedNouns)
    writes.push(
      after === undefined
        ? table.deleting(current.key({ accountId, kind, id }))
        : table.putting(current.item({ accountId, kind, id }, saved)),
    )
  return { writes, bytes: bytes * writes.length }
}

function audit(
  { revision, at }: Planner,
  edits: readonly Edit[],
  all: readonly Change[],
  { by, act }: SaveOptions,
): AuditEntry {
  const first = all.find(({ kind, id }) => kind === edits[0]?.kind && id === edits[0]?.id)
  const plain = first?.after === undefined ? 'delete' : first.before === undefined ? 'create' : 'update'
  return AuditEntry.parse({
    id: randomUUID(),
    at,
    by,
    act: act ?? plain,
    kind: first?.kind ?? 'account',
    targetId: first?.id ?? '',
    configRevision: revision,
    summary: edits.length > 1 ? edits.map(documentKey).join(', ').slice(0, 512) : '',
  })
}
