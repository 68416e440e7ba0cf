import { z } from 'zod'
import { type CallerIdLevels, emergencyCallerId } from '../caller-id/caller-id.ts'
import { planSecondsMax, type RingPlan } from '../callflow/ring-plan.ts'
import { CallerIds } from '../model/caller-id.ts'
import { EmergencyAddress } from '../model/emergency-address.ts'
import { Id } from '../model/id.ts'

/** Numbers that reach help, and the one that reads back the registered address. Fixed: no account can take them away. */
const help = new Set(['911', '112'])
const readBack = '933'

/**
 * Whether something dialled is a call for help (911, 112, the account's outside-line digit before 911) or the test number 933. Asked of
 * every number before anything else: no table, schedule, restriction, blacklist, balance or callflow stands before it.
 */
export function classifyEmergency(dialled: string, prefix: string): 'emergency' | 'test' | undefined {
  const digits = dialled.replaceAll(/[\s().\-/]/g, '').replace(/^\+(?=911$|112$|1911$)/, '')
  if (help.has(digits) || digits === '1911' || (prefix !== '' && digits === `${prefix}911`)) return 'emergency'
  return digits === readBack ? 'test' : undefined
}

const Levelled = z.object({ callerId: CallerIds })

/** All that deciding a 911 call takes, as plain data: the edge keeps it from registration on, so that nothing else need be up. */
export const EmergencyFacts = z.object({
  accountId: Id,
  deviceId: Id.optional(),
  deviceName: z.string().default(''),
  userName: z.string().default(''),
  extension: z.string().default(''),
  prefix: z.string().default('9'),
  account: Levelled,
  user: Levelled.optional(),
  device: Levelled.optional(),
  /** Address the device stands at when its number names none. */
  location: Id.optional(),
  registered: z.array(z.object({ number: z.string(), addressId: Id })).default([]),
  addresses: z.array(EmergencyAddress).default([]),
  notifyEmails: z.array(z.string()).default([]),
})
export type EmergencyFacts = z.infer<typeof EmergencyFacts>

export interface EmergencyDecision {
  readonly kind: 'emergency' | 'test'
  readonly plan: RingPlan
  readonly callerId: { readonly number?: string; readonly name?: string }
  readonly address: EmergencyAddress | undefined
  /** For the notice that designated people get. */
  readonly notice: string
  /** What is wrong with the set-up and must be told although the call goes on. */
  readonly alerts: readonly string[]
}

/** Seconds a call for help rings: as long as one bridge may. */
const ringSeconds = planSecondsMax

/** The one plan of a call for help: a single leg to the outside, first in line, with the address that belongs to its caller ID. */
export function emergencyPlan(
  id: string,
  kind: 'emergency' | 'test',
  callerId: { number?: string; name?: string },
  addressId: string | undefined,
): RingPlan {
  return {
    id,
    mode: 'together',
    timeoutSeconds: ringSeconds,
    display: callerId,
    stopOnDecline: false,
    legs: [
      {
        id: '1',
        delaySeconds: 0,
        timeoutSeconds: ringSeconds,
        keyPress: false,
        target: {
          kind: 'trunk',
          number: kind === 'emergency' ? '911' : readBack,
          callerId,
          emergency: addressId === undefined ? {} : { addressId },
        },
      },
    ],
  }
}

/** Decides a number dialled on a phone from the facts kept of it; `undefined` when it is no call for help. Pure, needs no look-up. */
export function decideEmergency(dialled: string, facts: EmergencyFacts, planId: string): EmergencyDecision | undefined {
  const kind = classifyEmergency(dialled, facts.prefix)
  if (kind === undefined) return undefined
  const levels: CallerIdLevels = { account: facts.account, user: facts.user, device: facts.device }
  const chosen = emergencyCallerId(levels, facts.registered)
  const callerId = {
    ...(chosen.number === undefined ? {} : { number: chosen.number }),
    ...(chosen.name === undefined ? {} : { name: chosen.name }),
  }
  // The address of the caller ID is what dispatch sees; a device's own location only where that number has none.
  const addressId = chosen.addressId ?? facts.location
  const address = facts.addresses.find((one) => one.id === addressId)
  const alerts = chosen.unregistered.map(
    ({ level, number }) => `The ${level}'s emergency number ${number} has no registered address and was passed over.`,
  )
  if (chosen.addressId === undefined) alerts.push('No number of the account has a registered emergency address.')
  const who = [facts.userName, facts.extension, facts.deviceName].filter((part) => part !== '').join(', ')
  const where = address === undefined ? 'no registered address' : describeAddress(address)
  return {
    kind,
    plan: emergencyPlan(planId, kind, callerId, addressId),
    callerId,
    address,
    notice: `${kind === 'emergency' ? '911 was called' : 'The 911 test number was called'} by ${who === '' ? 'an unnamed device' : who}; location: ${where}; call-back number: ${chosen.number ?? 'none'}.`,
    alerts,
  }
}

export const describeAddress = (address: EmergencyAddress): string =>
  [address.name, address.street, address.unit, address.city, `${address.region} ${address.postalCode}`, address.country]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')

/** Which call makes room when there is none: the newest that is not a call for help itself. */
export function callToDropFor911<C extends { readonly startedAtMs: number; readonly emergency: boolean }>(
  calls: readonly C[],
): C | undefined {
  return calls.filter((call) => !call.emergency).toSorted((a, b) => b.startedAtMs - a.startedAtMs)[0]
}

export interface Readiness {
  /** Numbers that 911 calls would show: exactly these need an address. */
  readonly required: readonly {
    readonly number: string
    readonly registered: boolean
    readonly deviceIds: readonly string[]
  }[]
  /** Devices whose 911 calls would show no number at all. */
  readonly withoutNumber: readonly string[]
}

/** Which numbers must be registered, from the emergency caller ID each device would use (R-275…R-277). */
export function emergencyReadiness(
  devices: readonly { readonly id: string; readonly levels: CallerIdLevels }[],
  account: CallerIdLevels['account'],
  registered: readonly { readonly number: string }[],
): Readiness {
  const users = new Map<string, string[]>()
  const withoutNumber: string[] = []
  const wanted = (levels: CallerIdLevels) => {
    for (const level of ['device', 'user', 'account'] as const) {
      const number = levels[level]?.callerId.emergency?.number
      if (number !== undefined) return number
    }
    return undefined
  }
  const accountNumber = wanted({ account })
  if (accountNumber !== undefined) users.set(accountNumber, [])
  for (const device of devices) {
    const number = wanted(device.levels)
    if (number === undefined) withoutNumber.push(device.id)
    else users.set(number, [...(users.get(number) ?? []), device.id])
  }
  return {
    required: [...users].map(([number, deviceIds]) => ({
      number,
      registered: registered.some((one) => one.number === number),
      deviceIds,
    })),
    withoutNumber,
  }
}
