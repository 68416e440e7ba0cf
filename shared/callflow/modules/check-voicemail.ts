import * as z from 'zod'
import { ref } from '../../model/id.ts'
import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { type CallView, defineModule, end, type Outcome, wait } from '../define-module.ts'
import { boxByNumber, boxDigitsMax } from '../voicemail/box-by-number.ts'
import { checkBox, checkOn } from '../voicemail/check.ts'
import { type Checked, CheckMemo, keys } from '../voicemail/memo.ts'

const Params = z.object({
  voicemailBoxId: ref('voicemail-box', 'Voicemail box').optional(),
  /** Set by the feature code: *971001 asks for box 1001. */
  digits: z.string().max(36).optional(),
})
/** `check` absent: the number of the box is being asked for. With it, `boxId` absent is a box that does not exist. */
const Memo = z.object({ attempt: z.int(), boxId: z.string().optional(), check: CheckMemo.optional() })
type Memo = z.infer<typeof Memo>

/** Times a silent caller is asked which box. */
const attemptsMax = 3
/** The box meant without asking: named by the node, by digits after the code, or the caller's only one. `asked`: none is. */
function impliedBox(p: z.infer<typeof Params>, view: CallView): VoicemailBox | undefined | 'asked' {
  if (p.voicemailBoxId !== undefined) return view.find('voicemail-box', p.voicemailBoxId) ?? 'asked'
  if (p.digits !== undefined) return boxByNumber(view, p.digits)
  const user = view.callingUser
  const owned = user === undefined ? undefined : view.find('ownership', user.id)?.voicemailBoxIds
  const only = owned?.length === 1 && owned[0] !== undefined ? view.find('voicemail-box', owned[0]) : undefined
  return only ?? 'asked'
}

const askNumber = (attempt: number): Outcome<Memo> => wait({ attempt }, keys([{ prompt: 'vm-enter-id' }], boxDigitsMax))

const inside = (box: VoicemailBox | undefined, checked: Checked): Outcome<Memo> =>
  checked.kind === 'wait'
    ? { ...checked, memo: { attempt: 1, check: checked.memo, ...(box === undefined ? {} : { boxId: box.id }) } }
    : checked

