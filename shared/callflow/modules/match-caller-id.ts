import * as z from 'zod'
import { callerPatternMax, comparable, lintCallerPattern } from '../../caller-id/number-pattern.ts'
import { compilePattern } from '../../numbers/pattern.ts'
import { type CallView, defineModule, exit } from '../define-module.ts'
import { callableIdentity } from '../ringing.ts'

/** Numbers without a plus are read as people in North America write them; the list has no country of its own. */
const listCountry = 'US'

const Pattern = z
  .string()
  .max(callerPatternMax)
  .default('')
  .superRefine((pattern, ctx) => {
    const compiled = pattern === '' ? undefined : compilePattern(pattern, callerPatternMax)
    if (compiled !== undefined && 'problem' in compiled) ctx.addIssue({ code: 'custom', message: compiled.problem })
  })

const Params = z.object({
  /** Searched in the caller's number without +1. The exact form of a list is shown as the list. */
  pattern: Pattern.meta({ title: 'Numbers' }),
  /** callers who show no number match nothing else. */
  anonymous: z.boolean().default(false).meta({ title: 'Callers without a number match' }),
})

/** The number a list is compared with; nothing for callers who show none. */
function callerNumber(view: CallView): string | undefined {
  const { origin, caller } = view.call
  const number = origin.kind !== 'trunk' ? callableIdentity(view).number : caller.anonymous ? undefined : caller.number
  return number === undefined ? undefined : comparable(number, view.account.country)
}

function isMatch({ pattern, anonymous }: z.infer<typeof Params>, number: string | undefined): boolean {
  if (number === undefined) return anonymous
  const compiled = pattern === '' ? undefined : compilePattern(pattern, callerPatternMax)
  return compiled !== undefined && !('problem' in compiled) && compiled.test(number)
}

const guide = { pattern: String.raw`\b604123456|778123456\b` }
const from = (number?: string) =>
  number === undefined ? { caller: { anonymous: true } } : { caller: { number, anonymous: false } }

export const matchCallerId = defineModule({
  type: 'match-caller-id',
  title: 'Match Caller ID',
  summary: "Goes one way for callers whose number is on a list, another for everybody else's.",
  params: Params,
  exits: ['match', 'no-match'],
  answers: false,
  editor: { category: 'Caller ID', icon: 'caller-id', caption: (p) => p.pattern.slice(0, 40) },
  notes: ({ pattern }) =>
    lintCallerPattern(pattern, listCountry).map(({ message, fix }) => ({
      field: 'pattern',
      message: fix === undefined ? message : `${message} The exact form is ${fix.slice(0, 200)}`,
    })),
  start(p, view) {
    const number = callerNumber(view)
    return exit(isMatch(p, number) ? 'match' : 'no-match', number === undefined ? 'no number was shown' : undefined)
  },
  examples: [
    {
      says: "R-097: the guide's own list matches its first number, as it was typed.",
      params: guide,
      arrived: from('604123456'),
      events: [],
      leavesBy: 'match',
    },
    {
      says: "R-097: the guide's own list matches its second number.",
      params: guide,
      arrived: from('778123456'),
      events: [],
      leavesBy: 'match',
    },
    {
      says: "R-097: a number that is not on the guide's list does not match.",
      params: guide,
      arrived: from('250123456'),
      events: [],
      leavesBy: 'no-match',
    },
    {
      says: 'R-094: the number is compared without +1.',
      params: { pattern: String.raw`\b(?:6041234567)\b` },
      arrived: from('+16041234567'),
      events: [],
      leavesBy: 'match',
    },
    {
      says: 'R-101: a caller without a number does not match.',
      params: guide,
      arrived: from(),
      events: [],
      leavesBy: 'no-match',
    },
    {
      says: 'R-101: unless callers without one are said to match.',
      params: { ...guide, anonymous: true },
      arrived: from(),
      events: [],
      leavesBy: 'match',
    },
    { says: 'An empty list matches nobody.', params: {}, events: [], leavesBy: 'no-match' },
  ],
})
