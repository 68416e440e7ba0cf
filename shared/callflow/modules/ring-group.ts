import * as z from 'zod'
import { ref } from '../../model/id.ts'
import type { RingGroup } from '../../model/ring-group.ts'
import { type CallView, defineModule, exit } from '../define-module.ts'
import { drawnByWeight, type Member } from '../ring-members.ts'
import { RingMemo, ring, ringAgain } from '../ringing.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { Speech } from '../vocabulary.ts'

const Params = z.object({ ringGroupId: ref('ring-group', 'Ring group').optional(), routeVariable })

/** Members in the order they ring: as saved, or drawn by weight. */
const inOrder = (group: RingGroup, view: CallView): readonly Member[] =>
  group.strategy === 'weighted' ? drawnByWeight(view, group.members) : group.members

const options = (group: RingGroup | undefined): { ringback?: Speech; stopOnDecline: boolean } => ({
  ...(group?.ringback === undefined ? {} : { ringback: { media: group.ringback } }),
  stopOnDecline: group?.stopOnDecline ?? false,
})

const groupOf = (p: z.infer<typeof Params>, view: CallView): RingGroup | string => {
  const chosen = routed(view, 'ring-group', { id: p.ringGroupId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('ring-group', chosen.id) ?? 'ring group missing')
}

const two = {
  'device/one': { type: 'sip-phone', name: 'One', username: 'one' },
  'device/two': { type: 'sip-phone', name: 'Two', username: 'two' },
} as const

export const ringGroup = defineModule({
  type: 'ring-group',
  title: 'Ring Group',
  summary: 'Rings several users, devices and groups, together or one after another.',
  params: Params,
  exits: ['no-answer'],
  memo: RingMemo,
  answers: false,
  editor: { category: 'Basic', icon: 'group' },

  start(p, view) {
    const group = groupOf(p, view)
    if (typeof group === 'string') return exit('no-answer', group)
    return ring(view, inOrder(group, view), {
      mode: group.strategy === 'together' ? 'together' : 'in-order',
      timeoutSeconds: group.timeoutSeconds,
      repeats: group.repeats,
      throughGroup: true,
      ...options(group),
    })
  },
  resume(p, event, memo, view) {
    const group = groupOf(p, view)
    return ringAgain(view, event, memo, options(typeof group === 'string' ? undefined : group))
  },

  examples: [
    {
      says: 'Everybody rings at once.',
      params: { ringGroupId: 'sales' },
      documents: {
        ...two,
        'ring-group/sales': {
          name: 'Sales',
          members: [
            { kind: 'device', id: 'one' },
            { kind: 'device', id: 'two' },
          ],
        },
      },
      events: [
        {
          type: 'rang',
          outcome: { planId: 'p', answered: { legId: '2', deviceId: 'two' }, reason: 'answered', legs: [] },
        },
      ],
      leavesBy: 'talks',
    },
    {
      says: 'R-071: nobody picks up and the next module has its turn.',
      params: { ringGroupId: 'sales' },
      documents: {
        ...two,
        'ring-group/sales': {
          name: 'Sales',
          strategy: 'in-order',
          members: [
            { kind: 'device', id: 'one' },
            { kind: 'device', id: 'two' },
          ],
        },
      },
      events: [{ type: 'rang', outcome: { planId: 'p', reason: 'no-answer', legs: [] } }],
      leavesBy: 'no-answer',
    },
    {
      says: 'A group without members is passed over.',
      params: { ringGroupId: 'sales' },
      documents: { 'ring-group/sales': { name: 'Sales' } },
      events: [],
      leavesBy: 'no-answer',
    },
  ],
})
