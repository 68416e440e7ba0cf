import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { fullName } from '../../model/user.ts'
import { defineModule, exit } from '../define-module.ts'
import { RingMemo, ring, ringAgain } from '../ringing.ts'
import { routed, routeVariable } from '../route-variable.ts'

/** One person who declines on one phone declines on all: the caller need not wait for the others. */
const stopOnDecline = true

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
  memo: RingMemo,
  answers: false,
  editor: { category: 'Basic', icon: 'user', caption: (p) => `${p.timeoutSeconds} s` },

  start(p, view) {
    const chosen = routed(view, 'user', { id: p.userId, routeVariable: p.routeVariable })
    if ('why' in chosen) return exit('no-answer', chosen.why)
    const user = view.find('user', chosen.id)
    if (user === undefined) return exit('no-answer', 'user missing')
    if (!user.enabled) return exit('no-answer', `${fullName(user)} is disabled`)
    return ring(view, [{ kind: 'user', id: user.id, delaySeconds: 0, timeoutSeconds: p.timeoutSeconds }], {
      mode: 'together',
      timeoutSeconds: p.timeoutSeconds,
      unlessCalledBy: user.id,
      stopOnDecline,
    })
  },
  resume: (_, event, memo, view) => ringAgain(view, event, memo, { stopOnDecline }),

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
