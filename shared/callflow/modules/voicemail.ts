import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { messageMinMs, messageSecondsMax, type VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, defineModule, end, type Outcome, wait } from '../define-module.ts'
import { resolveNumber } from '../dialled.ts'
import { setFor } from '../recorded-by-phone.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { CallCommandInput, CallEvent, Speech } from '../vocabulary.ts'
import { boxByNumber } from '../voicemail/box-by-number.ts'
import { checkBox, checkOn } from '../voicemail/check.ts'
import { isFull, tellOfFull } from '../voicemail/full.ts'
import { greetingOf } from '../voicemail/greeting.ts'
import { type Checked, CheckMemo, isOwner } from '../voicemail/memo.ts'
import { reviewChoice } from '../voicemail/review.ts'

const Params = z.object({
  voicemailBoxId: ref('voicemail-box', 'Voicemail box').optional(),
  /** Set by the feature code: **1001 leaves a message in box 1001. */
  digits: z.string().max(36).optional(),
  secondsMax: z.int().min(3).max(messageSecondsMax).optional().meta({ title: 'Longest message', unit: 's' }),
  routeVariable,
})
type Params = z.infer<typeof Params>

const Memo = z.object({
  doing: z.enum(['greeting', 'announcing', 'recording', 'reviewing', 'closing', 'checking']),
  objectKey: z.string().optional(),
  durationMs: z.int().optional(),
  silentRounds: z.int().default(0),
  check: CheckMemo.optional(),
})
type Memo = z.infer<typeof Memo>

/** Silence that ends a message, seconds. */
const silenceSeconds = 6
/** How long a key may come after the greeting: a moment, for whoever wants to speak is waiting for the tone. */
const keyAfterGreetingMs = 300
const keyOfReviewMs = 8_000

const doing = (what: Memo['doing'], more: Partial<Memo> = {}): Memo => ({ silentRounds: 0, ...more, doing: what })

