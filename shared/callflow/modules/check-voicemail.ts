import { z } from 'zod'
import { ref } from '../../model/id.ts'
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, defineModule, end, type Outcome, wait } from '../define-module.ts'
import type { Speech } from '../vocabulary.ts'
import { CheckMemo, checkBox, checkOn } from '../voicemail-check.ts'

const Params = z.object({
  voicemailBoxId: ref('voicemail-box', 'Voicemail box').optional(),
  /** Set by the feature code: *971001 asks for box 1001. */
  digits: z.string().max(36).optional(),
})
const Memo = z.object({ attempt: z.int(), boxId: z.string().optional(), check: CheckMemo.optional() })
type Memo = z.infer<typeof Memo>

const attemptsMax = 3

const byNumber = (view: CallView, number: string): VoicemailBox | undefined => {
  const route = /^\d{1,15}$/.test(number) ? view.find('mailbox-route', number) : undefined
  return route === undefined ? undefined : view.find('voicemail-box', route.voicemailBoxId)
}

/** The box meant without asking: named by the node, by digits after the code, or the caller's only one. */
function impliedBox(p: z.infer<typeof Params>, view: CallView): VoicemailBox | undefined {
  if (p.voicemailBoxId !== undefined) return view.find('voicemail-box', p.voicemailBoxId)
  if (p.digits !== undefined) return byNumber(view, p.digits)
  const user = view.callingUser
  const owned = user === undefined ? undefined : view.find('ownership', user.id)?.voicemailBoxIds
  return owned?.length === 1 && owned[0] !== undefined ? view.find('voicemail-box', owned[0]) : undefined
}

const askNumber = (attempt: number, ...before: Speech[]): Outcome<Memo> =>
  wait(
    { attempt },
    {
      type: 'gather',
      parts: [...before, { prompt: 'vm-enter-id' }],
      digitsMax: 15,
      firstDigitMs: 8_000,
      nextDigitMs: 3_000,
    },
  )

const inside = (boxId: string, attempt: number, checked: ReturnType<typeof checkBox>): Outcome<Memo> =>
  checked.kind === 'wait' ? { ...checked, memo: { attempt, boxId, check: checked.memo } } : checked

const owned = {
  'user/alex': { firstName: 'Alex' },
  'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
  'ownership/alex': { deviceIds: ['desk'], voicemailBoxIds: ['box'] },
  'voicemail-box/box': { name: 'Alex', number: '1001', ownerId: 'alex', pin: '4711', isSetUp: true },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const

export const checkVoicemail = defineModule({
  type: 'check-voicemail',
  title: 'Check Voicemail',
  summary: 'Lets a caller hear and manage the messages of a box.',
  params: Params,
  exits: [],
  memo: Memo,
  answers: true,
  editor: { category: 'Advanced', icon: 'voicemail-check' },
  start(p, view) {
    const box = impliedBox(p, view)
    return box === undefined ? askNumber(1) : inside(box.id, 1, checkBox(box, view))
  },
  resume(_, event, memo, view) {
    const known = memo.boxId === undefined ? undefined : view.find('voicemail-box', memo.boxId)
    if (known !== undefined && memo.check !== undefined)
      return inside(known.id, memo.attempt, checkOn(known, event, memo.check, view))
    if (event.type !== 'digits') return end('failed', event.type === 'failed' ? event.reason : 'unexpected event')
    const box = byNumber(view, event.digits)
    // An unknown box is asked for its PIN like a known one would be, so nobody learns which exist; here the number is asked again.
    if (box !== undefined) return inside(box.id, memo.attempt, checkBox(box, view))
    return memo.attempt < attemptsMax
      ? askNumber(memo.attempt + 1, { prompt: 'vm-fail' })
      : end('completed', 'no such voicemail box')
  },
  examples: [
    {
      says: 'The owner is let in without a PIN and hears what there is.',
      params: {},
      documents: owned,
      arrived: fromDesk,
      events: [{ type: 'digits', digits: '#' }],
      leavesBy: 'ends',
    },
    {
      says: 'Somebody else is asked for the PIN.',
      params: { digits: '1001' },
      documents: { ...owned, 'mailbox-route/1001': { voicemailBoxId: 'box' } },
      events: [{ type: 'digits', digits: '4711' }],
      leavesBy: 'waits',
    },
    {
      says: 'Three wrong PINs end the call.',
      params: { voicemailBoxId: 'box' },
      documents: owned,
      events: [
        { type: 'digits', digits: '1' },
        { type: 'digits', digits: '2' },
        { type: 'digits', digits: '3' },
        { type: 'played' },
      ],
      leavesBy: 'ends',
    },
    {
      says: 'A new message is played and deleted.',
      params: {},
      documents: owned,
      arrived: fromDesk,
      facts: [
        { key: { kind: 'voicemail-box', id: 'box' }, value: { newCount: 1 } },
        {
          key: { kind: 'voicemail-message', id: 'box/new/0' },
          value: { id: 'm1', at: '2026-11-24T14:00:00Z', objectKey: 'voicemail/acme/box/c/1.wav' },
        },
      ],
      events: [
        { type: 'digits', digits: '1' },
        { type: 'digits', digits: '7' },
      ],
      leavesBy: 'waits',
    },
    {
      says: 'Without a box of their own callers are asked for its number.',
      params: {},
      events: [
        { type: 'digits', digits: '9' },
        { type: 'digits', digits: '9' },
        { type: 'digits', digits: '9' },
      ],
      leavesBy: 'ends',
    },
  ],
})
