import { randomBytes, randomUUID } from 'node:crypto'
import type { Extension } from '@offhook/shared/model/extension.ts'
import { Email, Name } from '@offhook/shared/model/id.ts'
import { ExtensionNumber } from '@offhook/shared/model/number.ts'
import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import { fullName } from '@offhook/shared/model/user.ts'
import { Pin } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { newSipPassword } from './claims.ts'
import type { Documents, Edit, SaveOptions } from './documents.ts'

/** What an admin fills in to give somebody a phone (R-025). */
export const NewExtension = z.object({
  number: ExtensionNumber,
  firstName: Name,
  lastName: z.string().trim().max(128).default(''),
  email: Email.optional(),
  pin: Pin.optional(),
  /** Numbers besides the extension that ring it, such as a DID the account owns. */
  numbers: z.array(z.string().max(36)).max(20).default([]),
})
export type NewExtension = z.infer<typeof NewExtension>

export interface CreatedExtension {
  readonly extension: Extension
  readonly sip: { readonly username: string; readonly password: string }
  readonly revision: number
}

/** Ids and secrets can be given, so that a fixture is the same everywhere; made at random otherwise. */
export interface ExtensionIds {
  readonly userId?: string
  readonly deviceId?: string
  readonly voicemailBoxId?: string
  readonly callflowId?: string
  /** The nodes that ring the user and take the message. */
  readonly nodes?: readonly [string, string]
  readonly username?: string
  readonly password?: string
}

/** Seconds the generated callflow rings before voicemail answers (R-029). */
const ringSeconds = 20
/** First number proposed in an empty account, and how many are looked at before the search gives up. */
const firstNumber = 1_001
const lastNumber = 9_999_999
/** Two- and three-digit numbers are chosen by people, never proposed. */
const shortestProposed = 1_000
const lookedAtMax = 10_000
const lookedAtOnce = 10

/** Seats: user, device, voicemail box and callflow as one act (R-026). */
export class Extensions {
  readonly #documents: Documents

  constructor(documents: Documents) {
    this.#documents = documents
  }

