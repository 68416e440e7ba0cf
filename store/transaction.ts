import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb'
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'

/** Items of one transaction, and bytes of JSON we put into one (the service takes 4 MB with all names). */
export const transactionMax = 100
export const transactionBytesMax = 3_500_000

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** Text attributes of the item that was in the way; empty where there is none. */
export type Existing = Readonly<Record<string, string | undefined>>

/** One write of a transaction. `refused` makes the error for when its condition does not hold. */
export interface Write {
  readonly action: Action
  readonly refused?: (existing: Existing) => Error
}

/** Which item a write is of. */
export function itemOf({ action }: Write): string {
  const { pk, sk } = action.Put?.Item ?? action.Update?.Key ?? action.Delete?.Key ?? action.ConditionCheck?.Key ?? {}
  return `${String(pk)}\n${String(sk)}`
}

/** Which write of a transaction was in the way, and what was there. Nothing was written. */
export interface Refusal {
  readonly index: number
  readonly existing: Existing
}

/** Times a write is tried again that met another transaction on its item. */
const conflictRounds = 8

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
/** Longer each round, and never together with those who wait for the same. */
export const backOff = (round: number) => wait(Math.random() * Math.min(5 * 2 ** round, 200))

/** Another transaction was on one of the items: trying again is all there is to do. */
const isConflict = (error: unknown): boolean =>
  error instanceof TransactionConflictException ||
  (error instanceof TransactionCanceledException &&
    error.CancellationReasons?.some((reason) => reason.Code === 'TransactionConflict') === true)

/** Sends a write, again while others are in its way; what else goes wrong is thrown. */
export async function patiently<T>(send: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round += 1)
    try {
      return await send()
    } catch (error) {
      if (!isConflict(error) || round >= conflictRounds) throw error
      await backOff(round)
    }
}

/** Which condition of a transaction did not hold, when that is what went wrong. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined
  const reasons = error.CancellationReasons ?? []
  const index = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed')
  if (index < 0) return undefined
  const existing = Object.entries(reasons[index]?.Item ?? {}).map(([name, value]) => [name, value.S] as const)
  return { index, existing: Object.fromEntries(existing) }
}