function boxOf(p: Params, view: CallView): VoicemailBox | string {
  if (p.digits !== undefined) {
    return boxByNumber(view, p.digits) ?? `no voicemail box ${p.digits}`
  }
  const chosen = routed(view, 'voicemail-box', { id: p.voicemailBoxId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('voicemail-box', chosen.id) ?? 'voicemail box missing')
}

const oneKey = (parts: Speech[], waitMs: number): CallCommandInput => ({
  type: 'gather',
  parts,
  digitsMax: 1,
  firstDigitMs: waitMs,
  nextDigitMs: 500,
  terminator: '',
})

/** The greeting, then the tone; a key meanwhile records at once, logs in, or calls the operator. */
function greet(box: VoicemailBox, view: CallView): Outcome<Memo> {
  const greeting = greetingOf(box, view)
  if (isAnnouncing(box, view)) return wait(doing('announcing'), oneKey(greeting, keyAfterGreetingMs))
  if (isFull(box, view))
    return wait(
      doing('announcing'),
      ...tellOfFull(box, view),
      oneKey([...greeting, { prompt: 'vm-mailbox-full' }], keyAfterGreetingMs),
    )
  const parts: Speech[] = box.skipInstructions ? greeting : [...greeting, { prompt: 'vm-record-message' }]
  return wait(doing('greeting'), oneKey(parts, keyAfterGreetingMs))
}

function greeted(box: VoicemailBox, p: Params, key: string, memo: Memo, view: CallView): Outcome<Memo> {
  if (key === '*') return checking(checkBox(box, view))
  const number = key === '0' ? operatorOf(box, view) : undefined
  if (number !== undefined) return operator(number)
  if (memo.doing === 'greeting') return record(box, p, view)
  return end('completed', isAnnouncing(box, view) ? 'announcement heard' : 'voicemail box is full')
}

/** The call counts as a voicemail from here on: whoever hangs up now has left what was said so far. */
function record(box: VoicemailBox, p: Params, view: CallView, ...before: CallCommandInput[]): Outcome<Memo> {
  return {
    kind: 'wait',
    memo: doing('recording'),
    commands: [
      ...before,
      {
        type: 'record',
        prefix: `voicemail/${view.account.id}/${box.id}/${view.call.callId}/`,
        secondsMax: p.secondsMax ?? box.messageSecondsMax,
        silenceSeconds,
      },
    ],
    traits: { voicemailBoxId: box.id },
  }
}

const isAnnouncing = (box: VoicemailBox, view: CallView): boolean =>
  setFor('announcementOnly', box, view.fact('voicemail-box', box.id), view)

/** The operator of the box, if anybody answers there. */
const operatorOf = ({ operatorNumber }: VoicemailBox, view: CallView): string | undefined =>
  operatorNumber !== undefined && resolveNumber(view, operatorNumber) === 'callflow' ? operatorNumber : undefined

const operator = (number: string, ...commands: CallCommandInput[]): Outcome<Memo> => ({
  kind: 'jump',
  callflowId: `number:${number}`,
  reason: 'the caller asked for the operator',
  commands,
})

const review = (memo: Memo, ...before: Speech[]): Outcome<Memo> =>
  wait(doing('reviewing', memo), oneKey([...before, { prompt: 'vm-review' }], keyOfReviewMs))

const filing = (box: VoicemailBox, act: 'commit' | 'discard', memo: Memo): CallCommandInput[] =>
  memo.objectKey === undefined || memo.objectKey === ''
    ? []
    : [
        {
          type: 'file-message',
          boxId: box.id,
          act,
          objectKey: memo.objectKey,
          ...(memo.durationMs === undefined ? {} : { durationMs: memo.durationMs }),
        },
      ]

function recorded(box: VoicemailBox, event: CallEvent & { type: 'recorded' }): Outcome<Memo> {
  const memo = doing('reviewing', { objectKey: event.objectKey, durationMs: event.durationMs })
  if (event.durationMs >= messageMinMs && event.objectKey !== '') return review(memo)
  return { kind: 'end', disposition: 'completed', reason: 'nothing was said', commands: filing(box, 'discard', memo) }
}

function reviewed(box: VoicemailBox, p: Params, key: string, memo: Memo, view: CallView): Outcome<Memo> {
  const number = key === '0' ? operatorOf(box, view) : undefined
  if (number !== undefined) return operator(number, ...filing(box, 'commit', memo))
  switch (reviewChoice(key, memo.silentRounds)) {
    case 'listen':
      return review({ ...memo, silentRounds: 0 }, ...(memo.objectKey === undefined ? [] : [{ object: memo.objectKey }]))
    case 'again':
      return record(box, p, view, ...filing(box, 'discard', memo))
    case 'ask':
      return review({ ...memo, silentRounds: memo.silentRounds + 1 })
    case 'save':
      return save(box, memo)
  }
}

const save = (box: VoicemailBox, memo: Memo): Outcome<Memo> =>
  wait(doing('closing'), ...filing(box, 'commit', memo), { type: 'play', parts: [{ prompt: 'vm-saved' }] })

/** A greeting or a question that cannot be played must not cost the caller the message. */
function failed(box: VoicemailBox, p: Params, reason: string, memo: Memo, view: CallView): Outcome<Memo> {
  if (memo.doing === 'greeting') return record(box, p, view)
  return memo.doing === 'reviewing' ? save(box, memo) : end('failed', reason)
}

const checking = (checked: Checked): Outcome<Memo> =>
  checked.kind === 'wait' ? { ...checked, memo: doing('checking', { check: checked.memo }) } : checked

const sales = { 'voicemail-box/box': { name: 'Sales', number: '2001', operatorNumber: '1001' } } as const
const said = { type: 'recorded', objectKey: 'voicemail/acme/box/call/1.wav', durationMs: 8_000 } as const
const key = (digits: string) => ({ type: 'digits', digits }) as const
const alex = {
  'user/alex': { firstName: 'Alex' },
  'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
  'voicemail-box/box': { name: 'Alex', number: '1001', ownerId: 'alex', pin: '4711', isSetUp: true },
} as const

export const voicemail = defineModule({
  type: 'voicemail',
  title: 'Voicemail',
  summary: 'Takes a message and ends the call.',
  params: Params,
  exits: [],
  memo: Memo,
  answers: true,
  editor: { category: 'Basic', icon: 'voicemail' },

  start(p, view) {
    const box = boxOf(p, view)
    if (typeof box === 'string') return wait(doing('closing'), { type: 'play', parts: [{ prompt: 'vm-no-box' }] })
    view.facts([{ kind: 'voicemail-box', id: box.id }])
    // Somebody who reaches their own box wants to hear it; nobody but their own phones is them, however a call was forwarded.
    const own = isOwner(box, view) && p.digits === undefined
    return own && (box.autoLogIn || isAnnouncing(box, view)) ? checking(checkBox(box, view)) : greet(box, view)
  },

  resume(p, event, memo, view) {
    const box = boxOf(p, view)
    if (typeof box === 'string') return end('completed', box)
    if (memo.doing === 'checking' && memo.check !== undefined) return checking(checkOn(box, event, memo.check, view))
    if (memo.doing === 'closing') return end('voicemail', 'message taken')
    if (event.type === 'failed') return failed(box, p, event.reason, memo, view)
    if (event.type === 'recorded') return recorded(box, event)
    const digits = event.type === 'digits' ? event.digits : ''
    return memo.doing === 'reviewing' ? reviewed(box, p, digits, memo, view) : greeted(box, p, digits, memo, view)
  },

  examples: [
    {
      says: 'R-079: a message is greeted, recorded, reviewed and kept, and that is the end.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      events: [key(''), said, key('1'), { type: 'played' }],
      leavesBy: 'ends',
      commands: ['gather', 'record', 'gather', 'file-message', 'play', 'hang-up'],
    },
    {
      says: 'R-149: a box of nobody takes messages like one of somebody.',
      params: { voicemailBoxId: 'box' },
      documents: alex,
      events: [key('5'), said],
      leavesBy: 'waits',
      commands: ['gather', 'record', 'gather'],
    },
    {
      says: 'R-153: less than two seconds is nobody speaking.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      events: [key(''), { ...said, durationMs: 900 }],
      leavesBy: 'ends',
      commands: ['gather', 'record', 'file-message', 'hang-up'],
    },
    {
      says: 'R-153: who hangs up in the middle has left what was said.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      events: [key(''), { type: 'hungup', leg: 'caller' }],
      leavesBy: 'ends',
      commands: ['gather', 'record', 'hang-up'],
    },
    {
      says: 'A caller hears the message and records it again.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      events: [key('5'), said, key('2'), key('3')],
      leavesBy: 'waits',
      commands: ['gather', 'record', 'gather', 'gather', 'file-message', 'record'],
    },
    {
      says: 'A caller who says nothing to the review has left the message.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      events: [key(''), said, key(''), key('7'), key(''), key('')],
      leavesBy: 'waits',
      commands: ['gather', 'record', 'gather', 'gather', 'gather', 'gather', 'file-message', 'play'],
    },
    {
      says: 'Star logs in: the PIN is asked for.',
      params: { voicemailBoxId: 'box' },
      documents: alex,
      events: [key('*'), key('4711'), key('#')],
      leavesBy: 'ends',
    },
    {
      says: 'Zero calls the operator, and a message that was recorded is kept.',
      params: { voicemailBoxId: 'box' },
      documents: {
        ...sales,
        'number-route/n1001': { number: '1001', callflowId: 'desk' },
        'callflow/desk': { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
      },
      events: [key(''), said, key('0')],
      leavesBy: 'ends',
      commands: ['gather', 'record', 'gather', 'file-message', 'hang-up'],
    },
    {
      says: 'R-150: the owner who calls the box is logged in.',
      params: { voicemailBoxId: 'box' },
      documents: alex,
      arrived: { origin: { kind: 'device', deviceId: 'desk' } },
      events: [key('#')],
      leavesBy: 'ends',
    },
    {
      says: 'A full box says so and takes nothing.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      facts: [{ key: { kind: 'voicemail-box', id: 'box' }, value: { newCount: 100 } }],
      events: [key('')],
      leavesBy: 'ends',
      commands: ['gather', 'hang-up'],
    },
    {
      says: 'An announcement-only box plays its greeting and ends.',
      params: { voicemailBoxId: 'box' },
      documents: { 'voicemail-box/box': { name: 'Info', number: '2', announcementOnly: true } },
      events: [key('')],
      leavesBy: 'ends',
      commands: ['gather', 'hang-up'],
    },
    {
      says: 'A greeting that cannot be played costs nobody a message.',
      params: { voicemailBoxId: 'box' },
      documents: sales,
      events: [{ type: 'failed', command: 'gather', reason: 'audio missing' }, said, key('1'), { type: 'played' }],
      leavesBy: 'ends',
      commands: ['gather', 'record', 'gather', 'file-message', 'play', 'hang-up'],
    },
    {
      says: 'A box that is gone is said to be.',
      params: { voicemailBoxId: 'box' },
      events: [{ type: 'played' }],
      leavesBy: 'ends',
      commands: ['play', 'hang-up'],
    },
  ],
})
