import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { type CallView, defineModule, exit, type Outcome, wait } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'
import { reviewChoice } from '../voicemail/review.ts'

const Params = z.object({
  mediaId: ref('media', 'Media').optional(),
  /** Without one, every phone that gets here may record. */
  pin: z
    .string()
    .regex(/^\d{3,6}$/, 'Use 3 to 6 digits.')
    .optional()
    .meta({ title: 'PIN' }),
  fromOutside: z.boolean().default(false).meta({ title: 'Outside callers may record, with the PIN' }),
  secondsMax: z.int().min(5).max(1_800).default(300).meta({ title: 'Longest recording', unit: 's' }),
  routeVariable,
})
type Params = z.infer<typeof Params>

const Memo = z.object({
  doing: z.enum(['asking-pin', 'recording', 'reviewing', 'saying']),
  attempt: z.int(),
  objectKey: z.string().optional(),
  silentRounds: z.int().default(0),
})
type Memo = z.infer<typeof Memo>

/** Wrong PINs, and recordings too short to be one, in one call. */
const attemptsMax = 3
/** Shorter recordings are slips, ms. */
const recordingMinMs = 1_000

const now = (doing: Memo['doing'], attempt = 1): Memo => ({ doing, attempt, silentRounds: 0 })

const askPin = (attempt: number, ...before: Speech[]): Outcome<Memo> =>
  wait(now('asking-pin', attempt), {
    type: 'gather',
    parts: [...before, { prompt: 'vm-enter-pin' }],
    digitsMax: 6,
    firstDigitMs: 8_000,
    nextDigitMs: 3_000,
    secret: true,
  })

const record = (p: Params, view: CallView, mediaId: string, attempt = 1, ...before: Speech[]): Outcome<Memo> =>
  wait(now('recording', attempt), {
    type: 'record',
    parts: [...before, { prompt: 'media-record' }],
    prefix: `media/${view.account.id}/${mediaId}/${view.call.callId}/`,
    secondsMax: p.secondsMax,
  })

const askReview = (...before: Speech[]): CallCommandInput => ({
  type: 'gather',
  parts: [...before, { prompt: 'review' }],
  digitsMax: 1,
  firstDigitMs: 8_000,
  nextDigitMs: 1_000,
  terminator: '',
})

/** The media to record, or why not. */
function mediaOf(p: Params, view: CallView): { readonly id: string } | { readonly why: string } {
  const chosen = routed(view, 'media', { id: p.mediaId, routeVariable: p.routeVariable })
  if ('why' in chosen) return chosen
  return view.find('media', chosen.id) === undefined ? { why: 'media missing' } : { id: chosen.id }
}

function recorded(p: Params, view: CallView, mediaId: string, memo: Memo, objectKey: string, durationMs: number) {
  if (durationMs >= recordingMinMs) return wait({ ...now('reviewing'), objectKey }, askReview())
  return memo.attempt < attemptsMax
    ? record(p, view, mediaId, memo.attempt + 1, { prompt: 'recording-too-short' })
    : exit('next', 'nothing recorded')
}

/** Nothing is changed before the caller has said so, or has fallen silent. */
function reviewed(p: Params, view: CallView, mediaId: string, key: string, memo: Memo): Outcome<Memo> {
  const { objectKey, silentRounds } = memo
  const choice = reviewChoice(key, silentRounds)
  if (choice === 'again' || objectKey === undefined) return record(p, view, mediaId)
  if (choice === 'listen') return wait({ ...memo, silentRounds: 0 }, askReview({ object: objectKey }))
  if (choice === 'ask') return wait({ ...memo, silentRounds: silentRounds + 1 }, askReview())
  return wait(
    now('saying'),
    { type: 'change', fact: { kind: 'media', id: mediaId }, set: { objectKey, revision: 0 } },
    { type: 'play', parts: [{ prompt: 'media-saved' }] },
  )
}

const key = (digits: string) => ({ type: 'digits', digits }) as const
const sound = (durationMs: number) =>
  ({ type: 'recorded', objectKey: 'media/acme/hello/call/1.wav', durationMs }) as const
const documents = {
  'media/hello': { name: 'Hello' },
  'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' },
} as const

export const recordMedia = defineModule({
  type: 'record-media',
  title: 'Record Media',
  summary: 'Lets somebody record a piece of media by phone; whoever plays it plays that from the next call on.',
  params: Params,
  exits: ['next'],
  memo: Memo,
  answers: true,
  editor: { category: 'Advanced', icon: 'microphone' },

  start(p, view) {
    const media = mediaOf(p, view)
    if ('why' in media) return exit('next', media.why)
    // Outsiders who could put words into the mouth of a company are let in by two settings, never by one.
    if (view.call.origin.kind === 'trunk' && !(p.fromOutside && p.pin !== undefined))
      return exit('next', 'not from outside')
    return p.pin === undefined ? record(p, view, media.id) : askPin(1)
  },
  resume(p, event, memo, view) {
    const media = mediaOf(p, view)
    if ('why' in media) return exit('next', media.why)
    if (memo.doing === 'saying') return exit('next', 'recorded')
    if (event.type === 'recorded') return recorded(p, view, media.id, memo, event.objectKey, event.durationMs)
    if (event.type !== 'digits') return exit('next', event.type === 'failed' ? event.reason : 'unexpected event')
    if (memo.doing === 'reviewing') return reviewed(p, view, media.id, event.digits, memo)
    if (event.digits === p.pin) return record(p, view, media.id)
    return memo.attempt < attemptsMax ? askPin(memo.attempt + 1, { prompt: 'vm-fail' }) : exit('next', 'wrong PIN')
  },

  examples: [
    {
      says: 'R-186: a phone of the account records, listens, and saves; then the next module has its turn.',
      params: { mediaId: 'hello' },
      documents,
      arrived: { origin: { kind: 'device', deviceId: 'desk' } },
      events: [sound(5_000), key('2'), key('1'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['record', 'gather', 'gather', 'change', 'play'],
    },
    {
      says: 'The PIN is asked for, three times at the most.',
      params: { mediaId: 'hello', pin: '4711' },
      documents,
      arrived: { origin: { kind: 'device', deviceId: 'desk' } },
      events: [key('1'), key('22'), key('333')],
      leavesBy: 'next',
      commands: ['gather', 'gather', 'gather'],
    },
    {
      says: 'An outside caller records where that is allowed, with the PIN.',
      params: { mediaId: 'hello', pin: '4711', fromOutside: true },
      documents,
      events: [key('4711'), sound(5_000), key('3')],
      leavesBy: 'waits',
      commands: ['gather', 'record', 'gather', 'record'],
    },
    {
      says: 'Without a PIN an outside caller never records.',
      params: { mediaId: 'hello', fromOutside: true },
      documents,
      events: [],
      leavesBy: 'next',
    },
    {
      says: 'What is too short is recorded again, three times at the most, and changes nothing.',
      params: { mediaId: 'hello' },
      documents,
      arrived: { origin: { kind: 'device', deviceId: 'desk' } },
      events: [sound(300), sound(300), sound(300)],
      leavesBy: 'next',
      commands: ['record', 'record', 'record'],
    },
    { says: 'Media that are gone are passed over.', params: { mediaId: 'hello' }, events: [], leavesBy: 'next' },
  ],
})
