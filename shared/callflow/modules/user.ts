import * as z from 'zod'
import { CallForward } from '../../model/call-forward.ts'
import { Id, ref } from '../../model/id.ts'
import { DialString } from '../../model/number.ts'
import { fullName, type User } from '../../model/user.ts'
import { type CallView, defineModule, exit, jump, type Outcome } from '../define-module.ts'
import { resolveNumber } from '../dialled.ts'
import { extensionUser } from '../forwarding.ts'
import { notingCaller } from '../last-caller.ts'
import { forwardLegs } from '../ring-targets.ts'
import { RingMemo, ring, ringAgain, ringAll } from '../ringing.ts'
import { routed, routeVariable } from '../route-variable.ts'

/** One person who declines on one phone declines on all: the caller need not wait for the others. */
const stopOnDecline = true

/** Where the call goes on when the user is busy, does not answer or has no phone on line: as set by phone when the ringing began. */
const Memo = RingMemo.extend({
  userId: Id.optional(),
  ifBusy: DialString.optional(),
  ifUnanswered: DialString.optional(),
  ifUnregistered: DialString.optional(),
})
type Memo = z.infer<typeof Memo>

function onwardOf(view: CallView, { id }: User): Partial<Memo> {
  const { forwardBusy, forwardUnanswered, forwardUnregistered } = view.fact('user', id)
  const numberOf = (forward: typeof forwardBusy) => (forward?.enabled === true ? forward.number : undefined)
  const ifBusy = numberOf(forwardBusy)
  const ifUnanswered = numberOf(forwardUnanswered)
  const ifUnregistered = numberOf(forwardUnregistered)
  return {
    ...((ifBusy ?? ifUnanswered ?? ifUnregistered) === undefined ? {} : { userId: id }),
    ...(ifBusy === undefined ? {} : { ifBusy }),
    ...(ifUnanswered === undefined ? {} : { ifUnanswered }),
    ...(ifUnregistered === undefined ? {} : { ifUnregistered }),
  }
}

/** The number for how the ringing ended. Phones that are off line do not answer either, so that number stands in. */
function onwardFor(reason: string, { ifBusy, ifUnanswered, ifUnregistered }: Memo): string | undefined {
  if (/^(busy|declined)/.test(reason)) return ifBusy
  return reason.startsWith('unregistered') ? (ifUnregistered ?? ifUnanswered) : ifUnanswered
}

/** Rings where the user wants calls to go on, or jumps there; nothing when nobody can be rung there. What comes after that is the end of it. */
function goOnAt(view: CallView, { userId }: Memo, number: string, timeoutSeconds: number): Outcome<Memo> | undefined {
  const user = userId === undefined ? undefined : view.find('user', userId)
  if (user === undefined) return undefined
  const isPersons = extensionUser(view, number) !== undefined
  if (!isPersons && resolveNumber(view, number) === 'callflow') return jump(`number:${number}`, `goes on at ${number}`)
  const member = { kind: 'user', id: user.id, delaySeconds: 0, timeoutSeconds } as const
  const legs = forwardLegs(view, { ...CallForward.parse({}), enabled: true, number }, { user, member })
  return 'why' in legs ? undefined : ringAll(view, { legs, left: [] }, { mode: 'together', timeoutSeconds })
}

export const user = defineModule({
  type: 'user',
  title: 'User',
  summary: "Rings all of a user's devices at the same time.",
  params: z.object({
    userId: ref('user', 'User').optional(),
    timeoutSeconds: z.int().min(1).max(600).default(20).meta({ title: 'Ring for', unit: 's' }),
    routeVariable,
  }),
  exits: ['no-answer'],
  memo: Memo,
  answers: false,
  editor: { category: 'Basic', icon: 'user', caption: (p) => `${p.timeoutSeconds} s` },

  start(p, view) {
    const chosen = routed(view, 'user', { id: p.userId, routeVariable: p.routeVariable })
    if ('why' in chosen) return exit('no-answer', chosen.why)
    const user = view.find('user', chosen.id)
    if (user === undefined) return exit('no-answer', 'user missing')
    if (!user.enabled) return exit('no-answer', `${fullName(user)} is disabled`)
    const rung = ring(view, [{ kind: 'user', id: user.id, delaySeconds: 0, timeoutSeconds: p.timeoutSeconds }], {
      mode: 'together',
      timeoutSeconds: p.timeoutSeconds,
      unlessCalledBy: user.id,
      stopOnDecline,
    })
    const first = rung.kind === 'wait' ? { ...rung, memo: { ...rung.memo, ...onwardOf(view, user) } } : rung
    return notingCaller(view, user.id, first)
  },
  resume(p, event, memo, view) {
    const rung = ringAgain(view, event, memo, { stopOnDecline })
    if (rung.kind !== 'exit') return rung
    const number = onwardFor(rung.reason ?? '', memo)
    return number === undefined ? rung : (goOnAt(view, memo, number, p.timeoutSeconds) ?? rung)
  },

  examples: [
    {
      says: 'A user who picks up talks.',
      params: { userId: 'alex' },
      documents: {
        'user/alex': { firstName: 'Alex' },
        'ownership/alex': { deviceIds: ['desk'] },
        'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
      },
      events: [
        {
          type: 'rang',
          outcome: { planId: 'p', answered: { legId: '1', deviceId: 'desk' }, reason: 'answered', legs: [] },
        },
      ],
      leavesBy: 'talks',
      commands: ['look-up', 'ring'],
    },
    {
      says: 'A user who does not pick up leaves by no-answer.',
      params: { userId: 'alex' },
      documents: {
        'user/alex': { firstName: 'Alex' },
        'ownership/alex': { deviceIds: ['desk'] },
        'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
      },
      events: [
        { type: 'rang', outcome: { planId: 'p', reason: 'no-answer', legs: [{ legId: '1', result: 'no-answer' }] } },
      ],
      leavesBy: 'no-answer',
    },
    {
      says: 'A user on do not disturb does not ring at all.',
      params: { userId: 'alex' },
      documents: {
        'user/alex': { firstName: 'Alex' },
        'ownership/alex': { deviceIds: ['desk'] },
        'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
      },
      facts: [{ key: { kind: 'user', id: 'alex' }, value: { doNotDisturb: true } }],
      events: [],
      leavesBy: 'no-answer',
      commands: ['look-up'],
    },
    { says: 'A user who is gone is passed over.', params: { userId: 'nobody' }, events: [], leavesBy: 'no-answer' },
  ],
})
