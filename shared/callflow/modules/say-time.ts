import * as z from 'zod'
import { timeSentence } from '../../prompts/sentences.ts'
import { defineModule, exit, wait } from '../define-module.ts'
import { languageOf } from '../language.ts'

export const sayTime = defineModule({
  type: 'say-time',
  title: 'Time',
  summary: 'Says what time it is where the caller is.',
  params: z.object({}),
  exits: ['next'],
  memo: z.literal('saying'),
  answers: true,
  editor: { category: 'Advanced', icon: 'clock' },
  start(_, view) {
    const zone = view.callingDevice?.timeZone ?? view.callingUser?.timeZone ?? view.account.timeZone
    return wait('saying', { type: 'play', parts: [{ say: timeSentence(view.at, zone, languageOf(view)) }] })
  },
  resume: () => exit('next'),
  examples: [
    {
      says: 'R-160: the time of day is said, and the call goes on.',
      params: {},
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
    {
      says: 'R-160: a phone that stands in another time zone hears the time there.',
      params: {},
      documents: { 'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk', timeZone: 'Europe/London' } },
      arrived: { origin: { kind: 'device', deviceId: 'desk' } },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
    {
      says: 'Where it cannot be said the call goes on.',
      params: {},
      events: [{ type: 'failed', command: 'play', reason: 'no voice' }],
      leavesBy: 'next',
    },
  ],
})
