import type { CallerIdKind, CallerIds } from '../model/caller-id.ts'
import { fullName, type User } from '../model/user.ts'
import { withoutPlusOne } from '../numbers/normalise.ts'

export type Level = 'device' | 'user' | 'account'

/** An identity and where each part of it comes from, for the console to show. */
export interface EffectiveCallerId {
  readonly name?: string
  readonly number?: string
  readonly nameFrom?: Level
  readonly numberFrom?: Level
}

export interface CallerIdLevels {
  readonly device?: { readonly callerId: CallerIds } | undefined
  readonly user?: { readonly callerId: CallerIds } | undefined
  readonly account: { readonly callerId: CallerIds }
}

const order: readonly Level[] = ['device', 'user', 'account']

/** The values a field has, most specific first. */
const valuesOf = (kind: CallerIdKind, levels: CallerIdLevels, field: 'name' | 'number') =>
  order.flatMap((from) => {
    const value = levels[from]?.callerId[kind]?.[field]
    return value === undefined ? [] : [{ value, from }]
  })

/** Device, else user, else account: for each kind of call and for name and number apart. */
export function callerIdFor(kind: CallerIdKind, levels: CallerIdLevels): EffectiveCallerId {
  const [name] = valuesOf(kind, levels, 'name')
  const [number] = valuesOf(kind, levels, 'number')
  return {
    ...(name === undefined ? {} : { name: name.value, nameFrom: name.from }),
    ...(number === undefined ? {} : { number: number.value, numberFrom: number.from }),
  }
}

/** Levels with the names people and phones are known by inside. */
export interface InsideLevels extends CallerIdLevels {
  readonly device?: { readonly callerId: CallerIds; readonly name: string } | undefined
  readonly user?: (Pick<User, 'firstName' | 'lastName' | 'extension'> & { readonly callerId: CallerIds }) | undefined
}

/**
 * What phones of the account are shown: the internal identity, the account's included; where no level has one, the name and
 * extension of the person, or the name of a phone of nobody.
 */
export function insideCallerId(levels: InsideLevels): EffectiveCallerId {
  const { device, user } = levels
  const chosen = callerIdFor('internal', levels)
  const [name, nameFrom] = user === undefined ? [device?.name, 'device' as const] : [fullName(user), 'user' as const]
  return {
    ...(chosen.name !== undefined || name === undefined ? {} : { name, nameFrom }),
    ...(chosen.number !== undefined || user?.extension === undefined
      ? {}
      : { number: user.extension, numberFrom: 'user' as const }),
    ...chosen,
  }
}

export interface EmergencyCallerId extends EffectiveCallerId {
  readonly addressId?: string
  /** Emergency numbers passed over because they have no registered address: somebody must be told. */
  readonly unregistered: readonly { readonly level: Level; readonly number: string }[]
}

/** A number with a confirmed emergency address. */
export interface RegisteredNumber {
  readonly number: string
  readonly addressId: string
}

/**
 * The emergency identity: the first level whose number has a registered address, whatever stands above it; else the external number if
 * it has one; else any registered number of the account; else the nearest number there is, for a call that is always placed (R-249, D11).
 * The name comes from the nearest level, of the external identity where no emergency one is set.
 */
export function emergencyCallerId(levels: CallerIdLevels, registered: readonly RegisteredNumber[]): EmergencyCallerId {
  const wanted = valuesOf('emergency', levels, 'number')
  const external = valuesOf('external', levels, 'number')
  const find = (number: string) => registered.find((one) => withoutPlusOne(one.number) === withoutPlusOne(number))
  const nearest = [...wanted, ...external].find(({ value }) => find(value) !== undefined)
  const before =
    nearest === undefined ? wanted : wanted.slice(0, wanted.includes(nearest) ? wanted.indexOf(nearest) : undefined)
  const unregistered = before.map(({ value, from }) => ({ level: from, number: value }))
  const [name] = [...valuesOf('emergency', levels, 'name'), ...valuesOf('external', levels, 'name')]
  const named = name === undefined ? {} : { name: name.value, nameFrom: name.from }
  const found = nearest === undefined ? registered[0] : find(nearest.value)
  if (found !== undefined) return { ...named, ...found, numberFrom: nearest?.from ?? 'account', unregistered }
  const [fallback] = [...wanted, ...external]
  return {
    ...named,
    ...(fallback === undefined ? {} : { number: fallback.value, numberFrom: fallback.from }),
    unregistered,
  }
}
