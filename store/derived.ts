import type { DocumentOf, Kind } from '@offhook/shared/model/document.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { numberRouteId, type Routing } from '@offhook/shared/model/number-route.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'

export interface Change {
  readonly kind: Kind
  readonly id: string
  readonly before: unknown
  readonly after: unknown
}

/** Reads a document as it would be after the save: what the save changes so far, else the current one. */
export type Reader = <K extends Kind>(kind: K, id: string) => Promise<DocumentOf<K> | undefined>
/** All current documents of a kind, changes included. Bounded by the kind's own limits. */
export type Lister = <K extends Kind>(kind: K) => Promise<DocumentOf<K>[]>

const without = (list: readonly string[], id: string) => list.filter((one) => one !== id)

/** Documents that follow from saved ones, made in the same transaction: ownership, number routes, mailbox routes, routing. */
export class Derivation {
  readonly #read: Reader
  readonly #list: Lister
  readonly #out = new Map<string, Change>()

  constructor(read: Reader, list: Lister) {
    this.#read = read
    this.#list = list
  }

  async #current<K extends Kind>(kind: K, id: string): Promise<DocumentOf<K> | undefined> {
    const made = this.#out.get(`${kind}/${id}`)
    return made === undefined ? this.#read(kind, id) : (made.after as DocumentOf<K> | undefined)
  }

  async #put<K extends Kind>(kind: K, id: string, after: DocumentOf<K> | undefined): Promise<void> {
    const known = this.#out.get(`${kind}/${id}`)
    const before = known === undefined ? await this.#read(kind, id) : known.before
    this.#out.set(`${kind}/${id}`, { kind, id, before, after })
  }

  async of(changes: readonly Change[]): Promise<Change[]> {
    // Numbers let go first, so that one save can move a number from one callflow to another.
    for (const change of changes) if (change.kind === 'callflow') await this.#releaseNumbers(change)
    for (const change of changes) {
      if (change.kind === 'device') await this.#owned(change, 'deviceIds')
      if (change.kind === 'voicemail-box') {
        await this.#owned(change, 'voicemailBoxIds')
        await this.#mailbox(change)
      }
      if (change.kind === 'callflow') await this.#takeNumbers(change)
      if (change.kind === 'feature-code') await this.#featureCodes(change)
    }
    if (changes.some(({ kind }) => kind === 'phone-number' || kind === 'emergency-address'))
      await this.#emergencyNumbers(changes)
    return [...this.#out.values()].filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
  }

  async #owned(change: Change, list: 'deviceIds' | 'voicemailBoxIds'): Promise<void> {
    const owner = (document: unknown) => (document as { ownerId?: string } | undefined)?.ownerId
    const [old, now] = [owner(change.before), owner(change.after)]
    if (old === now) return
    for (const [userId, add] of [
      [old, false],
      [now, true],
    ] as const) {
      if (userId === undefined) continue
      const ownership = (await this.#current('ownership', userId)) ?? { id: userId, deviceIds: [], voicemailBoxIds: [] }
      const rest = without(ownership[list], change.id)
      await this.#put('ownership', userId, { ...ownership, [list]: add ? [...rest, change.id] : rest })
    }
  }

  async #mailbox(change: Change): Promise<void> {
    const number = (document: unknown) => (document as { number?: string } | undefined)?.number
    const [old, now] = [number(change.before), number(change.after)]
    if (old === now) return
    if (old !== undefined && (await this.#current('mailbox-route', old))?.voicemailBoxId === change.id)
      await this.#put('mailbox-route', old, undefined)
    if (now === undefined) return
    const taken = await this.#current('mailbox-route', now)
    if (taken !== undefined && taken.voicemailBoxId !== change.id)
      throw new PbxError('mailbox-number-taken', {
        status: 409,
        message: `Voicemail number ${now} is in use by another box.`,
        details: { field: 'number', number: now, voicemailBoxId: taken.voicemailBoxId },
      })
    await this.#put('mailbox-route', now, { id: now, voicemailBoxId: change.id })
  }

  async #releaseNumbers(change: Change): Promise<void> {
    const [old, now] = [callflowOf(change.before), callflowOf(change.after)]
    for (const number of old.numbers) {
      if (now.numbers.includes(number)) continue
      const id = numberRouteId(number)
      if ((await this.#current('number-route', id))?.callflowId === change.id)
        await this.#put('number-route', id, undefined)
    }
  }

  async #takeNumbers(change: Change): Promise<void> {
    const [old, now] = [callflowOf(change.before), callflowOf(change.after)]
    for (const number of now.numbers) {
      const id = numberRouteId(number)
      const taken = await this.#current('number-route', id)
      if (taken !== undefined && taken.callflowId !== change.id) {
        const owner = await this.#current('callflow', taken.callflowId)
        throw new PbxError('number-taken', {
          status: 409,
          message: `${number} is in use by the callflow ${owner?.name || taken.callflowId}.`,
          details: { field: 'numbers', number, callflowId: taken.callflowId },
        })
      }
      if (taken === undefined) await this.#put('number-route', id, { id, number, callflowId: change.id })
    }
    if (old.patterns.join('\n') === now.patterns.join('\n')) return
    const routing = await this.#routing()
    const others = routing.patterns.filter((one) => one.callflowId !== change.id)
    const twice = now.patterns.find((pattern) => others.some((one) => one.pattern === pattern))
    if (twice !== undefined)
      throw new PbxError('pattern-taken', {
        status: 409,
        message: `The pattern ${twice} is in use by another callflow.`,
        details: { field: 'patterns', pattern: twice },
      })
    await this.#put('routing', singletonId, {
      ...routing,
      patterns: [...others, ...now.patterns.map((pattern) => ({ pattern, callflowId: change.id }))],
    })
  }

  async #routing(): Promise<Routing> {
    return (
      (await this.#current('routing', singletonId)) ?? {
        id: singletonId,
        patterns: [],
        featureCodes: [],
        emergencyNumbers: [],
      }
    )
  }

  async #featureCodes(change: Change): Promise<void> {
    const routing = await this.#routing()
    const others = routing.featureCodes.filter((code) => code.id !== change.id)
    const code = change.after as Routing['featureCodes'][number] | undefined
    const taken = code === undefined ? undefined : others.find((one) => one.digits === code.digits)
    if (taken !== undefined)
      throw new PbxError('feature-code-taken', {
        status: 409,
        message: `*${taken.digits} is in use by ${taken.id}.`,
        details: { field: 'digits', featureCode: taken.id },
      })
    await this.#put('routing', singletonId, {
      ...routing,
      featureCodes: code === undefined ? others : [...others, code],
    })
  }

  async #emergencyNumbers(changes: readonly Change[]): Promise<void> {
    const changed = <K extends 'phone-number' | 'emergency-address'>(
      kind: K,
      current: DocumentOf<K>[],
    ): DocumentOf<K>[] => {
      const mine = changes.filter((change) => change.kind === kind)
      return [
        ...current.filter((one) => !mine.some((change) => change.id === one.id)),
        ...mine.flatMap((change) => (change.after === undefined ? [] : [change.after as DocumentOf<K>])),
      ]
    }
    const addresses = changed('emergency-address', await this.#list('emergency-address'))
    const numbers = changed('phone-number', await this.#list('phone-number'))
    const confirmed = new Set(
      addresses.filter((address) => address.status === 'confirmed').map((address) => address.id),
    )
    const emergencyNumbers = numbers
      .toSorted((a, b) => (a.number < b.number ? -1 : 1))
      .flatMap((one) =>
        one.emergencyAddressId !== undefined && confirmed.has(one.emergencyAddressId) && one.state === 'in-service'
          ? [{ number: one.number, addressId: one.emergencyAddressId }]
          : [],
      )
    await this.#put('routing', singletonId, { ...(await this.#routing()), emergencyNumbers })
  }
}

const callflowOf = (document: unknown): { readonly numbers: readonly string[]; readonly patterns: readonly string[] } =>
  (document as { numbers: string[]; patterns: string[] } | undefined) ?? { numbers: [], patterns: [] }
