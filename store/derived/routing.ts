import type { Callflow } from '@offhook/shared/callflow/callflow.ts'
import {
  conflictOf,
  featureCodeGeneration,
  featureCodesSince,
  starNumberConflict,
} from '@offhook/shared/callflow/feature-codes.ts'
import { type DocumentOf, singletonId } from '@offhook/shared/model/document.ts'
import { featureCodesMax, numberRouteId, type Routing } from '@offhook/shared/model/number-route.ts'
import type { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import { compilePattern } from '@offhook/shared/numbers/pattern.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Changes } from '../changes.ts'

/** All current phone numbers; only asked for when an emergency address changes. */
export type PhoneNumbers = () => Promise<readonly PhoneNumber[]>

const patternsMax = 500
const nothingRouted: Routing = {
  id: singletonId,
  patterns: [],
  featureCodes: [],
  featureCodesGiven: featureCodeGeneration,
  emergencyNumbers: [],
}

async function edit(changes: Changes, change: (routing: Routing) => Partial<Routing>): Promise<void> {
  const routing = (await changes.find('routing', singletonId)) ?? nothingRouted
  await changes.put('routing', singletonId, { ...routing, ...change(routing) })
}

/** Keeps what must be known to route anything dialled. Throws pattern-taken, patterns-full and feature-code-taken (409). */
export async function deriveRouting(changes: Changes, phoneNumbers: PhoneNumbers): Promise<void> {
  await derivePatterns(changes)
  await checkStarNumbers(changes)
  await bringFeatureCodes(changes)
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

type Code = DocumentOf<'feature-code'>

async function deriveFeatureCode(changes: Changes, id: string, code: Code | undefined): Promise<void> {
  const { featureCodes } = (await changes.find('routing', singletonId)) ?? nothingRouted
  const others = featureCodes.filter((one) => one.id !== id)
  const before = featureCodes.find((one) => one.id === id)
  const isSame = before?.digits === code?.digits && before?.takesDigits === code?.takesDigits
  // What was let in once stays, so that a code can be saved for another reason; switched on, it is looked at again.
  if (code !== undefined && !(isSame && before?.enabled === code.enabled)) await requireDialled(changes, code, others)
  if (code !== undefined && others.length >= featureCodesMax)
    throw new PbxError('feature-codes-full', {
      status: 409,
      message: `An account may have ${featureCodesMax} feature codes. Delete one that is not used.`,
    })
  await edit(changes, () => ({ featureCodes: code === undefined ? others : [...others, code] }))
}

/** Throws feature-code-taken (409) where something else is dialled that way. */
async function requireDialled(changes: Changes, code: Code, others: Routing['featureCodes']): Promise<void> {
  const conflict = conflictOf(code, others)
  if (conflict !== undefined)
    throw new PbxError('feature-code-taken', {
      status: 409,
      message: conflict.message,
      details: { field: 'digits', featureCode: conflict.with },
    })
  const route = code.enabled ? await changes.find('number-route', numberRouteId(`*${code.digits}`)) : undefined
  if (route === undefined) return
  const owner = await changes.find('callflow', route.callflowId)
  throw new PbxError('feature-code-taken', {
    status: 409,
    message: `*${code.digits} is a number of the callflow ${owner?.name || route.callflowId}. Choose other digits.`,
    details: { field: 'digits', callflowId: route.callflowId },
  })
}

/** Throws number-taken (409) where a callflow takes a number that is dialled for a feature code. */
async function checkStarNumbers(changes: Changes): Promise<void> {
  const codesNow = new Map(changes.of('feature-code').map(({ id, after }) => [id, after as Code | undefined]))
  for (const { before, after } of changes.of('callflow')) {
    const had = (before as Callflow | undefined)?.numbers ?? []
    const come = ((after as Callflow | undefined)?.numbers ?? []).filter(
      (number) => number.startsWith('*') && !had.includes(number),
    )
    if (come.length === 0) continue
    const { featureCodes } = (await changes.find('routing', singletonId)) ?? nothingRouted
    const codes = featureCodes.flatMap((code) => (codesNow.has(code.id) ? (codesNow.get(code.id) ?? []) : code))
    for (const number of come) {
      const conflict = starNumberConflict(number, codes)
      if (conflict !== undefined)
        throw new PbxError('number-taken', {
          status: 409,
          message: conflict.message,
          details: { field: 'numbers', number, featureCode: conflict.with },
        })
    }
  }
}

/**
 * Default codes that came after the account was made join it, once, at its next save. Where something of its own is dialled that way the
 * account keeps what it has, and the code is left out.
 */
async function bringFeatureCodes(changes: Changes): Promise<void> {
  const routing = await changes.find('routing', singletonId)
  if (routing === undefined || routing.featureCodesGiven >= featureCodeGeneration) return
  await edit(changes, () => ({ featureCodesGiven: featureCodeGeneration }))
  const own = changes.of('feature-code').flatMap(({ after }) => (after as Code | undefined) ?? [])
  for (const code of featureCodesSince(routing.featureCodesGiven))
    if (await isFree(changes, code, own)) await changes.put('feature-code', code.id, code)
}

/** Whether nothing of the account's is dialled that way; `own` is what it changes in this very save. */
async function isFree(changes: Changes, code: Code, own: readonly Code[]): Promise<boolean> {
  const { featureCodes, patterns } = (await changes.find('routing', singletonId)) ?? nothingRouted
  const dialled = `*${code.digits}`
  const isMatched = patterns.some(({ pattern }) => {
    const compiled = compilePattern(pattern)
    return !('problem' in compiled) && compiled.test(dialled)
  })
  return (
    !isMatched &&
    conflictOf({ ...code, enabled: true }, [...featureCodes, ...own]) === undefined &&
    (await changes.find('feature-code', code.id)) === undefined &&
    (await changes.find('number-route', numberRouteId(dialled))) === undefined
  )
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
