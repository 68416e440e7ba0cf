import * as z from 'zod'
import { Disposition, EndedBy, PathStep } from '../model/cdr.ts'
import { Email, Id, Instant, Language } from '../model/id.ts'
import { Callflow } from './callflow.ts'
import { CallEvent, FactKey, Origin, SignedFor } from './vocabulary.ts'

/** Bounds on one call. Reaching one ends the call with its name as the reason. */
export const callBounds = {
  /** Nodes passed between two events. */
  hopsPerTurn: 60,
  /** Jumps into callflows in one call. */
  jumps: 25,
  /** Events of one call; Chime stops at 1,000 invocations. */
  events: 900,
  /** Look-ups between two other events. */
  lookUpsPerTurn: 20,
  /** Steps of the path kept for the CDR. */
  pathSteps: 60,
  variables: 50,
  /** Questions a call may put to URLs, and characters of all their answers together. */
  urlQuestions: 10,
  urlAnswerChars: 65_536,
  /** Live facts kept between the look-ups of one turn: as ten full look-ups bring. */
  facts: 600,
} as const

/** People told of one thing by mail. */
export const toldMax = 50

/** Changes that modules make to a call and that outlive their node. */
export const CallTraits = z.object({
  /** Name and number put in front, newest first. */
  prefixes: z
    .array(z.object({ name: z.string().max(64).default(''), number: z.string().max(16).default('') }))
    .max(10)
    .default([]),
  variables: z
    .record(z.string().max(64), z.object({ type: z.string().max(32), value: z.string().max(256) }))
    .default({}),
  language: Language.optional(),
  /** Replaces the caller's identity at the next ring. */
  callerId: z.object({ name: z.string().optional(), number: z.string().optional() }).optional(),
  /** Whoever rings is shown no name and no number (*67). A call for help is never hidden. */
  hidesCaller: z.boolean().optional(),
  /** A caller whom DISA let in: may dial as if from inside, in the name of a user or of the account, whatever phone this is. */
  actsAs: z
    .object({ userId: Id.optional(), shows: z.enum(['account', 'caller']), featureCodes: z.boolean() })
    .optional(),
  voicemailBoxId: Id.optional(),
  /** Whom to tell when an outside caller talked to nobody and left no message. */
  tellIfMissed: z.array(Email).max(toldMax).optional(),
  emergency: z.boolean().default(false),
})
export type CallTraits = z.infer<typeof CallTraits>

/** All that travels with a call. JSON; replaying `log` over the same revision gives the same state. */
export const CallState = z.object({
  version: z.literal(1),
  callId: z.string(),
  accountId: Id,
  configRevision: z.int(),
  arrivedAt: Instant,
  origin: Origin,
  dialled: z.string(),
  caller: z.object({ number: z.string().optional(), name: z.string().optional(), anonymous: z.boolean() }),
  /** Languages it can be spoken to in; absent: any. */
  languages: z.array(Language).max(20).optional(),
  linkedCallId: z.string().optional(),
  /** True once it has called out through a carrier, for help aside: it counts against the cap on outside calls. */
  outside: z.boolean().optional(),
  direction: z.enum(['inbound', 'outbound', 'internal']),
  phase: z.enum(['deciding', 'talking', 'ended']),
  /** True once a command that answers the caller was given, or the far end answered. */
  answered: z.boolean(),
  answeredAt: Instant.optional(),
  answeredBy: z.object({ deviceId: Id.optional(), userId: Id.optional(), number: z.string().optional() }).optional(),
  /** Where the call waits: the node and what it remembers. `callflowId` absent: a feature code or a plain number. */
  position: z
    .object({
      callflowId: Id.optional(),
      nodeId: Id,
      module: z.string(),
      params: z.record(z.string(), z.unknown()).optional(),
      memo: z.unknown().optional(),
    })
    .optional(),
  /** Questions put to URLs: the last one, how many there were, and how many characters came back. */
  asked: z.object({ id: z.string(), times: z.int(), chars: z.int() }).optional(),
  /** The callflow a URL answered with, while the call is in it: positions name it by `id`. Its own questions are signed as the first was. */
  brought: z.object({ id: Id, signedFor: SignedFor, callflow: Callflow.pick({ root: true, nodes: true }) }).optional(),
  /** Type of the event that is waited for. */
  awaiting: z.string().optional(),
  /** True while a secret is waited for, and the places in the log of those that came. */
  asksSecret: z.boolean().optional(),
  secretAt: z.array(z.int()).max(callBounds.events).optional(),
  /** The plan that rings: the outcome of another one is late and says nothing. */
  planId: z.string().optional(),
  /** What was being done when live facts were asked for, and which: done again when they are there. */
  pending: z
    .object({
      task: z.enum(['enter', 'begin', 'resume']),
      event: CallEvent.optional(),
      keys: z.array(FactKey).max(60).default([]),
    })
    .optional(),
  /** True once the caps on calls have been checked. */
  admitted: z.boolean(),
  /** Whose call it is, once admitted: who is logged in at the calling phone, else its owner. */
  callingUserId: Id.optional(),
  /** How the last thing tried failed: the disposition when the callflow has nothing more. */
  lastFailure: Disposition.optional(),
  traits: CallTraits,
  /** Live facts of this instant only; dropped at the next event that is not their answer. */
  facts: z.array(z.object({ key: FactKey, value: z.record(z.string(), z.unknown()) })).max(callBounds.facts),
  turn: z.int(),
  jumps: z.int(),
  lookUps: z.int(),
  callerGone: z.boolean(),
  path: z.array(PathStep).max(callBounds.pathSteps),
  end: z.object({ at: Instant, disposition: Disposition, by: EndedBy, reason: z.string().max(200) }).optional(),
  log: z.array(CallEvent).max(callBounds.events + 1),
})
export type CallState = z.infer<typeof CallState>
