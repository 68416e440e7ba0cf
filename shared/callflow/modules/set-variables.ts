import * as z from 'zod'
import { callBounds } from '../call-state.ts'
import { defineModule, exit } from '../define-module.ts'
import { VariableName } from '../route-variable.ts'

/** What a variable may name. `custom` is text that no module of ours reads. */
const VariableType = z.enum([
  'user',
  'device',
  'callflow',
  'voicemail-box',
  'menu',
  'media',
  'directory',
  'group',
  'ring-group',
  'conference',
  'fax-box',
  'queue',
  'custom',
])

const Variable = z.object({
  name: VariableName.meta({ title: 'Name' }),
  type: VariableType.meta({ title: 'Type' }),
  value: z.string().max(256).meta({ title: 'Value' }),
})

export const setVariables = defineModule({
  type: 'set-variables',
  title: 'Callflow Variables',
  summary: 'Gives variables values that later modules use by their Route Variable.',
  params: z.object({ variables: z.array(Variable).max(20).default([]).meta({ title: 'Variables' }) }),
  exits: ['next'],
  answers: false,
  editor: { category: 'Advanced', icon: 'variables', caption: (p) => p.variables.map(({ name }) => name).join(', ') },
  start(p, view) {
    const set = p.variables.map(({ name, type, value }) => [name, { type, value }] as const)
    const all = Object.entries({ ...view.call.traits.variables, ...Object.fromEntries(set) })
    // The newest are kept: a flow that sets more than anybody reads should not lose what it has just set.
    return { ...exit('next'), traits: { variables: Object.fromEntries(all.slice(-callBounds.variables)) } }
  },
  examples: [
    {
      says: 'The call goes on with the variable.',
      params: { variables: [{ name: 'who', type: 'user', value: 'alex' }] },
      events: [],
      leavesBy: 'next',
    },
    { says: 'Nothing to set changes nothing.', params: {}, events: [], leavesBy: 'next' },
    {
      says: 'A variable may hold text that no module reads.',
      params: { variables: [{ name: 'campaign', type: 'custom', value: 'spring sale' }] },
      events: [],
      leavesBy: 'next',
    },
  ],
})
