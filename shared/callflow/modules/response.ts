import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { defineModule, end, type Outcome, wait } from '../define-module.ts'

const Params = z.object({
  /** What a caller who was not answered gets: 486 Busy Here or 480 Temporarily Unavailable. Other statuses cannot be sent. */
  status: z.enum(['busy', 'unavailable']).default('busy').meta({ title: 'Response' }),
  /** Plays first, which answers the caller. */
  mediaId: ref('media', 'Announcement').optional(),
})

const refuse = ({ status }: z.infer<typeof Params>, reason: string): Outcome<never> =>
  end(status === 'busy' ? 'busy' : 'refused', reason, status)

export const response = defineModule({
  type: 'response',
  title: 'Response',
  summary: 'Ends the call as busy or unavailable, after an announcement if you like.',
  params: Params,
  exits: [],
  memo: z.literal('playing'),
  answers: false,
  editor: { category: 'Advanced', icon: 'response', caption: (p) => p.status },
  start(p, view) {
    if (p.mediaId === undefined) return refuse(p, `response: ${p.status}`)
    if (view.find('media', p.mediaId) === undefined) return refuse(p, 'media missing')
    return wait('playing', { type: 'play', parts: [{ media: p.mediaId }] })
  },
  resume: (p) => refuse(p, `response: ${p.status}`),
  examples: [
    {
      says: 'A caller who was not answered hears busy.',
      params: {},
      events: [],
      leavesBy: 'ends',
      commands: ['hang-up'],
    },
    {
      says: 'An announcement comes first.',
      params: { status: 'unavailable', mediaId: 'sorry' },
      documents: { 'media/sorry': { name: 'Sorry' } },
      events: [{ type: 'played' }],
      leavesBy: 'ends',
      commands: ['play', 'hang-up'],
    },
    {
      says: 'An announcement that is gone is passed over.',
      params: { mediaId: 'sorry' },
      events: [],
      leavesBy: 'ends',
      commands: ['hang-up'],
    },
  ],
})
