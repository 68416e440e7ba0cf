import { createHash } from 'node:crypto'
import { Email, Id, Instant } from '@offhook/shared/model/id.ts'
import * as z from 'zod'
import type { ObjectStore } from './objects/object-store.ts'

const objectKey = z.string().max(1_024)

/** Work that a call leaves behind: it touches large objects or documents, which a turn has no time for. */
export const Errand = z.discriminatedUnion('kind', [
  /** A greeting that was recorded by phone becomes media of the account; an empty key takes one away. */
  z.object({
    kind: z.literal('greeting'),
    accountId: Id,
    noun: z.enum(['voicemail-box', 'menu']),
    id: Id,
    what: z.enum(['greeting', 'temporary', 'name']),
    objectKey,
    at: Instant,
  }),
  /** Media get the sound that was recorded for them by phone. */
  z.object({
    kind: z.literal('recording'),
    accountId: Id,
    mediaId: Id,
    what: z.literal('sound'),
    objectKey,
    at: Instant,
  }),
  /** What was set by phone becomes part of the document. */
  z.object({
    kind: z.literal('setting'),
    accountId: Id,
    boxId: Id,
    what: z.enum(['pin', 'isSetUp', 'announcementOnly']),
    value: z.union([z.string().max(6), z.boolean()]),
  }),
  /** Somebody is to be told by mail. */
  z.object({
    kind: z.literal('notice'),
    accountId: Id,
    id: z.string().max(128),
    what: z.enum(['emergency-call', 'alert', 'missed-call', 'mailbox-full']),
    text: z.string().max(500),
    to: z.array(Email).max(50),
  }),
  /** A copy of a message for each of other boxes, behind an introduction. */
  z.object({
    kind: z.literal('forward'),
    accountId: Id,
    callId: z.string().max(64),
    boxId: Id,
    messageId: Id,
    toBoxIds: z.array(Id).min(1).max(10),
    introductionKey: objectKey.optional(),
  }),
])
export type Errand = z.infer<typeof Errand>

export const errandPrefix = 'errands/'

/**
 * Errands are objects: safe as soon as they are put, told of at least once by their arrival like recordings, gone when they are done. The
 * same id is the same errand.
 */
export class Errands {
  readonly #objects: ObjectStore | undefined

  constructor(objects: ObjectStore | undefined) {
    this.#objects = objects
  }

  /** Whether there is anywhere to leave errands. */
  get areTaken(): boolean {
    return this.#objects !== undefined
  }

  async give(id: string, errand: Errand): Promise<void> {
    const name = createHash('sha256').update(id).digest('hex').slice(0, 32)
    await this.#objects?.put(
      `${errandPrefix}${errand.accountId}/${name}.json`,
      Buffer.from(JSON.stringify(errand)),
      'application/json',
    )
  }
}
