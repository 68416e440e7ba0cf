/**
 * The PBX's own words for what happens to a call and what to do about it. Plain JSON both ways: a call's event log is a list of
 * `CallEvent`, and replaying it gives the same commands to the byte. Nothing here knows SIP or Chime's JSON.
 */
import * as z from 'zod'
import { Email, Id, Instant, Language } from '../model/id.ts'
import { WebUrl } from '../model/web-url.ts'
import { RingOutcome, RingPlan } from './ring-plan.ts'

/** Keys of one entry, RFC 4733 §3.2 without A-D. */
export const Digits = z
  .string()
  .max(128)
  .regex(/^[\d*#]*$/)

/** Who is calling, proven by the edge: an authenticated device of the account, or a trunk. */
export const Origin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('device'), deviceId: Id }),
  z.object({ kind: z.literal('trunk'), trunkId: z.string().max(64) }),
  /** Started by a program or a transfer in the name of a device. */
  z.object({ kind: z.literal('system'), deviceId: Id.optional() }),
])
export type Origin = z.infer<typeof Origin>

/** A live fact's address; what it holds is in `LiveFacts`. At most 60 a look-up. */
export const FactKey = z.object({
  kind: z.enum([
    'account',
    'user',
    'device',
    'schedule',
    'voicemail-box',
    'voicemail-message',
    'menu',
    'media',
    'caller-name',
  ]),
  /** `voicemail-message`: `<boxId>/<folder>/<n>`, n from 0 in playing order. `caller-name`: the E.164 number. */
  id: z.string().max(160),
})
export type FactKey = z.infer<typeof FactKey>

const Forward = z.object({ enabled: z.boolean(), number: z.string().max(36).optional() })

/** What each kind of fact holds; every field may be missing: then nothing was ever set. */
export const LiveFacts = {
  account: z.object({
    callsUp: z.int().min(0).optional(),
    outboundUp: z.int().min(0).optional(),
    /** Last 911 call: its call-back may not be blocked for 30 minutes. */
    emergencyAt: Instant.optional(),
    /** The phone it was placed from, and the number shown, where emergency services call back; empty: none was. */
    emergencyDeviceId: Id.optional(),
    emergencyNumber: z.string().max(36).optional(),
    /** Wrong PINs of DISA since the last right one, and until when nobody is let in for them. */
    disaFailures: z.int().min(0).optional(),
    disaLockedUntil: Instant.optional(),
  }),
  user: z.object({
    doNotDisturb: z.boolean().optional(),
    forward: Forward.optional(),
    /** Where calls go that this person is too busy for, and those that nobody takes. */
    forwardBusy: Forward.optional(),
    forwardUnanswered: Forward.optional(),
    /** Where calls go while no phone of this person is registered. */
    forwardUnregistered: Forward.optional(),
    /** Who called last, noted where call return is on. */
    lastCaller: z.string().max(64).optional(),
    /** Phones this person is logged in at besides their own (hot desk). */
    hotDeskDeviceIds: z.array(Id).max(10).optional(),
  }),
  device: z.object({
    doNotDisturb: z.boolean().optional(),
    followMe: z.boolean().optional(),
    forward: Forward.optional(),
    /** Who is logged in: while somebody is, the phone is theirs alone. */
    hotDeskUserIds: z.array(Id).max(10).optional(),
    callsUp: z.int().optional(),
  }),
  /** `by-time`: the clock decides again, whatever was saved. */
  schedule: z.object({ forced: z.enum(['on', 'off', 'by-time']).optional() }),
  'voicemail-box': z.object({
    newCount: z.int().min(0).optional(),
    savedCount: z.int().min(0).optional(),
    /** Set by phone, and the revision that has it too: see `recorded-by-phone.ts`. */
    pin: z.string().optional(),
    pinRevision: z.int().min(0).optional(),
    isSetUp: z.boolean().optional(),
    isSetUpRevision: z.int().min(0).optional(),
    announcementOnly: z.boolean().optional(),
    announcementOnlyRevision: z.int().min(0).optional(),
    /** Recorded by phone, and the revision that has it as media: see `recorded-by-phone.ts`. */
    greetingKey: z.string().max(1_024).optional(),
    greetingRevision: z.int().min(0).optional(),
    /** Empty: the temporary greeting, a saved one as well, was deleted by phone. */
    temporaryGreetingKey: z.string().max(1_024).optional(),
    temporaryGreetingRevision: z.int().min(0).optional(),
    nameKey: z.string().max(1_024).optional(),
    nameRevision: z.int().min(0).optional(),
    pinFailures: z.int().min(0).optional(),
    lockedUntil: Instant.optional(),
    /** When its people were last told that it is full. */
    fullToldAt: Instant.optional(),
  }),
  'voicemail-message': z.object({
    id: Id.optional(),
    at: Instant.optional(),
    callerNumber: z.string().optional(),
    callerName: z.string().optional(),
    forwardedBy: z.string().optional(),
    durationMs: z.int().optional(),
    objectKey: z.string().optional(),
  }),
  /** A greeting recorded by phone. */
  menu: z.object({ greetingKey: z.string().max(1_024).optional(), greetingRevision: z.int().min(0).optional() }),
  /** Recorded by phone, and the revision that has it. */
  media: z.object({ objectKey: z.string().max(1_024).optional(), revision: z.int().min(0).optional() }),
  'caller-name': z.object({ name: z.string().max(64).optional() }),
} as const
export type FactOf<K extends FactKey['kind']> = z.infer<(typeof LiveFacts)[K]>

