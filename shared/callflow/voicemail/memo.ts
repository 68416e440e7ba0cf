/** What both voicemail modules say and remember while somebody hears a box by phone (kazoo semantics §5.3). */
import * as z from 'zod'
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, type Outcome, wait } from '../define-module.ts'
import type { CallCommandInput, FactOf, Speech } from '../vocabulary.ts'

/** Silent or wrong keys in a row before good-bye. */
export const roundsMax = 4
/** Keys of the longest PIN. */
const pinDigitsMax = 6
/** Messages just filed that are remembered: their filing may reach the table a moment after the next one is asked for. */
export const filedMax = 10

/** Boxes a message is forwarded to at once. */
export const forwardBoxesMax = 10

export const CheckMemo = z.object({
  doing: z.enum([
    'pin',
    'new-pin',
    'new-pin-again',
    'main',
    'message',
    'forward-box',
    'forward-menu',
    'introducing',
    'introduction',
    'configure',
    'recording',
    'review',
    'refusing',
  ]),
  tries: z.int().default(0),
  rounds: z.int().default(0),
  folder: z.enum(['new', 'saved']).default('new'),
  /** Place of the message being heard, in playing order. */
  index: z.int().default(0),
  /** As it is told to the caller: the first one heard is 1. */
  number: z.int().default(1),
  messageId: z.string().optional(),
  nextId: z.string().optional(),
  previousId: z.string().optional(),
  callerNumber: z.string().optional(),
  filed: z.array(z.string()).max(filedMax).default([]),
  toBoxIds: z.array(z.string()).max(forwardBoxesMax).default([]),
  objectKey: z.string().optional(),
  newPin: z.string().optional(),
  /** Setting up for the first time: PIN, name, greeting. */
  wizard: z.boolean().default(false),
  what: z.enum(['greeting', 'temporary', 'name']).default('greeting'),
})
export type CheckMemo = z.infer<typeof CheckMemo>
export type Checked = Outcome<CheckMemo>

export const memo = (doing: CheckMemo['doing'], more: Partial<CheckMemo> = {}): CheckMemo => ({
  tries: 0,
  rounds: 0,
  folder: 'new',
  index: 0,
  number: 1,
  filed: [],
  toBoxIds: [],
  wizard: false,
  what: 'greeting',
  ...more,
  doing,
})

/** Parts to say, then keys to take: one, or an entry of several that # ends. */
export const keys = (parts: readonly Speech[], digitsMax = 1): Extract<CallCommandInput, { type: 'gather' }> => ({
  type: 'gather',
  parts: parts.slice(0, 10),
  digitsMax,
  firstDigitMs: 8_000,
  nextDigitMs: 3_000,
  terminator: digitsMax === 1 ? '' : '#',
})

/** A PIN to take: 4 to 6 keys that # ends, shown in no record. */
export const askSecret = (parts: readonly Speech[]): CallCommandInput => ({
  ...keys(parts, pinDigitsMax),
  secret: true,
})

/** Changes what is known live of a box; fields of `add` are counted up. */
export const change = (
  box: VoicemailBox,
  set: Partial<FactOf<'voicemail-box'>>,
  add?: { readonly pinFailures: number },
): CallCommandInput => ({
  type: 'change',
  fact: { kind: 'voicemail-box', id: box.id },
  set,
  ...(add === undefined ? {} : { add }),
})

/** Commands that wait for nothing, in front of what an outcome asks for. */
export const after = (outcome: Checked, ...commands: readonly CallCommandInput[]): Checked =>
  outcome.kind === 'wait' ? { ...outcome, commands: [...commands, ...outcome.commands] } : outcome

/** Says why and then ends the call. */
export const refuse = (prompt: string): Checked => wait(memo('refusing'), { type: 'play', parts: [{ prompt }] })

export const isOwner = (box: VoicemailBox, view: CallView): boolean =>
  box.ownerId !== undefined && box.ownerId === view.callingUser?.id
