import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { defineModule, exit, jump } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'

export const callflow = defineModule({
  type: 'callflow',
  title: 'Callflow',
  summary: 'Leaves this callflow and goes on in another, without return.',
  params: z.object({ callflowId: ref('callflow', 'Callflow').optional(), routeVariable }),
  exits: ['next'],
  sendsOn: true,
  answers: false,
  editor: { category: 'Advanced', icon: 'callflow' },
  // `next` is taken only when there is no such callflow: a jump has no return.
  start(p, view) {
    const chosen = routed(view, 'callflow', { id: p.callflowId, routeVariable: p.routeVariable })
    if ('why' in chosen) return exit('next', chosen.why)
    return view.find('callflow', chosen.id) === undefined ? exit('next', 'callflow missing') : jump(chosen.id)
  },
  examples: [
    {
      says: 'R-086: the call goes on in the other callflow.',
      params: { callflowId: 'other' },
      documents: { 'callflow/other': { name: 'Other', root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } } },
      events: [],
      leavesBy: 'ends',
    },
    { says: 'A callflow that is gone is passed over.', params: { callflowId: 'other' }, events: [], leavesBy: 'next' },
    {
      says: 'R-091: a variable that is not set falls through.',
      params: { routeVariable: 'where' },
      events: [],
      leavesBy: 'next',
    },
  ],
})