/** Something to be heard. The shell finds the audio; the core only names it. */
export const Speech = z.union([
  z.object({ prompt: z.string().max(64) }),
  z.object({ media: Id }),
  /** An object of the account's store, such as a voicemail message. */
  z.object({ object: z.string().max(1_024) }),
  z.object({ say: z.string().min(1).max(1_000) }),
  /** Spelled one by one: `1001` → one zero zero one. */
  z.object({ digits: z.string().regex(/^[\d*#+]{1,40}$/) }),
  z.object({ tone: z.enum(['beep', 'ringback', 'busy', 'dial', 'silence']) }),
])
export type Speech = z.infer<typeof Speech>

/** Whose secret a request to a URL is signed with: a placed module's, of which a higher number makes another one. */
export const SignedFor = z.object({
  /** Absent: a feature code's. */
  callflowId: Id.optional(),
  nodeId: Id,
  keyVersion: z.int().min(1).max(1_000),
})
export type SignedFor = z.infer<typeof SignedFor>

/** Characters of an answer that a call goes on by. */
export const urlAnswerCharsMax = 65_536

/** What is told of a call: JSON in the words of docs/pivot-and-webhooks.md. */
const urlRequest = { url: WebUrl, signedFor: SignedFor, body: z.record(z.string().max(64), z.unknown()) }

/** Parts of one thing said. */
export const speechPartsMax = 10

const at = Instant
export const CallEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('arrived'),
    at,
    callId: z.string().max(64),
    accountId: Id,
    configRevision: z.int().min(0),
    origin: Origin,
    /** As typed on the phone or as the trunk sent it. */
    dialled: z.string().max(64),
    caller: z.object({
      number: z.string().max(64).optional(),
      name: z.string().max(64).optional(),
      anonymous: z.boolean().default(false),
    }),
    diversion: z.string().max(255).optional(),
    /** Languages there are a voice and prompts for; absent: any. */
    languages: z.array(Language).max(20).optional(),
    /** The call this one came out of (transfer). */
    linkedCallId: z.string().max(64).optional(),
  }),
  z.object({
    type: z.literal('looked-up'),
    at,
    facts: z.array(z.object({ key: FactKey, value: z.record(z.string(), z.unknown()) })).max(60),
  }),
  /** All that was to be played has been, or a key stopped it. */
  z.object({ type: z.literal('played'), at, digit: z.string().max(1).optional() }),
  /** What was keyed in; empty when nothing was. `secret` is set in records of calls only: a PIN, shown to nobody. */
  z.object({ type: z.literal('digits'), at, digits: Digits, secret: z.boolean().optional() }),
  z.object({
    type: z.literal('recorded'),
    at,
    objectKey: z.string().max(1_024),
    durationMs: z.int().min(0),
    digit: z.string().max(1).optional(),
  }),
  /** A ring plan is over: somebody is connected, or nobody. */
  z.object({ type: z.literal('rang'), at, outcome: RingOutcome }),
  z.object({ type: z.literal('paused'), at }),
  /** What a URL said, as it said it; or why that is no answer to go on by. */
  z.object({
    type: z.literal('answered-url'),
    at,
    /** Of the command. */
    id: z.string().max(128),
    text: z.string().max(urlAnswerCharsMax).optional(),
    problem: z.string().max(200).optional(),
  }),
  /** A command could not be carried out. */
  z.object({ type: z.literal('failed'), at, command: z.string().max(32), reason: z.string().max(200) }),
  /** Somebody outside the call wants something: `UpdateSipMediaApplicationCall`. */
  z.object({ type: z.literal('updated'), at, arguments: z.record(z.string().max(64), z.string().max(500)) }),
  /** A party is gone. `caller` before the end of the call means nobody is left to serve. */
  z.object({ type: z.literal('hungup'), at, leg: z.enum(['caller', 'callee']), sipStatus: z.int().optional() }),
])
export type CallEvent = z.infer<typeof CallEvent>
export type CallEventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>

