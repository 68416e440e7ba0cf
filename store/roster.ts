import { createHash } from 'node:crypto'
import { Cdr } from '@offhook/shared/model/cdr.ts'
import { Id, Instant } from '@offhook/shared/model/id.ts'
import * as z from 'zod'
import { fact } from './fact-item.ts'
import type { Table } from './table-client.ts'
import type { Write } from './transaction.ts'

/** A call that is up. */
export const LiveCall = z.object({
  callId: z.string().max(64),
  at: Instant,
  direction: Cdr.shape.direction,
  from: z.string().max(64),
  to: z.string().max(64),
  deviceId: Id.optional(),
  /** Who is calling, prefixes in front, as told when a message was left. */
  shownAs: z.string().max(64).optional(),
  /** True when it occupies a line to the outside, whatever its direction. */
  outside: z.boolean().optional(),
})
export type LiveCall = z.infer<typeof LiveCall>

const Entry = LiveCall.extend({ untilEpochSeconds: z.int() })
type Entry = z.infer<typeof Entry>

/** A call that nobody ended in this time is dead, and counts no more, seconds. */
export const callSecondsMax = 4 * 3_600
/**
 * Items an account's calls are spread over. An entry has some 200 bytes and an item at most 400 kB, so eight hold the 10,000 calls an
 * account may have, and calls that begin together seldom write the same item.
 */
const shards = 8
/** Entries one write takes off. */
const removeMax = 50

const kind = 'calls'
const fieldOf = (callId: string): string => `call#${callId}`
const shardOf = (callId: string): string => String((createHash('sha256').update(callId).digest()[0] ?? 0) % shards)

/** Keys to read the roster by, beside other facts, in the same batch. */
export const rosterKeys = Array.from({ length: shards }, (_, shard) => ({ kind, id: String(shard) }))

interface Read {
  readonly live: LiveCall[]
  /** Calls that nobody ended. */
  readonly dead: string[]
}

/** The calls in what was read of the roster. */
export function readRoster(items: readonly (Readonly<Record<string, unknown>> | undefined)[], nowMs: number): Read {
  const entries = items
    .flatMap((item) => Object.entries(item ?? {}))
    .filter(([name]) => name.startsWith(fieldOf('')))
    .map(([, value]) => Entry.parse(value))
  const isLive = ({ untilEpochSeconds }: Entry) => untilEpochSeconds * 1_000 > nowMs
  return {
    live: entries.filter(isLive).map((entry) => LiveCall.parse(entry)),
    dead: entries.filter((entry) => !isLive(entry)).map(({ callId }) => callId),
  }
}

/**
 * Who is on the phone, as a set and not as a number: a call told twice is one call, an end told twice is one end, and a call whose end
 * was never told drops out by itself. The counters are read off it.
 */
export class Roster {
  readonly #table: Table
  readonly #accountId: string

  constructor(table: Table, accountId: string) {
    this.#table = table
    this.#accountId = accountId
  }

  #key(shard: string) {
    return fact.key({ accountId: this.#accountId, kind, id: shard })
  }

  /** Writes that put calls on, one an item, for the transaction of their starts. */
  adding(calls: readonly LiveCall[]): Write[] {
    const untilEpochSeconds = this.#table.expiry(callSecondsMax)
    return [...Map.groupBy(calls, ({ callId }) => shardOf(callId))].map(([shard, here]) =>
      this.#table.updating(this.#key(shard), {
        set: `SET ${here.map((_, index) => `#c${index} = :c${index}`).join(', ')}, expiresAtEpochSeconds = :until`,
        names: Object.fromEntries(here.map(({ callId }, index) => [`#c${index}`, fieldOf(callId)])),
        values: {
          ...Object.fromEntries(here.map((call, index) => [`:c${index}`, { ...call, untilEpochSeconds }])),
          // The newest call keeps the item; without any it goes by itself.
          ':until': untilEpochSeconds,
        },
      }),
    )
  }

  /** Notes that a call has gone outside; one that is not up stays so. */
  async goneOutside(callId: string): Promise<void> {
    await this.#table.update(this.#key(shardOf(callId)), {
      set: 'SET #call.outside = :yes',
      names: { '#call': fieldOf(callId) },
      values: { ':yes': true },
      condition: 'attribute_exists(#call)',
    })
  }

  /** Notes what name a call is shown with; one that is not up stays so. */
  async shownAs(callId: string, name: string): Promise<void> {
    await this.#table.update(this.#key(shardOf(callId)), {
      set: 'SET #call.shownAs = :name',
      names: { '#call': fieldOf(callId) },
      values: { ':name': name },
      condition: 'attribute_exists(#call)',
    })
  }

  /** Writes that take calls off, one an item, for the transaction of their ends. */
  removing(callIds: readonly string[]): Write[] {
    return [...Map.groupBy(callIds, shardOf)].map(([shard, here]) =>
      this.#table.updating(this.#key(shard), {
        set: `REMOVE ${here.map((_, index) => `#c${index}`).join(', ')}`,
        names: Object.fromEntries(here.map((callId, index) => [`#c${index}`, fieldOf(callId)])),
      }),
    )
  }

  async remove(callIds: readonly string[]): Promise<void> {
    for (let start = 0; start < callIds.length; start += removeMax) {
      const writes = this.removing(callIds.slice(start, start + removeMax))
      if (writes.length > 0) await this.#table.transact(writes)
    }
  }

  async read(nowMs: number): Promise<Read> {
    const items = await this.#table.getMany(
      fact,
      rosterKeys.map((key) => ({ accountId: this.#accountId, ...key })),
    )
    return readRoster(items, nowMs)
  }
}
