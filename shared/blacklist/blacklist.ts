import type { Blacklist } from '../model/blacklist.ts'
import { normaliseNumber } from '../numbers/normalise.ts'

export interface OutsideCaller {
  readonly number?: string | undefined
  readonly name?: string | undefined
  readonly anonymous: boolean
}

/** Words of carriers for a number that is withheld; all zeros mean the same. `unknown` does not: it is a missing number, not a hidden one. */
const withheld = /^(anonymous|restricted|private|withheld|0+)$/i

export const isAnonymous = (caller: OutsideCaller): boolean =>
  caller.anonymous || withheld.test(caller.number ?? '') || withheld.test(caller.name ?? '')

/** The list that refuses a caller, of the lists that are active. Numbers are compared normalised. */
export function blockedBy(caller: OutsideCaller, lists: readonly Blacklist[], country: string): Blacklist | undefined {
  const anonymous = isAnonymous(caller)
  const number = caller.number === undefined ? undefined : normaliseNumber(caller.number, country)
  const name = caller.name?.trim().toLowerCase()
  return lists.find(
    (list) =>
      (anonymous && (list.blockAnonymous || list.numbers.some((entry) => withheld.test(entry.number)))) ||
      (number !== undefined && list.numbers.some((entry) => normaliseNumber(entry.number, country) === number)) ||
      (name !== undefined && list.names.some((blocked) => blocked.toLowerCase() === name)),
  )
}