const owned = {
  'user/alex': { firstName: 'Alex' },
  'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
  'ownership/alex': { deviceIds: ['desk'], voicemailBoxIds: ['box'] },
  'voicemail-box/box': { name: 'Alex', number: '1001', ownerId: 'alex', pin: '4711', isSetUp: true },
  'mailbox-route/1001': { voicemailBoxId: 'box' },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const
const key = (digits: string) => ({ type: 'digits', digits }) as const
const boxFact = (value: Record<string, unknown>) => ({ key: { kind: 'voicemail-box', id: 'box' } as const, value })
const message = (n: number) => ({
  key: { kind: 'voicemail-message', id: `box/new/${n}` } as const,
  value: {
    id: `m${n}`,
    at: '2026-11-24T14:00:00Z',
    objectKey: `voicemail/acme/box/c/${n}.wav`,
    callerNumber: '+14255550163',
  },
})

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
    return box === 'asked' ? askNumber(1) : inside(box, checkBox(box, view))
  },
  resume(_, event, memo, view) {
    if (memo.check !== undefined) {
      const box = memo.boxId === undefined ? undefined : view.find('voicemail-box', memo.boxId)
      return inside(box, checkOn(box, event, memo.check, view))
    }
    if (event.type !== 'digits') return end('failed', event.type === 'failed' ? event.reason : 'unexpected event')
    if (event.digits !== '') {
      const box = boxByNumber(view, event.digits)
      return inside(box, checkBox(box, view))
    }
    return memo.attempt < attemptsMax ? askNumber(memo.attempt + 1) : end('completed', 'no voicemail box was named')
  },

  examples: [
    {
      says: 'The owner is let in without a PIN and hears what there is.',
      params: {},
      documents: owned,
      arrived: fromDesk,
      events: [key('#')],
      leavesBy: 'ends',
    },
    {
      says: 'R-150: the owner is asked for the PIN too where the box requires it.',
      params: {},
      documents: { ...owned, 'voicemail-box/box': { ...owned['voicemail-box/box'], requirePin: true } },
      arrived: fromDesk,
      events: [key('4711'), key('#')],
      leavesBy: 'ends',
    },
    {
      says: 'R-148: somebody else is let in by the PIN.',
      params: { digits: '1001' },
      documents: owned,
      events: [key('4711'), key('#')],
      leavesBy: 'ends',
    },
    {
      says: 'Three wrong PINs end the call, and each is counted.',
      params: { voicemailBoxId: 'box' },
      documents: owned,
      events: [key('1'), key('2'), key('3'), { type: 'played' }],
      leavesBy: 'ends',
      commands: ['gather', 'change', 'gather', 'change', 'gather', 'change', 'play', 'hang-up'],
    },
    {
      says: 'The ninth wrong PIN over all calls locks the box and tells people.',
      params: { voicemailBoxId: 'box' },
      documents: owned,
      facts: [boxFact({ pinFailures: 8 })],
      events: [key('1'), { type: 'played' }],
      leavesBy: 'ends',
      commands: ['gather', 'change', 'notify', 'play', 'hang-up'],
    },
    {
      says: 'A locked box opens to nobody, not with the right PIN either.',
      params: { voicemailBoxId: 'box' },
      documents: owned,
      facts: [boxFact({ lockedUntil: '2026-11-24T15:10:00Z' })],
      events: [{ type: 'played' }],
      leavesBy: 'ends',
      commands: ['play', 'hang-up'],
    },
    {
      says: 'An unknown box is asked for its PIN like a known one, so that nobody learns which exist.',
      params: {},
      documents: owned,
      events: [key('7777'), key('1'), key('2'), key('3'), { type: 'played' }],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'gather', 'gather', 'play', 'hang-up'],
    },
    {
      says: 'New messages are heard one after another, kept and deleted.',
      params: {},
      documents: owned,
      arrived: fromDesk,
      facts: [boxFact({ newCount: 2 }), message(0), message(1)],
      events: [key('1'), key('7'), key('1'), key('#')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'file-message', 'gather', 'file-message', 'gather', 'hang-up'],
    },
    {
      says: 'The caller of a message is called back.',
      params: {},
      documents: owned,
      arrived: fromDesk,
      facts: [message(0)],
      events: [key('1'), key('9')],
      leavesBy: 'waits',
      commands: ['gather', 'gather', 'ring'],
    },
    {
      says: 'A box used for the first time is set up: PIN twice, name, greeting.',
      params: {},
      documents: { ...owned, 'voicemail-box/box': { name: 'Alex', number: '1001', ownerId: 'alex' } },
      arrived: fromDesk,
      events: [
        key('4711'),
        key('4711'),
        { type: 'recorded', objectKey: 'media/acme/n/1.wav', durationMs: 2_000 },
        key('1'),
        { type: 'recorded', objectKey: 'media/acme/g/1.wav', durationMs: 4_000 },
        key('1'),
        key('#'),
      ],
      leavesBy: 'ends',
      commands: [
        ...['gather', 'gather', 'change', 'record', 'gather', 'change', 'record', 'gather'],
        ...['change', 'change', 'gather', 'hang-up'],
      ],
    },
    {
      says: 'A message is forwarded to another box, behind an introduction.',
      params: {},
      documents: {
        ...owned,
        'voicemail-box/dana': { name: 'Dana', number: '1002' },
        'mailbox-route/1002': { voicemailBoxId: 'dana' },
      },
      arrived: fromDesk,
      facts: [boxFact({ newCount: 1 }), message(0)],
      events: [
        key('1'),
        key('3'),
        key('1002'),
        key('1'),
        { type: 'recorded', objectKey: 'media/acme/i/1.wav', durationMs: 4_000 },
        key('1'),
      ],
      leavesBy: 'waits',
      commands: ['gather', 'gather', 'gather', 'gather', 'record', 'gather', 'file-message', 'gather'],
    },
    {
      says: 'Callers who say nothing about which box are let go.',
      params: {},
      events: [key(''), key(''), key('')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'gather', 'hang-up'],
    },
  ],
})
