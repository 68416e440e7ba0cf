import * as z from 'zod'
import { defineModule, exit, wait } from '../define-module.ts'
import { CallCommand } from '../vocabulary.ts'

/** The longest one pause may be, seconds, and all of them together: a caller waits no longer for nothing. */
const pieceSeconds = 30
const secondsMax = 300

const pause = (leftSeconds: number) =>
  wait(
    { leftSeconds: Math.max(0, leftSeconds - pieceSeconds) },
    CallCommand.parse({ type: 'pause', durationMs: Math.min(leftSeconds, pieceSeconds) * 1_000 }),
  )

export const sleep = defineModule({
  type: 'sleep',
  title: 'Sleep',
  summary: 'Waits before the next module has its turn.',
  params: z.object({ seconds: z.int().min(0).max(secondsMax).default(1).meta({ title: 'Wait', unit: 's' }) }),
  exits: ['next'],
  memo: z.object({ leftSeconds: z.int() }),
  answers: false,
  editor: { category: 'Advanced', icon: 'sleep', caption: (p) => `${p.seconds} s` },
  start: (p) => (p.seconds === 0 ? exit('next') : pause(p.seconds)),
  resume(_, event, { leftSeconds }) {
    if (event.type === 'failed') return exit('next', event.reason)
    return leftSeconds > 0 ? pause(leftSeconds) : exit('next')
  },
  examples: [
    {
      says: 'A few seconds are one pause.',
      params: { seconds: 3 },
      events: [{ type: 'paused' }],
      leavesBy: 'next',
      commands: ['pause'],
    },
    {
      says: 'A minute is two.',
      params: { seconds: 60 },
      events: [{ type: 'paused' }, { type: 'paused' }],
      leavesBy: 'next',
      commands: ['pause', 'pause'],
    },
    { says: 'No time is none.', params: { seconds: 0 }, events: [], leavesBy: 'next' },
    {
      says: 'A pause that cannot be kept is over.',
      params: { seconds: 90 },
      events: [{ type: 'failed', command: 'pause', reason: 'busy' }],
      leavesBy: 'next',
    },
  ],
})
