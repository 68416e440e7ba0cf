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
  /** `$name` stands for the value of another variable: one of this node, or one set before, such as digits that were keyed in. */
  value: z.string().max(256).meta({ title: 'Value' }),
})
type Variable = z.infer<typeof Variable>

const reference = /^\$([A-Za-z][A-Za-z0-9_-]{0,63})$/

/** The value of a row, through other rows and variables set before. Nothing where it comes back to itself or leads to nothing. */
function resolvedValue(
  { name, value }: Pick<Variable, 'name' | 'value'>,
  rows: ReadonlyMap<string, Variable>,
  before: Readonly<Record<string, { readonly value: string }>>,
  passed: ReadonlySet<string> = new Set(),
): string | undefined {
  const other = reference.exec(value)?.[1]
  if (other === undefined) return value
  if (other === name || passed.has(other)) return undefined
  const row = rows.get(other)
  return row === undefined ? before[other]?.value : resolvedValue(row, rows, before, new Set([...passed, name, other]))
}

export const setVariables = defineModule({
  type: 'set-variables',
  title: 'Callflow Variables',
  summary: 'Gives variables values that later modules use by their Route Variable.',
  params: z.object({ variables: z.array(Variable).max(20).default([]).meta({ title: 'Variables' }) }),
  exits: ['next'],
  answers: false,
  editor: { category: 'Advanced', icon: 'variables', caption: (p) => p.variables.map(({ name }) => name).join(', ') },
  start(p, view) {
    const before = view.call.traits.variables
    const rows = new Map(p.variables.map((row) => [row.name, row]))
    const values = [...rows.values()].map((row) => ({ ...row, value: resolvedValue(row, rows, before) }))
    const set = values.flatMap(({ name, type, value }) =>
      value === undefined ? [] : [[name, { type, value }] as const],
    )
    const dangling = values.flatMap(({ name, value }) => (value === undefined ? [name] : []))
    const all = Object.entries({ ...before, ...Object.fromEntries(set) })
    const reason = dangling.length === 0 ? undefined : `refers to nothing: ${dangling.join(', ')}`.slice(0, 200)
    // The newest are kept: a flow that sets more than anybody reads should not lose what it has just set.
    return { ...exit('next', reason), traits: { variables: Object.fromEntries(all.slice(-callBounds.variables)) } }
  },
  examples: [
    {
      says: 'The call goes on with the variable.',
      params: { variables: [{ name: 'who', type: 'user', value: 'alex' }] },
      events: [],
      leavesBy: 'next',
    },
    {
      says: 'R-091: a value that refers to no variable is left out, with a reason.',
      params: { variables: [{ name: 'who', type: 'user', value: '$nobody' }] },
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