  /** Makes all of an extension in one transaction, or nothing. Throws number-taken, username-taken and the like (409). */
  async create(
    accountId: string,
    input: unknown,
    options: SaveOptions,
    ids: ExtensionIds = {},
  ): Promise<CreatedExtension> {
    const wanted = NewExtension.parse(input)
    const { number } = wanted
    const extension: Extension = {
      id: number,
      number,
      userId: ids.userId ?? randomUUID(),
      deviceId: ids.deviceId ?? randomUUID(),
      voicemailBoxId: ids.voicemailBoxId ?? randomUUID(),
      callflowId: ids.callflowId ?? randomUUID(),
      seat: 'standard',
    }
    const username = ids.username ?? `${number}-${randomBytes(4).toString('hex')}`
    const password = ids.password ?? newSipPassword()
    await this.#refuseUsed(accountId, number)
    const edits = partsOf(extension, wanted, username, ids.nodes ?? [randomUUID(), randomUUID()])
    const revision = await this.#documents.saveMany(accountId, edits, {
      act: 'create',
      ...options,
      passwords: { [extension.deviceId]: password },
    })
    return { extension, sip: { username, password }, revision }
  }

  /** Says who has the number before anything else can be wrong; that nobody takes it meanwhile is the transaction's care. */
  async #refuseUsed(accountId: string, number: string): Promise<void> {
    const found = await this.#documents.get(accountId, 'extension', number)
    if (found === undefined) return
    const user = (await this.#documents.get(accountId, 'user', found.document.userId))?.document
    throw new PbxError('number-taken', {
      status: 409,
      message: `Extension ${number} is in use${user === undefined ? '' : ` by ${fullName(user)}`}.`,
      details: { field: 'number', number, userId: found.document.userId },
    })
  }

  /** The lowest number from the lowest extension on that nothing in the account answers or names a box by, 1001 where there are none (R-034). */
  async nextFree(accountId: string): Promise<string> {
    const used = new Set((await this.#documents.all(accountId, 'extension')).map(({ number }) => Number(number)))
    const known = [...used].filter((number) => number >= shortestProposed)
    const first = known.length === 0 ? firstNumber : Math.min(...known)
    for (let from = first; from < first + lookedAtMax; from += lookedAtOnce) {
      const candidates = Array.from({ length: lookedAtOnce }, (_, index) => from + index)
        .filter((number) => !used.has(number) && number <= lastNumber)
        .map(String)
      const taken = await Promise.all(candidates.map((number) => this.#isTaken(accountId, number)))
      const free = candidates.find((_, index) => taken[index] === false)
      if (free !== undefined) return free
    }
    throw new PbxError('no-free-number', { status: 409, message: 'No free number was found. Choose one yourself.' })
  }

  async #isTaken(accountId: string, number: string): Promise<boolean> {
    const [route, box] = await Promise.all([
      this.#documents.get(accountId, 'number-route', numberRouteId(number)),
      this.#documents.get(accountId, 'mailbox-route', number),
    ])
    return route !== undefined || box !== undefined
  }

  /** Removes all parts of an extension as one act; other devices and boxes of the user stay, without an owner. */
  async remove(accountId: string, number: string, options: SaveOptions): Promise<number> {
    const found = await this.#documents.get(accountId, 'extension', number)
    if (found === undefined)
      throw new PbxError('not-found', { status: 404, message: `There is no extension ${number}.` })
    const { userId, deviceId, voicemailBoxId, callflowId } = found.document
    const edits: Edit[] = [{ kind: 'extension', id: number }]
    for (const [kind, id] of [
      ['callflow', callflowId],
      ['voicemail-box', voicemailBoxId],
      ['device', deviceId],
      ['user', userId],
    ] as const)
      if ((await this.#documents.get(accountId, kind, id)) !== undefined) edits.push({ kind, id })
    const owned = (await this.#documents.get(accountId, 'ownership', userId))?.document
    for (const id of owned?.deviceIds ?? [])
      if (id !== deviceId) edits.push(...(await this.#disowned(accountId, 'device', id)))
    for (const id of owned?.voicemailBoxIds ?? [])
      if (id !== voicemailBoxId) edits.push(...(await this.#disowned(accountId, 'voicemail-box', id)))
    return this.#documents.saveMany(accountId, edits, { act: 'delete', ...options })
  }

  async #disowned(accountId: string, kind: 'device' | 'voicemail-box', id: string): Promise<Edit[]> {
    const saved = await this.#documents.get(accountId, kind, id)
    if (saved === undefined) return []
    const { ownerId: _gone, ...document } = saved.document
    return [{ kind, id, document }]
  }
}

function partsOf(
  extension: Extension,
  wanted: NewExtension,
  username: string,
  [ring, message]: readonly [string, string],
): Edit[] {
  const { number, userId, deviceId, voicemailBoxId, callflowId } = extension
  const { firstName, lastName, email, pin, numbers } = wanted
  const person = fullName({ firstName, lastName })
  const ifMatch = 'new'
  const user = { id: userId, firstName, lastName, extension: number, ...(email === undefined ? {} : { email }) }
  const device = { id: deviceId, type: 'sip-phone', name: `${person}'s phone`, ownerId: userId, username }
  const box = {
    id: voicemailBoxId,
    name: `${person}'s voicemail`,
    number,
    ownerId: userId,
    ...(pin === undefined ? {} : { pin }),
    notifyEmails: email === undefined ? [] : [email],
  }
  const callflow = {
    id: callflowId,
    name: `${number} ${person}`,
    numbers: [number, ...numbers],
    extension: number,
    root: ring,
    nodes: {
      [ring]: {
        id: ring,
        type: 'user',
        params: { userId, timeoutSeconds: ringSeconds },
        exits: { 'no-answer': message },
      },
      [message]: { id: message, type: 'voicemail', params: { voicemailBoxId } },
    },
  }
  return [
    { kind: 'extension', id: number, document: extension, ifMatch },
    { kind: 'user', id: userId, document: user, ifMatch },
    { kind: 'device', id: deviceId, document: device, ifMatch },
    { kind: 'voicemail-box', id: voicemailBoxId, document: box, ifMatch },
    { kind: 'callflow', id: callflowId, document: callflow, ifMatch },
  ]
}
