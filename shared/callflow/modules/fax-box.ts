import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { defineModule, end, wait } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'

/** Nothing here speaks fax yet: the caller is told so, and the record says for which box the fax was. */
export const faxBox = defineModule({
  type: 'fax-box',
  title: 'Fax Box',
  summary: 'Takes a fax for a fax box and ends the call.',
  params: z.object({ faxBoxId: ref('fax-box', 'Fax box').optional(), routeVariable }),
  exits: [],
  comesFirst: true,
  memo: z.object({ reason: z.string().max(200) }),
  answers: true,
  editor: { category: 'Advanced', icon: 'fax' },
  notes: () => [{ field: 'faxBoxId', message: 'Faxes are not available yet: callers are told so.' }],
  start(p, view) {
    const chosen = routed(view, 'fax-box', { id: p.faxBoxId, routeVariable: p.routeVariable })
    const box = 'why' in chosen ? undefined : view.find('fax-box', chosen.id)
    const reason =
      box === undefined ? ('why' in chosen ? chosen.why : 'fax box missing') : `faxes to ${box.name} are not available`
    return wait({ reason: reason.slice(0, 200) }, { type: 'play', parts: [{ prompt: 'not-available' }] })
  },
  resume: (_, _event, { reason }) => end('failed', reason),
  examples: [
    {
      says: 'R-102: the caller is told that faxes are not available, and that is the end.',
      params: { faxBoxId: 'main' },
      documents: { 'fax-box/main': { name: 'Main fax' } },
      events: [{ type: 'played' }],
      leavesBy: 'ends',
      commands: ['play', 'hang-up'],
    },
    {
      says: 'A box that is gone ends the call the same way.',
      params: { faxBoxId: 'main' },
      events: [{ type: 'played' }],
      leavesBy: 'ends',
      commands: ['play', 'hang-up'],
    },
    {
      says: 'An announcement that cannot be played ends the call all the same.',
      params: {},
      events: [{ type: 'failed', command: 'play', reason: 'unreadable' }],
      leavesBy: 'ends',
    },
  ],
})
