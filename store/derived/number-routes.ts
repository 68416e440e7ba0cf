import type { Callflow } from '@offhook/shared/callflow/callflow.ts'
import type { DocumentKey } from '@offhook/shared/model/document.ts'
import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import type { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Changes } from '../changes.ts'

/** Document id of a public number: itself without the plus sign. */
const phoneNumberId = (number: string): string => number.slice(1)

/**
 * Where a number rings is said in two places people edit: on the callflow (its numbers) and on the phone number (its callflow). Whichever
 * was edited, the other follows in the same save.
 */
export async function followPhoneNumbers(changes: Changes): Promise<void> {
  for (const { before, after } of changes.of('phone-number')) {
    const [old, now] = [before as PhoneNumber | undefined, after as PhoneNumber | undefined]
    const number = (now ?? old)?.number
    if (number === undefined) continue
    if (now !== undefined && old === undefined && now.callflowId === undefined) await join(changes, now)
    if (now?.callflowId === old?.callflowId) continue
    if (old?.callflowId !== undefined)
      await editNumbers(changes, old.callflowId, (all) => all.filter((one) => one !== number))
    if (now?.callflowId !== undefined)
      await editNumbers(changes, now.callflowId, (all) => [...all.filter((one) => one !== number), number])
  }
}

/** A number that comes into the account may be on a callflow already. */
async function join(changes: Changes, number: PhoneNumber): Promise<void> {
  const route = await changes.find('number-route', numberRouteId(number.number))
  if (route !== undefined) await changes.put('phone-number', number.id, { ...number, callflowId: route.callflowId })
}

async function editNumbers(changes: Changes, callflowId: string, edit: (numbers: string[]) => string[]): Promise<void> {
  const callflow = await changes.find('callflow', callflowId)
  // A callflow that is saved later takes its numbers itself.
  if (callflow === undefined) return
  const numbers = edit(callflow.numbers)
  if (numbers.join() !== callflow.numbers.join()) await changes.put('callflow', callflowId, { ...callflow, numbers })
}

/** Keeps which callflow answers a number (R-052: one at most). Throws number-taken (409) naming the callflow that has it. */
export async function deriveNumberRoutes(changes: Changes): Promise<void> {
  const callflows = changes.of('callflow').map(({ id, before, after }) => {
    const old = new Set((before as Callflow | undefined)?.numbers)
    const now = new Set((after as Callflow | undefined)?.numbers)
    return { id, gone: without(old, now), come: without(now, old) }
  })
  const moved = callflows.flatMap(({ gone, come }) => [...gone, ...come])
  await changes.prefetch(moved.flatMap(keysOf))
  // Numbers let go first, so that one save can move a number from one callflow to another.
  for (const { id, gone } of callflows) for (const number of gone) await release(changes, number, id)
  for (const { id, come } of callflows) for (const number of come) await take(changes, number, id)
}

const without = (numbers: ReadonlySet<string>, others: ReadonlySet<string>): string[] =>
  [...numbers].filter((number) => !others.has(number))

const isPublic = (number: string): boolean => number.startsWith('+')

const keysOf = (number: string): DocumentKey[] => [
  { kind: 'number-route', id: numberRouteId(number) },
  ...(isPublic(number) ? [{ kind: 'phone-number' as const, id: phoneNumberId(number) }] : []),
]

async function release(changes: Changes, number: string, callflowId: string): Promise<void> {
  const id = numberRouteId(number)
  if ((await changes.find('number-route', id))?.callflowId !== callflowId) return
  await changes.put('number-route', id, undefined)
  await point(changes, number, undefined)
}

async function take(changes: Changes, number: string, callflowId: string): Promise<void> {
  const id = numberRouteId(number)
  const taken = await changes.find('number-route', id)
  if (taken !== undefined && taken.callflowId !== callflowId) {
    const owner = await changes.find('callflow', taken.callflowId)
    throw new PbxError('number-taken', {
      status: 409,
      message: `${number} is in use by the callflow ${owner?.name || taken.callflowId}.`,
      details: { field: 'numbers', number, callflowId: taken.callflowId },
    })
  }
  if (taken === undefined) await changes.put('number-route', id, { id, number, callflowId })
  await point(changes, number, callflowId)
}

async function point(changes: Changes, number: string, callflowId: string | undefined): Promise<void> {
  if (!isPublic(number)) return
  const owned = await changes.find('phone-number', phoneNumberId(number))
  if (owned === undefined || owned.callflowId === callflowId) return
  const { callflowId: _old, ...rest } = owned
  await changes.put('phone-number', owned.id, { ...rest, ...(callflowId === undefined ? {} : { callflowId }) })
}
