import * as z from 'zod'
import { comparable } from '../../caller-id/number-pattern.ts'
import { type CallView, defineModule, exit } from '../define-module.ts'
import { VariableName } from '../route-variable.ts'

/** The way out when nothing fits. */
const otherwise = 'other'

const Branch = z.object({
  exit: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Use lower-case letters, digits or -.')
    .meta({ title: 'Branch' }),
  is: z.enum(['equal', 'different', 'starts-with', 'less', 'more']).default('equal').meta({ title: 'When it is' }),
  value: z.string().max(256).default('').meta({ title: 'Value' }),
})
type Branch = z.infer<typeof Branch>

const Params = z.object({
  /** Numbers are compared without +1. */
  of: z.enum(['variable', 'caller-number', 'dialled-number']).default('variable').meta({ title: 'Look at' }),
  variable: VariableName.default('digits').meta({ title: 'Variable' }),
  branches: z.array(Branch).max(50).default([]).meta({ title: 'Branches' }),
})
type Params = z.infer<typeof Params>

function textOf(p: Params, view: CallView): string | undefined {
  const { traits, caller, dialled } = view.call
  if (p.of === 'variable') return traits.variables[p.variable]?.value
  const number = p.of === 'dialled-number' ? dialled : caller.anonymous ? undefined : caller.number
  return number === undefined ? undefined : comparable(number, view.account.country)
}

const areNumbers = (...texts: readonly string[]): boolean => texts.every((text) => /^\d{1,15}$/.test(text))

/** Numbers are compared as numbers, all else as text; what is no number is neither less nor more than one. */
function fits({ is, value }: Branch, text: string): boolean {
  switch (is) {
    case 'equal':
      return text === value
    case 'different':
      return text !== value
    case 'starts-with':
      return text.startsWith(value)
    case 'less':
      return areNumbers(text, value) && Number(text) < Number(value)
    case 'more':
      return areNumbers(text, value) && Number(text) > Number(value)
  }
}

const to = (exitName: string, value: string, is = 'equal') => ({ exit: exitName, value, is })
const byCaller = { of: 'caller-number', branches: [to('seattle', '206', 'starts-with'), to('area', '4255550163')] }

export const branch = defineModule({
  type: 'branch',
  title: 'Branch on Variable',
  summary: "Goes different ways by a variable, the caller's number or the number that was dialed.",
  params: Params,
  exits: (p) => [...new Set([...p.branches.map((one) => one.exit), otherwise])],
  answers: false,
  editor: { category: 'Advanced', icon: 'branch', caption: (p) => (p.of === 'variable' ? p.variable : p.of) },
  start(p, view) {
    const text = textOf(p, view)
    if (text === undefined) return exit(otherwise, p.of === 'variable' ? `variable ${p.variable} not set` : 'no number')
    const found = p.branches.find((one) => fits(one, text))
    return exit(found?.exit ?? otherwise)
  },
  examples: [
    {
      says: "The first branch that fits the caller's number is taken.",
      params: byCaller,
      events: [],
      leavesBy: 'area',
    },
    {
      says: 'What fits no branch takes the other way.',
      params: byCaller,
      arrived: { caller: { number: '+16045550199', anonymous: false } },
      events: [],
      leavesBy: 'other',
    },
    {
      says: 'R-091: a variable that is not set takes the other way.',
      params: { branches: [to('one', '1'), to('rest', '1', 'different')] },
      events: [],
      leavesBy: 'other',
    },
    {
      says: 'The number that was dialed decides.',
      params: { of: 'dialled-number', branches: [to('low', '5000', 'less'), to('high', '4999', 'more')] },
      events: [],
      leavesBy: 'high',
    },
    {
      says: 'A caller without a number takes the other way.',
      params: byCaller,
      arrived: { caller: { anonymous: true } },
      events: [],
      leavesBy: 'other',
    },
  ],
})
