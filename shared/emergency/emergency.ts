import * as z from 'zod'
import { emergencyCallerId } from '../caller-id/caller-id.ts'
import { planSecondsMax, type RingPlan } from '../callflow/ring-plan.ts'
import type { Account } from '../model/account.ts'
import { CallerIds } from '../model/caller-id.ts'
import type { Device } from '../model/device.ts'
import { EmergencyAddress } from '../model/emergency-address.ts'
import { Id } from '../model/id.ts'
import type { Routing } from '../model/number-route.ts'
import { fullName, type User } from '../model/user.ts'

/** Numbers that reach help, and the one that reads back the registered address. Fixed: no account can take them away. */
const help = new Set(['911', '112', '1911'])
const readBack = '933'

/**
 * Whether something dialled is a call for help (911, 112, the account's outside-line digit before 911) or the test number 933. Asked of
 * every number before anything else: no table, schedule, restriction, blacklist, balance or callflow stands before it.
 */
export function classifyEmergency(dialled: string, prefix: string): 'emergency' | 'test' | undefined {
  const digits = dialled.replaceAll(/[\s().\-/]/g, '').replace(/^\+(?=(?:1?911|112)$)/, '')
  if (help.has(digits) || (prefix !== '' && digits === `${prefix}911`)) return 'emergency'
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

/**
 * What the edge keeps of a device, made when it registers. Of the addresses only the one that `emergencyAddressId` names is used; a missing
 * one costs the address on dispatch's screen, never the call.
 */
export function emergencyFactsOf(documents: {
  readonly account: Account
  readonly device: Device
  readonly user?: User | undefined
  readonly routing?: Routing | undefined
  readonly addresses?: readonly EmergencyAddress[]
}): EmergencyFacts {
  const { account, device, user, routing, addresses = [] } = documents
  return {
    accountId: account.id,
    deviceId: device.id,
    deviceName: device.name,
    userName: user === undefined ? '' : fullName(user),
    extension: user?.extension ?? '',
    prefix: account.emergency.prefix,
    account: { callerId: account.callerId },
    ...(user === undefined ? {} : { user: { callerId: user.callerId } }),
    device: { callerId: device.callerId },
    ...(device.location === undefined ? {} : { location: device.location }),
    registered: routing?.emergencyNumbers ?? [],
    addresses: [...addresses],
    notifyEmails: account.emergency.notifyEmails,
  }
}

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
  address?: EmergencyAddress,
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
          emergency: {
            ...(addressId === undefined ? {} : { addressId }),
            ...(address === undefined ? {} : { address }),
          },
        },
      },
    ],
  }
}

/** The one address a call for help from these facts would carry, so that only it need be fetched. */
export const emergencyAddressId = (facts: EmergencyFacts): string | undefined =>
  emergencyCallerId(facts, facts.registered).addressId ?? facts.location

/** Decides a number dialled on a phone from the facts kept of it; `undefined` when it is no call for help. Pure, needs no look-up. */
export function decideEmergency(dialled: string, facts: EmergencyFacts, planId: string): EmergencyDecision | undefined {
  const kind = classifyEmergency(dialled, facts.prefix)
  return kind === undefined ? undefined : emergencyDecision(kind, facts, planId)
}

/**
 * The call for help that facts make: always a plan with one outside leg, whatever is missing. `addressOf` finds an address that the
 * facts do not hold.
 */
export function emergencyDecision(
  kind: 'emergency' | 'test',
  facts: EmergencyFacts,
  planId: string,
  addressOf = (id: string): EmergencyAddress | undefined => facts.addresses.find((one) => one.id === id),
): EmergencyDecision {
  const chosen = emergencyCallerId(facts, facts.registered)
  const callerId = {
    ...(chosen.number === undefined ? {} : { number: chosen.number }),
    ...(chosen.name === undefined ? {} : { name: chosen.name }),
  }
  // The address of the caller ID is what dispatch sees; a device's own location only where that number has none.
  const addressId = chosen.addressId ?? facts.location
  const address = addressId === undefined ? undefined : addressOf(addressId)
  return {
    kind,
    plan: emergencyPlan(planId, kind, callerId, addressId, address),
    callerId,
    address,
    notice: noticeOf(kind, facts, callerId.number, address),
    alerts: [
      ...chosen.unregistered.map(
        ({ level, number }) =>
          `The ${level}'s emergency number ${number} has no registered address and was passed over.`,
      ),
      ...(chosen.addressId === undefined ? ['No number of the account has a registered emergency address.'] : []),
    ],
  }
}

/** Who called for help, from where, and how to reach them: what designated people are told. */
function noticeOf(
  kind: 'emergency' | 'test',
  facts: EmergencyFacts,
  callBack: string | undefined,
  address: EmergencyAddress | undefined,
): string {
  const who = [facts.userName, facts.extension, facts.deviceName].filter((part) => part !== '').join(', ')
  const where = address === undefined ? 'no registered address' : describeAddress(address)
  const what = kind === 'emergency' ? '911 was called' : 'The 911 test number was called'
  return `${what} by ${who === '' ? 'an unnamed device' : who}; location: ${where}; call-back number: ${callBack ?? 'none'}.`
}

/** In one line, most particular first. */
export const describeAddress = (address: EmergencyAddress): string =>
  [address.name, address.street, address.unit, address.city, `${address.region} ${address.postalCode}`, address.country]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')

/** What the account remembers of a call for help, so that a call back is let in and finds the phone. */
export const placedForHelp = (at: string, deviceId: string | undefined, callBackNumber: string | undefined) => ({
  emergencyAt: at,
  ...(deviceId === undefined ? {} : { emergencyDeviceId: deviceId }),
  // Without a phone there is nothing to ring; the number of a call before must not stand in.
  emergencyNumber: deviceId === undefined ? '' : (callBackNumber ?? ''),
})

/** Which call makes room when there is none: the newest that is not a call for help itself. */
export function callToDropFor911<C extends { readonly startedAtMs: number; readonly emergency: boolean }>(
  calls: readonly C[],
): C | undefined {
  return calls.filter((call) => !call.emergency).toSorted((a, b) => b.startedAtMs - a.startedAtMs)[0]
}
