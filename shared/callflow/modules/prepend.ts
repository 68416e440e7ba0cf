import * as z from 'zod'
import { defineModule } from '../define-module.ts'

/** Prefixes kept in front of one another. */
const prefixesMax = 10

export const prepend = defineModule({
  type: 'prepend',
  title: 'Prepend',
  summary: 'Puts text in front of the caller ID that phones show and reports keep.',
  params: z.object({
    name: z.string().trim().max(32).default('').meta({ title: 'Before the name' }),
    number: z
      .string()
      .regex(/^[\d*#+]{0,8}$/)
      .default('')
      .meta({ title: 'Before the number' }),
    /** `current`: in front of earlier prefixes. `original`: instead of them. `reset`: none. */
    applyTo: z.enum(['current', 'original', 'reset']).default('current').meta({ title: 'Apply to' }),
  }),
  exits: ['next'],
  answers: false,
  editor: {
    category: 'Caller ID',
    icon: 'tag',
    caption: (p) => (p.applyTo === 'reset' ? 'reset' : p.name || p.number),
  },
  start(p, view) {
    const before = p.applyTo === 'current' ? view.call.traits.prefixes : []
    const prefixes =
      p.applyTo === 'reset' || (p.name === '' && p.number === '')
        ? before
        : [{ name: p.name, number: p.number }, ...before].slice(0, prefixesMax)
    return {
      kind: 'exit',
      exit: 'next',
      reason: `prefixes: ${prefixes.map((one) => one.name || one.number).join(' ')}`,
      traits: { prefixes },
    }
  },
  examples: [
    { says: 'The call goes on with the prefix.', params: { name: 'GEN' }, events: [], leavesBy: 'next' },
    { says: 'Nothing to put in front changes nothing.', params: {}, events: [], leavesBy: 'next' },
    { says: 'Prefixes are taken away.', params: { applyTo: 'reset' }, events: [], leavesBy: 'next' },
  ],
})
