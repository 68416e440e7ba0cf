/**
 * What others must see of a call, written once each: on AWS straight to the table, on one machine to the edge's journal first and
 * from there to the table. Applying a record again, by its id, changes nothing.
 */
import * as z from 'zod'
import { Cdr } from '../model/cdr.ts'
import { Email, Id, Instant } from '../model/id.ts'
import { LegNote, notedLegsMax } from '../model/leg-note.ts'
import { WebUrl } from '../model/web-url.ts'
import { FactKey, SignedFor } from './vocabulary.ts'

const common = {
  /** `<callId>/started`, `<callId>/ended`, `<callId>/legs/<part>`, or `<callId>/<turn>/<index>`. */
  id: z.string().max(128),
  accountId: Id,
  callId: z.string().max(64),
  at: Instant,
}

export const CallRecord = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('started'),
    direction: Cdr.shape.direction,
    from: z.string().max(64),
    to: z.string().max(64),
    deviceId: Id.optional(),
    /** True for a call that occupies a line to the outside from its first turn on. */
    outside: z.boolean().optional(),
    configRevision: z.int().min(0),
  }),
  /** A call under way occupies a line to the outside from here on, by a forward or a cell phone: it counts against that cap. */
  z.object({ ...common, kind: z.literal('outside') }),
  /** A caller begins to leave a message: the name it is shown with, prefixes in front, for the call's own record comes later. */
  z.object({ ...common, kind: z.literal('voicemail'), callerName: z.string().max(64) }),
  /** Exactly one a call: the first is kept. */
  z.object({ ...common, kind: z.literal('ended'), cdr: Cdr }),
  /** Legs of a call that are over, as many as ended about together; the last ones often after the call has. */
  z.object({
    ...common,
    kind: z.literal('legs'),
    part: z.string().max(64),
    legs: z.array(LegNote).min(1).max(notedLegsMax),
  }),
  z.object({
    ...common,
    kind: z.literal('change'),
    fact: FactKey,
    set: z.record(z.string(), z.unknown()),
    add: z.record(z.string(), z.int()).optional(),
  }),
  z.object({
    ...common,
    kind: z.literal('file-message'),
    boxId: Id,
    act: z.enum(['commit', 'save', 'delete', 'discard', 'forward']),
    messageId: Id.optional(),
    /** With `forward`: the introduction. */
    objectKey: z.string().max(1_024).optional(),
    /** With `forward`: the boxes that get a copy. */
    toBoxIds: z.array(Id).max(10).optional(),
    durationMs: z.int().optional(),
  }),
  /** A URL is to be told of the call, at least once. Its id is in the request, so that a second one is recognisable. */
  z.object({
    ...common,
    kind: z.literal('tell-url'),
    url: WebUrl,
    signedFor: SignedFor,
    body: z.record(z.string().max(64), z.unknown()),
  }),
  z.object({
    ...common,
    kind: z.literal('notify'),
    what: z.enum(['emergency-call', 'alert', 'missed-call', 'mailbox-full']),
    text: z.string().max(500),
    /** By mail; absent: whoever looks after the account's alerts. */
    to: z.array(Email).max(50).optional(),
    details: z.record(z.string(), z.string().max(255)),
  }),
])
export type CallRecord = z.infer<typeof CallRecord>