export const CallCommand = z.discriminatedUnion('type', [
  /** Answer of all: event `looked-up`. */
  z.object({ type: z.literal('look-up'), facts: z.array(FactKey).min(1).max(60) }),
  /** → `played`. */
  z.object({
    type: z.literal('play'),
    parts: z.array(Speech).min(1).max(speechPartsMax),
    repeat: z.int().min(1).max(1_000).default(1),
    stopOn: z.string().max(12).default(''),
  }),
  /** Plays the parts (a key stops them) and takes keys → `digits`. */
  z.object({
    type: z.literal('gather'),
    parts: z.array(Speech).max(speechPartsMax),
    digitsMin: z.int().min(1).max(128).default(1),
    digitsMax: z.int().min(1).max(128),
    firstDigitMs: z.int().min(100).max(60_000),
    nextDigitMs: z.int().min(100).max(60_000),
    terminator: z.string().max(1).default('#'),
    /** What is asked for is a secret: a PIN. */
    secret: z.boolean().optional(),
  }),
  /** A beep, then records until a key, silence or the limit → `recorded`. The object's key begins with `prefix`. */
  z.object({
    type: z.literal('record'),
    parts: z.array(Speech).max(speechPartsMax).default([]),
    prefix: z.string().max(900),
    secondsMax: z.int().min(1).max(14_400),
    silenceSeconds: z.int().min(1).max(1_000).optional(),
    stopOn: z.string().max(12).default('0123456789*#'),
  }),
  /** → `rang`. On an answered call the caller hears `ringback`. */
  z.object({
    type: z.literal('ring'),
    plan: RingPlan,
    ringback: Speech.optional(),
    callerId: z.object({ number: z.string().optional(), name: z.string().optional() }),
  }),
  /** → `paused`. */
  z.object({ type: z.literal('pause'), durationMs: z.int().min(100).max(30_000) }),
  /** Asks a URL how the call goes on, not for long → `answered-url`. The engine names it: asked again by the same id, it is the same question. */
  z.object({ type: z.literal('ask-url'), id: z.string().max(128).default(''), ...urlRequest }),
  /** Tells a URL of the call, at least once, however long that takes. No answer is awaited. */
  z.object({ type: z.literal('tell-url'), ...urlRequest }),
  /** Changes a live fact once, however often the turn is repeated: its key is (callId, turn, index). No answer is awaited. */
  z.object({
    type: z.literal('change'),
    fact: FactKey,
    set: z.record(z.string(), z.unknown()),
    /** Fields to count up: calls that count at the same time all count. */
    add: z.record(z.string(), z.int()).optional(),
  }),
  /** Commits, moves, drops or forwards a voicemail message. No answer is awaited. */
  z.object({
    type: z.literal('file-message'),
    boxId: Id,
    act: z.enum(['commit', 'save', 'delete', 'discard', 'forward']),
    messageId: Id.optional(),
    /** With `forward`: the introduction. */
    objectKey: z.string().max(1_024).optional(),
    /** With `forward`: the boxes that get a copy. */
    toBoxIds: z.array(Id).max(10).optional(),
    durationMs: z.int().optional(),
  }),
  /** Tells designated people; no answer is awaited. */
  z.object({
    type: z.literal('notify'),
    what: z.enum(['emergency-call', 'alert', 'missed-call', 'mailbox-full']),
    text: z.string().max(500),
    /** By mail; absent: whoever looks after the account's alerts. */
    to: z.array(Email).max(50).optional(),
    details: z.record(z.string(), z.string().max(255)).default({}),
  }),
  /** Ends a leg. Before an answer `busy` is 486 and `unavailable` 480; no other status can be sent. */
  z.object({
    type: z.literal('hang-up'),
    leg: z.enum(['caller', 'callee', 'all']),
    cause: z.enum(['normal', 'busy', 'unavailable']).default('normal'),
  }),
])
export type CallCommand = z.infer<typeof CallCommand>
export type CallCommandOf<T extends CallCommand['type']> = Extract<CallCommand, { type: T }>
/** What a module writes: defaults may be left out. */
export type CallCommandInput = z.input<typeof CallCommand>
