import { randomBytes, randomUUID } from 'node:crypto'
import type { Extension } from '@offhook/shared/model/extension.ts'
import { Email, Name } from '@offhook/shared/model/id.ts'
import { ExtensionNumber } from '@offhook/shared/model/number.ts'
import { fullName } from '@offhook/shared/model/user.ts'
import { Pin } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { z } from 'zod'
import type { Credentials } from './credentials.ts'
import type { Documents, Edit, SaveOptions } from './documents.ts'

/** What an admin fills in to give somebody a phone. */
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

/** Seconds the generated callflow rings before voicemail answers. */
const ringSeconds = 20

/** Ids and secrets can be given, so that a fixture is the same everywhere; made at random otherwise. */
export interface ExtensionIds {
  readonly userId?: string
  readonly deviceId?: string
  readonly voicemailBoxId?: string
  readonly callflowId?: string
  readonly username?: string
  readonly password?: string
}

/** Seats: user, device, voicemail box and callflow as one act. */
export class Extensions {
  readonly #documents: Documents
  readonly #credentials: Credentials

  constructor(documents: Documents, credentials: Credentials) {
    this.#documents = documents
    this.#credentials = credentials
  }

  /** Makes all of an extension in one transaction, or nothing. Throws number-taken and the like (409). */
  async create(
    accountId: string,
    input: unknown,
    options: SaveOptions,
    ids: ExtensionIds = {},
  ): Promise<CreatedExtension> {
    const wanted = NewExtension.parse(input)
    const { number, firstName, lastName } = wanted
    const [userId, deviceId, voicemailBoxId, callflowId] = [
      ids.userId ?? randomUUID(),
      ids.deviceId ?? randomUUID(),
      ids.voicemailBoxId ?? randomUUID(),
      ids.callflowId ?? randomUUID(),
    ]
    const username = ids.username ?? `${number}-${randomBytes(4).toString('hex')}`
    const password = ids.password ?? randomBytes(18).toString('base64url')
    const extension: Extension = { id: number, number, userId, deviceId, voicemailBoxId, callflowId, seat: 'standard' }
    const person = fullName({ firstName, lastName })
    if ((await this.#documents.get(accountId, 'extension', number)) !== undefined)
      throw new PbxError('number-taken', {
        status: 409,
        message: `Extension ${number} is in use.`,
        details: { field: 'number', number },
      })
    const taken = await this.#credentials.byUsername(username)
    if (taken !== undefined)
      throw new PbxError('username-taken', {
        status: 409,
        message: `The SIP username ${username} is in use.`,
        details: { field: 'username' },
      })
    const [ring, message] = [randomUUID(), randomUUID()]
    const edits: Edit[] = [
      { kind: 'extension', id: number, document: extension, ifMatch: 'new' },
      {
        kind: 'user',
        id: userId,
        ifMatch: 'new',
        document: {
          id: userId,
          firstName,
          lastName,
          extension: number,
          ...(wanted.email === undefined ? {} : { email: wanted.email }),
        },
      },
      {
        kind: 'device',
        id: deviceId,
        ifMatch: 'new',
        document: { id: deviceId, type: 'sip-phone', name: `${person}'s phone`, ownerId: userId, username },
      },
      {
        kind: 'voicemail-box',
        id: voicemailBoxId,
        ifMatch: 'new',
        document: {
          id: voicemailBoxId,
          name: `${person}'s voicemail`,
          number,
          ownerId: userId,
          ...(wanted.pin === undefined ? {} : { pin: wanted.pin }),
          notifyEmails: wanted.email === undefined ? [] : [wanted.email],
        },
      },
      {
        kind: 'callflow',
        id: callflowId,
        ifMatch: 'new',
        document: {
          id: callflowId,
          name: `${number} ${person}`,
          numbers: [number, ...wanted.numbers],
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
        },
      },
    ]
    const revision = await this.#documents.saveMany(accountId, edits, { act: 'create', ...options }, () => [
      this.#credentials.claim({ username, accountId, deviceId, password }),
    ])
    return { extension, sip: { username, password }, revision }
  }

  /** The lowest number above the highest extension in use, 1001 where there are none. */
  async nextFree(accountId: string): Promise<string> {
    const numbers = (await this.#documents.all(accountId, 'extension'))
      .map((extension) => Number(extension.number))
      .filter((number) => number >= 1_000)
    const taken = new Set(numbers)
    let next = taken.size === 0 ? 1_001 : Math.min(...taken)
    while (taken.has(next)) next += 1
    return String(next)
  }

  /** Removes all parts of an extension as one act; other devices of the user stay, without an owner. */
  async remove(accountId: string, number: string, options: SaveOptions): Promise<number> {
    const found = await this.#documents.get(accountId, 'extension', number)
    if (found === undefined)
      throw new PbxError('not-found', { status: 404, message: `There is no extension ${number}.` })
    const { userId, deviceId, voicemailBoxId, callflowId } = found.document
    const device = await this.#documents.get(accountId, 'device', deviceId)
    const owned = (await this.#documents.get(accountId, 'ownership', userId))?.document.deviceIds ?? []
    const orphans = await Promise.all(
      owned.filter((id) => id !== deviceId).map((id) => this.#documents.get(accountId, 'device', id)),
    )
    const edits: Edit[] = [{ kind: 'extension', id: number }]
    for (const [kind, id] of [
      ['callflow', callflowId],
      ['voicemail-box', voicemailBoxId],
      ['device', deviceId],
      ['user', userId],
    ] as const)
      if ((await this.#documents.get(accountId, kind, id)) !== undefined) edits.push({ kind, id })
    for (const orphan of orphans)
      if (orphan !== undefined)
        edits.push({ kind: 'device', id: orphan.document.id, document: { ...orphan.document, ownerId: undefined } })
    const username = device?.document.username
    return this.#documents.saveMany(accountId, edits, { act: 'delete', ...options }, () =>
      username === undefined ? [] : [this.#credentials.release(username)],
    )
  }
}
