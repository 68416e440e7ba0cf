import { Callflow } from '@offhook/shared/callflow/callflow.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates, documentBytesMax } from './table.ts'
import type { Table } from './table-client.ts'

export interface Draft {
  readonly callflow: Callflow
  /** Counts from 1 with every save of this draft; it has nothing to do with the account's revisions. */
  readonly version: number
  readonly by: string
}

const DraftItem = z.object({ callflow: Callflow, draftVersion: z.int().min(1), by: z.string() })
const draftItem = entity(DraftItem, accountTemplates.draft)

/** Callflows somebody is still drawing: never live, one draft a callflow, the last save stays unless a version was named. */
export class Drafts {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async get(accountId: string, id: string): Promise<Draft | undefined> {
    const item = await this.#table.get(draftItem, { accountId, id }, { consistent: true })
    return item === undefined ? undefined : { callflow: item.callflow, version: item.draftVersion, by: item.by }
  }

  /** Answers with the draft's new version. Throws revision-conflict (412) where it is not at `ifMatch`. */
  async save(
    accountId: string,
    callflow: Callflow,
    { by, ifMatch }: { readonly by: string; readonly ifMatch?: number },
  ): Promise<number> {
    const drawn = Callflow.parse(callflow)
    if (Buffer.byteLength(JSON.stringify(drawn)) > documentBytesMax)
      throw new PbxError('document-too-large', {
        status: 413,
        message: `The draft of a callflow may have ${documentBytesMax / 1_000} kB.`,
      })
    const before = await this.get(accountId, drawn.id)
    const known = before?.version ?? 0
    const item = draftItem.item({ accountId, id: drawn.id }, { callflow: drawn, draftVersion: known + 1, by })
    const isUnchanged = known === 0 ? 'attribute_not_exists(pk)' : 'draftVersion = :known'
    const saved =
      (ifMatch ?? known) === known &&
      (await this.#table.put(item, isUnchanged, known === 0 ? undefined : { ':known': known }))
    if (saved) return known + 1
    throw new PbxError('revision-conflict', {
      status: 412,
      message: `You edited version ${ifMatch ?? known} of this draft, but ${before?.by ?? 'somebody else'} saved meanwhile.`,
      details: { kind: 'callflow', id: drawn.id, yours: ifMatch ?? known, current: known },
    })
  }

  async remove(accountId: string, id: string): Promise<void> {
    await this.#table.writeMany([], [draftItem.key({ accountId, id })])
  }
}
