import * as z from 'zod'
import { defineModule, exit, talk, wait } from '../define-module.ts'

/** Seconds the edge has to answer itself. */
const timeoutSeconds = 10

export const echoTest = defineModule({
  type: 'echo-test',
  title: 'Echo Test',
  summary: 'Sends callers their own voice back, so that they hear how a phone and its line sound.',
  params: z.object({}),
  exits: ['no-answer'],
  memo: z.literal('joining'),
  answers: true,
  editor: { category: 'Advanced', icon: 'echo' },
  start: (_, view) =>
    wait('joining', {
      type: 'ring',
      callerId: {},
      plan: {
        id: `${view.call.callId.slice(0, 50)}-${view.call.turn}`,
        legs: [{ id: '1', target: { kind: 'echo' }, timeoutSeconds }],
        timeoutSeconds,
        display: {},
      },
    }),
  resume(_, event) {
    if (event.type === 'rang' && event.outcome.answered !== undefined) return talk(event.outcome.answered)
    return exit(
      'no-answer',
      event.type === 'rang' ? event.outcome.reason : event.type === 'failed' ? event.reason : 'failed',
    )
  },
  examples: [
    {
      says: 'Callers hear themselves until they hang up.',
      params: {},
      events: [{ type: 'rang', outcome: { planId: '', answered: { legId: '1' }, reason: 'answered', legs: [] } }],
      leavesBy: 'talks',
      commands: ['ring'],
    },
    {
      says: 'An edge that has no room for it lets the call go on.',
      params: {},
      events: [{ type: 'rang', outcome: { planId: '', reason: 'failed', legs: [] } }],
      leavesBy: 'no-answer',
    },
    {
      says: 'A bridge that could not be made lets the call go on.',
      params: {},
      events: [{ type: 'failed', command: 'ring', reason: 'no bridge' }],
      leavesBy: 'no-answer',
    },
  ],
})
