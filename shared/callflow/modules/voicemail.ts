import { z } from 'zod'
import { ref } from '../../model/id.ts'
import { messageMinMs, messageSecondsMax, messagesMax, type VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, defineModule, end, exit, jump, type Outcome, wait } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'
import { CheckMemo, checkBox, checkOn } from '../voicemail-check.ts'

const Params = z.object({
  voicemailBoxId: ref('voicemail-box', 'Voicemail box').optional(),
  /** Set by the **n feature code: the box's number. */
  digits: z.string().max(36).optional(),
  secondsMax: z.int().min(3).max(messageSecondsMax).optional().meta({ title: 'Longest message', unit: 's' }),
  routeVariable,
})
type Params = z.infer<typeof Params>

const Memo = z.object({
  doing: z.enum(['greeting', 'recording', 'reviewing', 'thanking', 'checking']),
  objectKey: z.string().optional(),
  durationMs: z.int().optional(),
  rounds: z.int().default(0),
  check: CheckMemo.optional(),
})
type Memo = z.infer<typeof Memo>

/** Silent or wrong answers to the review before the message is taken as it is. */
const reviewRoundsMax = 4
/** Silence that ends a message, seconds. */
const silenceSeconds = 6

function boxOf(p: Params, view: CallView): VoicemailBox | string {
  if (p.digits !== undefined) {
    const route = view.find('mailbox-route', p.digits)
    return (
      (route === undefined ? undefined : view.find('voicemail-box', route.voicemailBoxId)) ?? 'no such voicemail box'
    )
  }
  const chosen = routed(view, 'voicemail-box', { id: p.voicemailBoxId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('voicemail-box', chosen.id) ?? 'voicemail box missing')
}

/** Temporary greeting, recorded by phone, the box's own, or one made of its number (kazoo semantics §5.2). */
function greetingOf(box: VoicemailBox, view: CallView): Speech[] {
  if (box.skipGreeting) return []
  const { greetingKey } = view.fact('voicemail-box', box.id)
  if (box.temporaryGreeting !== undefined) return [{ media: box.temporaryGreeting }]
  if (greetingKey !== undefined) return [{ object: greetingKey }]
  if (box.greeting !== undefined) return [{ media: box.greeting }]
  return [{ prompt: 'vm-person' }, { digits: box.number }, { prompt: 'vm-not-available' }]
}

const oneKey = (parts: Speech[], waitMs: number): CallCommandInput => ({
  type: 'gather',
  parts,
  digitsMax: 1,
  firstDigitMs: waitMs,
  nextDigitMs: 500,
  terminator: '',
})

function record(box: VoicemailBox, p: Params, view: CallView): Outcome<Memo> {
  const prefix = `voicemail/${view.account.id}/${box.id}/${view.call.callId}/`
  const outcome = wait<Memo>(
    { doing: 'recording', rounds: 0 },
    { type: 'record', prefix, secondsMax: p.secondsMax ?? box.messageSecondsMax, silenceSeconds },
  )
  return outcome.kind === 'wait' ? { ...outcome, traits: { voicemailBoxId: box.id } } : outcome
}

function greet(box: VoicemailBox, view: CallView): Outcome<Memo> {
  const full =
    (view.fact('voicemail-box', box.id).newCount ?? 0) + (view.fact('voicemail-box', box.id).savedCount ?? 0) >=
    messagesMax
  const greeting = greetingOf(box, view)
  if (full || box.announcementOnly)
    return wait<Memo>(
      { doing: 'thanking', rounds: 0 },
      { type: 'play', parts: [...greeting, full ? { prompt: 'vm-mailbox-full' } : { tone: 'silence' }] },
    )
  // A key while the greeting plays starts the recording; silence lasts as long as the greeting.
  const parts = [...greeting, ...(box.skipInstructions ? [] : [{ prompt: 'vm-record-message' } as const])]
  return wait<Memo>({ doing: 'greeting', rounds: 0 }, oneKey(parts, 300))
}

const operator = (box: VoicemailBox): Outcome<Memo> =>
  jump(`number:${box.operatorNumber ?? '0'}`, 'the caller asked for the operator')

const review = (memo: Memo, ...before: Speech[]): Outcome<Memo> =>
  wait({ ...memo, doing: 'reviewing' as const }, oneKey([...before, { prompt: 'vm-review' }], 8_000))

function keep(box: VoicemailBox, memo: Memo): Outcome<Memo> {
  return wait<Memo>(
    { doing: 'thanking', rounds: 0 },
    {
      type: 'file-message',
      boxId: box.id,
      act: 'commit',
      ...(memo.objectKey === undefined ? {} : { objectKey: memo.objectKey }),
      ...(memo.durationMs === undefined ? {} : { durationMs: memo.durationMs }),
    },
    { type: 'play', parts: [{ prompt: 'vm-saved' }] },
  )
}

const drop = (box: VoicemailBox, memo: Memo): CallCommandInput[] =>
  memo.objectKey === undefined
    ? []
    : [{ type: 'file-message', boxId: box.id, act: 'discard', objectKey: memo.objectKey }]

function reviewed(box: VoicemailBox, p: Params, key: string, memo: Memo, view: CallView): Outcome<Memo> {
  if (key === '1' || memo.rounds >= reviewRoundsMax) return keep(box, memo)
  if (key === '2' && memo.objectKey !== undefined) return review(memo, { object: memo.objectKey })
  if (key === '3') {
    const again = record(box, p, view)
    return again.kind === 'wait' ? { ...again, commands: [...drop(box, memo), ...again.commands] } : again
  }
  if (key === '0') {
    const kept = keep(box, memo)
    return { ...operator(box), ...(kept.kind === 'wait' ? { commands: kept.commands.slice(0, 1) } : {}) }
  }
  return review({ ...memo, rounds: memo.rounds + 1 })
}

const isOwner = (box: VoicemailBox, view: CallView): boolean =>
  box.ownerId !== undefined && box.ownerId === view.callingUser?.id

const done = (checked: ReturnType<typeof checkBox>): Outcome<Memo> =>
  checked.kind === 'wait' ? { ...checked, memo: { doing: 'checking', rounds: 0, check: checked.memo } } : checked

const box = { 'voicemail-box/box': { name: 'Sales', number: '2001' } } as const
const said = { type: 'recorded', objectKey: 'voicemail/acme/box/call/1.wav', durationMs: 8_000 } as const

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
    if (typeof box === 'string')
      return wait<Memo>({ doing: 'thanking', rounds: 0 }, { type: 'play', parts: [{ prompt: 'vm-no-box' }] })
    view.facts([{ kind: 'voicemail-box', id: box.id }])
    // Somebody who reaches their own box wants to hear it (auto log-in).
    if (box.autoLogIn && isOwner(box, view) && p.digits === undefined) return done(checkBox(box, view))
    return greet(box, view)
  },

  resume(p, event, memo, view) {
    const box = boxOf(p, view)
    if (typeof box === 'string') return end('completed', box)
    if (memo.doing === 'checking' && memo.check !== undefined) return done(checkOn(box, event, memo.check, view))
    if (memo.doing === 'thanking')
      return end(view.call.traits.voicemailBoxId === undefined ? 'completed' : 'voicemail', 'message taken')
    if (event.type === 'failed') return end('failed', event.reason)
    if (memo.doing === 'greeting') {
      const key = event.type === 'digits' ? event.digits : ''
      if (key === '*') return done(checkBox(box, view))
      return key === '0' && box.operatorNumber !== undefined ? operator(box) : record(box, p, view)
    }
    if (event.type === 'recorded') {
      const memoNow: Memo = { ...memo, objectKey: event.objectKey, durationMs: event.durationMs }
      return event.durationMs < messageMinMs
        ? ({ ...end('completed', 'nothing was said'), commands: drop(box, memoNow) } as Outcome<Memo>)
        : review(memoNow)
    }
    return event.type === 'digits'
      ? reviewed(box, p, event.digits, memo, view)
      : exit('next', `unexpected ${event.type}`)
  },

  examples: [
    {
      says: 'A message is greeted, recorded, reviewed and kept.',
      params: { voicemailBoxId: 'box' },
      documents: box,
      events: [{ type: 'digits', digits: '' }, said, { type: 'digits', digits: '1' }, { type: 'played' }],
      leavesBy: 'ends',
      commands: ['look-up', 'gather', 'record', 'gather', 'file-message', 'play', 'hang-up'],
    },
    {
      says: 'R-153: less than two seconds is nobody speaking.',
      params: { voicemailBoxId: 'box' },
      documents: box,
      events: [
        { type: 'digits', digits: '' },
        { ...said, durationMs: 900 },
      ],
      leavesBy: 'ends',
      commands: ['look-up', 'gather', 'record', 'file-message', 'hang-up'],
    },
    {
      says: 'A caller records again.',
      params: { voicemailBoxId: 'box' },
      documents: box,
      events: [{ type: 'digits', digits: '5' }, said, { type: 'digits', digits: '3' }],
      leavesBy: 'waits',
      commands: ['look-up', 'gather', 'record', 'gather', 'file-message', 'record'],
    },
    {
      says: 'A full box says so and takes nothing.',
      params: { voicemailBoxId: 'box' },
      documents: box,
      facts: [{ key: { kind: 'voicemail-box', id: 'box' }, value: { newCount: 100 } }],
      events: [{ type: 'played' }],
      leavesBy: 'ends',
      commands: ['look-up', 'play', 'hang-up'],
    },
    {
      says: 'An announcement-only box plays its greeting and ends.',
      params: { voicemailBoxId: 'box' },
      documents: { 'voicemail-box/box': { name: 'Info', number: '2', announcementOnly: true } },
      events: [{ type: 'played' }],
      leavesBy: 'ends',
    },
    {
      says: 'A box that is gone is said to be.',
      params: { voicemailBoxId: 'box' },
      events: [{ type: 'played' }],
      leavesBy: 'ends',
    },
  ],
})
