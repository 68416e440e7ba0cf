import type { CallerIdKind, CallerIds } from '../model/caller-id.ts'

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

/** Device, else user, else account: for each kind of call and for name and number apart. */
export function callerIdFor(kind: CallerIdKind, levels: CallerIdLevels): EffectiveCallerId {
  const first = (field: 'name' | 'number'): { value: string; from: Level } | undefined => {
    for (const from of order) {
      const value = levels[from]?.callerId[kind]?.[field]
      if (value !== undefined) return { value, from }
    }
    return undefined
  }
  const [name, number] = [first('name'), first('number')]
  return {
    ...(name === undefined ? {} : { name: name.value, nameFrom: name.from }),
    ...(number === undefined ? {} : { number: number.value, numberFrom: number.from }),
  }
}

export interface EmergencyCallerId extends EffectiveCallerId {
  readonly addressId?: string
  /** Levels passed over because their number has no registered address: somebody must be told. */
  readonly unregistered: readonly { readonly level: Level; readonly number: string }[]
}

/**
 * The emergency identity: the first level whose number has a registered address, whatever stands above it; else the external number if
 * it has one; else any registered number of the account; else the nearest number there is, for a call that is always placed (R-249, D11).
 */
export function emergencyCallerId(
  levels: CallerIdLevels,
  registered: readonly { readonly number: string; readonly addressId: string }[],
): EmergencyCallerId {
  const addressOf = (number: string) => registered.find((one) => one.number === number)?.addressId
  const unregistered: { level: Level; number: string }[] = []
  const name = callerIdFor('emergency', levels)
  const named = name.name === undefined ? {} : { name: name.name, nameFrom: name.nameFrom as Level }
  for (const kind of ['emergency', 'external'] as const)
    for (const level of order) {
      const number = levels[level]?.callerId[kind]?.number
      if (number === undefined) continue
      const addressId = addressOf(number)
      if (addressId !== undefined) return { ...named, number, numberFrom: level, addressId, unregistered }
      if (kind === 'emergency') unregistered.push({ level, number })
    }
  const any = registered[0]
  if (any !== undefined)
    return { ...named, number: any.number, numberFrom: 'account', addressId: any.addressId, unregistered }
  const fallback = callerIdFor('emergency', levels).number ?? callerIdFor('external', levels).number
  return { ...named, ...(fallback === undefined ? {} : { number: fallback }), unregistered }
}
