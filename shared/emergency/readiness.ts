import { type CallerIdLevels, callerIdFor, type RegisteredNumber } from '../caller-id/caller-id.ts'
import type { Account } from '../model/account.ts'
import { type Device, registers } from '../model/device.ts'
import type { User } from '../model/user.ts'
import { withoutPlusOne } from '../numbers/normalise.ts'

/** A number that 911 calls show, so that it needs a registered address. */
export interface RequiredNumber {
  readonly number: string
  readonly registered: boolean
  /** Devices whose 911 calls show it; empty where only the account names it. */
  readonly devices: readonly { readonly id: string; readonly name: string }[]
}

export interface Readiness {
  /** Exactly the numbers that need an address: the account's first, then in the order of the devices. */
  readonly required: readonly RequiredNumber[]
  /** Devices whose 911 calls would show no number at all. */
  readonly withoutNumber: readonly { readonly id: string; readonly name: string }[]
  /** One sentence per thing to mend; empty when all is well. */
  readonly errors: readonly string[]
}

/** The number a level's 911 call shows before anybody asks what is registered: the emergency one, else the external one. */
const shownBy = (levels: CallerIdLevels): string | undefined =>
  callerIdFor('emergency', levels).number ?? callerIdFor('external', levels).number

const names = (devices: readonly { readonly name: string }[]): string => devices.map(({ name }) => name).join(', ')

/**
 * Which numbers must be registered, from what each device that can dial would show (R-275…R-277). A number nobody would show needs no
 * registration, however many the account owns.
 */
export function emergencyReadiness(
  devices: readonly Device[],
  users: readonly User[],
  account: Account,
  registered: readonly RegisteredNumber[],
): Readiness {
  const owners = new Map(users.map((user) => [user.id, user]))
  const known = new Set(registered.map(({ number }) => withoutPlusOne(number)))
  const shown = new Map<string, { number: string; devices: { id: string; name: string }[] }>()
  const ofAccount = shownBy({ account })
  if (ofAccount !== undefined) shown.set(withoutPlusOne(ofAccount), { number: ofAccount, devices: [] })
  const withoutNumber: { id: string; name: string }[] = []
  for (const device of devices) {
    if (!registers(device.type)) continue
    const { id, name } = device
    const number = shownBy({ account, user: owners.get(device.ownerId ?? ''), device })
    if (number === undefined) withoutNumber.push({ id, name })
    else {
      const entry = shown.get(withoutPlusOne(number)) ?? { number, devices: [] }
      entry.devices.push({ id, name })
      shown.set(withoutPlusOne(number), entry)
    }
  }
  const required = [...shown].map(([key, entry]) => ({ ...entry, registered: known.has(key) }))
  return { required, withoutNumber, errors: errorsOf(required, withoutNumber) }
}

const errorsOf = (required: readonly RequiredNumber[], withoutNumber: Readiness['withoutNumber']): string[] => [
  ...required
    .filter((number) => !number.registered)
    .map(({ number, devices }) =>
      devices.length === 0
        ? `${number} is the account's emergency caller ID and has no registered address.`
        : `${number} has no registered address; 911 calls of ${names(devices)} would show it.`,
    ),
  ...(withoutNumber.length === 0 ? [] : [`911 calls of ${names(withoutNumber)} would show no number.`]),
]
