import type { Callflow } from '@offhook/shared/callflow/callflow.ts'
import { type DocumentOf, singletonId } from '@offhook/shared/model/document.ts'
import type { Routing } from '@offhook/shared/model/number-route.ts'
import type { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Changes } from '../changes.ts'

/** All current phone numbers; only asked for when an emergency address changes. */
export type PhoneNumbers = () => Promise<readonly PhoneNumber[]>

const patternsMax = 500
const nothingRouted: Routing = { id: singletonId, patterns: [], featureCodes: [], emergencyNumbers: [] }

async function edit(changes: Changes, change: (routing: Routing) => Partial<Routing>): Promise<void> {
  const routing = (await changes.find('routing', singletonId)) ?? nothingRouted
  await changes.put('routing', singletonId, { ...routing, ...change(routing) })
}

/** Keeps what must be known to route anything dialled. Throws pattern-taken, patterns-full and feature-code-taken (409). */
export async function deriveRouting(changes: Changes, phoneNumbers: PhoneNumbers): Promise<void> {
  await derivePatterns(changes)
  for (const change of changes.of('feature-code'))
    await deriveFeatureCode(changes, change.id, change.after as DocumentOf<'feature-code'> | undefined)
  await deriveEmergencyNumbers(changes, phoneNumbers)
}

async function derivePatterns(changes: Changes): Promise<void> {
  const edited = changes.of('callflow').map(({ id, before, after }) => ({
    id,
    old: (before as Callflow | undefined)?.patterns ?? [],
    now: (after as Callflow | undefined)?.patterns ?? [],
  }))
  const moved = edited.filter(({ old, now }) => JSON.stringify(old) !== JSON.stringify(now))
  if (moved.length === 0) return
  const ids = new Set(moved.map(({ id }) => id))
  const { patterns: all } = (await changes.find('routing', singletonId)) ?? nothingRouted
  const patterns = all.filter(({ callflowId }) => !ids.has(callflowId))
  for (const { id, now } of moved)
    for (const pattern of now) {
      const taken = patterns.find((one) => one.pattern === pattern)
      if (taken !== undefined) throw await patternTaken(changes, taken)
      patterns.push({ pattern, callflowId: id })
    }
  if (patterns.length > patternsMax)
    throw new PbxError('patterns-full', { status: 409, message: `An account may have ${patternsMax} patterns.` })
  await edit(changes, () => ({ patterns }))
}

async function patternTaken(changes: Changes, { pattern, callflowId }: Routing['patterns'][number]): Promise<PbxError> {
  const owner = await changes.find('callflow', callflowId)
  return new PbxError('pattern-taken', {
    status: 409,
    message: `The pattern ${pattern} is in use by the callflow ${owner?.name || callflowId}.`,
    details: { field: 'patterns', pattern, callflowId },
  })
}

async function deriveFeatureCode(
  changes: Changes,
  id: string,
  code: DocumentOf<'feature-code'> | undefined,
): Promise<void> {
  await edit(changes, ({ featureCodes }) => {
    const others = featureCodes.filter((one) => one.id !== id)
    const taken = code === undefined ? undefined : others.find(({ digits }) => digits === code.digits)
    if (taken !== undefined)
      throw new PbxError('feature-code-taken', {
        status: 409,
        message: `*${taken.digits} is in use by ${taken.id}.`,
        details: { field: 'digits', featureCode: taken.id },
      })
    return { featureCodes: code === undefined ? others : [...others, code] }
  })
}

/** Numbers with a confirmed emergency address, by number: what a 911 call may show as its own. */
async function deriveEmergencyNumbers(changes: Changes, phoneNumbers: PhoneNumbers): Promise<void> {
  const changed = new Map(changes.of('phone-number').map(({ id, after }) => [id, after as PhoneNumber | undefined]))
  const addressesChanged = changes.of('emergency-address').length > 0
  if (changed.size === 0 && !addressesChanged) return
  const looked = addressesChanged ? (await phoneNumbers()).filter(({ id }) => !changed.has(id)) : []
  for (const number of looked) changed.set(number.id, number)
  const before = changes.of('phone-number').map((change) => change.before as PhoneNumber | undefined)
  const gone = new Set([...before, ...changed.values()].map((one) => one?.number))
  const fit: Routing['emergencyNumbers'] = []
  for (const one of changed.values()) {
    if (one?.emergencyAddressId === undefined || one.state !== 'in-service') continue
    const address = await changes.find('emergency-address', one.emergencyAddressId)
    if (address?.status === 'confirmed') fit.push({ number: one.number, addressId: address.id })
  }
  await edit(changes, ({ emergencyNumbers }) => ({
    emergencyNumbers: [...emergencyNumbers.filter(({ number }) => !gone.has(number)), ...fit].toSorted((a, b) =>
      a.number < b.number ? -1 : 1,
    ),
  }))
}
