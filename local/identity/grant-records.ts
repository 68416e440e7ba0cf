import { entity } from '@offhook/store/entity.ts'
import type { Table } from '@offhook/store/table-client.ts'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import * as z from 'zod'

/** Records one grant may have: codes and refresh tokens of one sign-in. */
const membersMax = 1_000
/** Records without an end of their own are forgotten after this long, seconds. */
const forgottenSeconds = 30 * 86_400

const Payload = z.record(z.string(), z.unknown())
const record = entity(z.object({ payload: Payload, consumedAt: z.int().optional() }), {
  pk: 'SIGNIN#{model}#{id}',
  sk: 'RECORD',
  what: 'sessions, grants, codes and refresh tokens of the embedded sign-in',
})
const byUid = entity(z.object({ id: z.string() }), {
  pk: 'SIGNIN#{model}#UID#{uid}',
  sk: 'RECORD',
  what: 'sessions by their public name',
})
const members = entity(z.object({ model: z.string(), id: z.string() }), {
  pk: 'SIGNIN#GRANT#{grantId}',
  sk: '{model}#{id}',
  what: 'what came out of a grant, to be revoked with it',
})

/** Keeps what sign-in must remember in the table, so that a restart signs nobody out. One for each of oidc-provider's models. */
export class GrantRecords implements Adapter {
  readonly #table: Table
  readonly #model: string

  constructor(table: Table, model: string) {
    this.#table = table
    this.#model = model
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn = forgottenSeconds): Promise<void> {
    const model = this.#model
    const until = this.#table.expiry(expiresIn)
    const { grantId, uid } = payload
    await this.#table.writeMany(
      [
        record.item({ model, id }, { payload: JSON.parse(JSON.stringify(payload)) as AdapterPayload & object }, until),
        ...(uid === undefined ? [] : [byUid.item({ model, uid }, { id }, until)]),
        ...(grantId === undefined ? [] : [members.item({ grantId, model, id }, { model, id }, until)]),
      ],
      [],
    )
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.#table.get(record, { model: this.#model, id }, { consistent: true })
    if (found === undefined) return undefined
    return { ...found.payload, ...(found.consumedAt === undefined ? {} : { consumed: found.consumedAt }) }
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const found = await this.#table.get(byUid, { model: this.#model, uid }, { consistent: true })
    return found === undefined ? undefined : this.find(found.id)
  }

  /** Devices without a browser do not sign in here. */
  async findByUserCode(): Promise<undefined> {
    return undefined
  }

  async consume(id: string): Promise<void> {
    await this.#table.update(record.key({ model: this.#model, id }), {
      set: 'SET consumedAt = :now',
      values: { ':now': Math.floor(Date.now() / 1_000) },
      condition: 'attribute_exists(pk)',
    })
  }

  async destroy(id: string): Promise<void> {
    await this.#table.writeMany([], [record.key({ model: this.#model, id })])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const all = await this.#table.queryAll(members, { grantId }, { consistent: true }, membersMax)
    await this.#table.writeMany(
      [],
      all.flatMap(({ model, id }) => [record.key({ model, id }), members.key({ grantId, model, id })]),
    )
  }
}
