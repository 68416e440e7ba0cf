import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { defineModule, exit, wait } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'

export const playMedia = defineModule({
  type: 'play-media',
  title: 'Play Media',
  summary: 'Plays a recording to the caller.',
  params: z.object({
    mediaId: ref('media', 'Media').optional(),
    times: z.int().min(1).max(100).default(1).meta({ title: 'Times' }),
    anyKeyStops: z.boolean().default(true).meta({ title: 'Any key stops it' }),
    routeVariable,
  }),
  exits: ['next'],
  memo: z.literal('playing'),
  answers: true,
  editor: { category: 'Basic', icon: 'play' },
  start(p, view) {
    const chosen = routed(view, 'media', { id: p.mediaId, routeVariable: p.routeVariable })
    if ('why' in chosen) return exit('next', chosen.why)
    if (view.find('media', chosen.id) === undefined) return exit('next', 'media missing')
    return wait('playing', {
      type: 'play',
      parts: [{ media: chosen.id }],
      repeat: p.times,
      stopOn: p.anyKeyStops ? '0123456789*#' : '',
    })
  },
  resume: (_, event) => exit('next', event.type === 'failed' ? event.reason : undefined),
  examples: [
    {
      says: 'R-065: the recording is played, then the next module has its turn.',
      params: { mediaId: 'hello' },
      documents: { 'media/hello': { name: 'Hello' } },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['look-up', 'play'],
    },
    { says: 'A recording that is gone is passed over.', params: { mediaId: 'hello' }, events: [], leavesBy: 'next' },
    {
      says: 'A recording that cannot be read is passed over.',
      params: { mediaId: 'hello' },
      documents: { 'media/hello': { name: 'Hello' } },
      events: [{ type: 'failed', command: 'play', reason: 'unreadable' }],
      leavesBy: 'next',
    },
  ],
})
