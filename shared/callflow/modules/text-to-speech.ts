import * as z from 'zod'
import { defineModule, exit, wait } from '../define-module.ts'

export const textToSpeech = defineModule({
  type: 'text-to-speech',
  title: 'Text to Speech',
  summary: 'Speaks a text to the caller.',
  params: z.object({
    text: z.string().trim().max(1_000).default('').meta({ title: 'Text', multiline: true }),
    times: z.int().min(1).max(10).default(1).meta({ title: 'Times' }),
    anyKeyStops: z.boolean().default(true).meta({ title: 'Any key stops it' }),
  }),
  exits: ['next'],
  memo: z.literal('speaking'),
  answers: true,
  editor: { category: 'Advanced', icon: 'speech', caption: (p) => p.text.slice(0, 40) },
  start(p) {
    if (p.text === '') return exit('next', 'no text')
    const stopOn = p.anyKeyStops ? '0123456789*#' : ''
    return wait('speaking', { type: 'play', parts: [{ say: p.text }], repeat: p.times, stopOn })
  },
  resume: (_, event) => exit('next', event.type === 'failed' ? event.reason : undefined),
  examples: [
    {
      says: 'The text is spoken, then the next module has its turn.',
      params: { text: 'Good morning.' },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
    { says: 'No text is nothing to say.', params: {}, events: [], leavesBy: 'next' },
    {
      says: 'A text that cannot be spoken is passed over.',
      params: { text: 'Good morning.' },
      events: [{ type: 'failed', command: 'play', reason: 'no voice' }],
      leavesBy: 'next',
    },
  ],
})
