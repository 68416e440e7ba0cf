import type { Blacklist } from '../model/blacklist.ts'
import { normaliseNumber } from '../numbers/normalise.ts'

export interface OutsideCaller {
  readonly number?: string | undefined
  readonly name?: string | undefined
  readonly anonymous: boolean
}

/** Words of carriers for a number that is withheld; all zeros mean the same. `unknown` does not: it is a missing number, not a hidden one. */
export const withheld = /^\+?(anonymous|restricted|private|withheld|0+)$/i

export const isAnonymous = (caller: OutsideCaller): boolean =>
  caller.anonymous || withheld.test(caller.number?.trim() ?? '') || withheld.test(caller.name?.trim() ?? '')

interface Index {
  readonly country: string
  readonly numbers: ReadonlySet<string>
  readonly names: ReadonlySet<string>
  readonly anonymous: boolean
}

/** A list of thousands is read once, not at every call: saved documents never change, so the index lives as long as they do. */
const indexes = new WeakMap<Blacklist, Index>()

function indexOf(list: Blacklist, country: string): Index {
  const known = indexes.get(list)
  if (known?.country === country) return known
  const index = {
    country,
    numbers: new Set(list.numbers.map((entry) => normaliseNumber(entry.number, country))),
    names: new Set(list.names.map((name) => name.trim().toLowerCase())),
    anonymous: list.blockAnonymous || list.numbers.some((entry) => withheld.test(entry.number)),
  }
  indexes.set(list, index)
  return index
}

/**
 * The first list that refuses a caller, of the lists that are active in the account. Numbers are compared normalised,
 * as dialled in `country`, names without case; callers who hide themselves are refused where a list says so.
 */
export function blockedBy(caller: OutsideCaller, lists: readonly Blacklist[], country: string): Blacklist | undefined {
  const number = caller.number === undefined ? undefined : normaliseNumber(caller.number, country)
  const name = caller.name?.trim().toLowerCase()
  return lists.find((list) => {
    const index = indexOf(list, country)
    return (
      (index.anonymous && isAnonymous(caller)) ||
      (number !== undefined && index.numbers.has(number)) ||
      (name !== undefined && index.names.has(name))
    )
  })
}
