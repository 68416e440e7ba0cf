import * as z from 'zod'
import { defineModule, end } from '../define-module.ts'

export const hangUp = defineModule({
  type: 'hang-up',
  title: 'Hang Up',
  summary: 'Ends the call.',
  params: z.object({
    as: z.enum(['normal', 'busy', 'unavailable']).default('normal').meta({ title: 'Before an answer' }),
  }),
  exits: [],
  answers: false,
  editor: { category: 'Advanced', icon: 'hang-up' },
  start: (p, view) =>
    end(view.call.answered ? 'completed' : p.as === 'busy' ? 'busy' : 'refused', 'hang-up module', p.as),
  examples: [
    { says: 'The call is over.', params: {}, events: [], leavesBy: 'ends', commands: ['hang-up'] },
    { says: 'A caller who was not answered hears busy.', params: { as: 'busy' }, events: [], leavesBy: 'ends' },
    {
      says: 'A caller who was not answered is told nobody is there.',
      params: { as: 'unavailable' },
      events: [],
      leavesBy: 'ends',
    },
  ],
})
