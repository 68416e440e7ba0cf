import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { callBounds } from '../call-state.ts'
import { type CallView, defineModule, exit, type Outcome, wait } from '../define-module.ts'
import { VariableName } from '../route-variable.ts'
import type { Speech } from '../vocabulary.ts'

const Params = z
  .object({
    mediaId: ref('media', 'Question').optional(),
    digitsMin: z.int().min(1).max(32).default(1).meta({ title: 'At least', unit: 'digits' }),
    digitsMax: z.int().min(1).max(32).default(1).meta({ title: 'At most', unit: 'digits' }),
    firstDigitMs: z.int().min(500).max(60_000).default(5_000).meta({ title: 'Wait for a key', unit: 'ms' }),
    nextDigitMs: z.int().min(500).max(10_000).default(3_000).meta({ title: 'Wait for the next key', unit: 'ms' }),
    attempts: z.int().min(1).max(5).default(1).meta({ title: 'Attempts' }),
    /** A variable that later modules, such as Branch on Variable, read. */
    variable: VariableName.default('digits').meta({ title: 'Keep in variable' }),
  })
  .refine((p) => p.digitsMin <= p.digitsMax, { path: ['digitsMax'], message: 'Take at least as many as at least.' })
type Params = z.infer<typeof Params>

const Memo = z.object({ attempt: z.int() })

function ask(p: Params, view: CallView, attempt: number): Outcome<z.infer<typeof Memo>> {
  const isThere = p.mediaId !== undefined && view.find('media', p.mediaId) !== undefined
  const parts: Speech[] = isThere && p.mediaId !== undefined ? [{ media: p.mediaId }] : []
  const { digitsMin, digitsMax, firstDigitMs, nextDigitMs } = p
  return wait({ attempt }, { type: 'gather', parts, digitsMin, digitsMax, firstDigitMs, nextDigitMs })
}

function keep({ variable }: Params, view: CallView, value: string): Outcome<never> {
  const all = Object.entries({ ...view.call.traits.variables, [variable]: { type: 'custom', value } })
  return { kind: 'exit', exit: 'next', traits: { variables: Object.fromEntries(all.slice(-callBounds.variables)) } }
}

const key = (digits: string) => ({ type: 'digits', digits }) as const

export const collectDigits = defineModule({
  type: 'collect-digits',
  title: 'Collect Digits',
  summary: 'Asks the caller for digits and keeps them in a variable.',
  params: Params,
  exits: ['no-digits', 'next'],
  memo: Memo,
  answers: true,
  editor: { category: 'Advanced', icon: 'keypad', caption: (p) => p.variable },
  start: (p, view) => ask(p, view, 1),
  resume(p, event, { attempt }, view) {
    if (event.type === 'failed') return exit('no-digits', event.reason)
    const digits = event.type === 'digits' ? event.digits.slice(0, p.digitsMax) : ''
    if (digits.length >= p.digitsMin) return keep(p, view, digits)
    return attempt < p.attempts ? ask(p, view, attempt + 1) : exit('no-digits', 'nothing was keyed in')
  },
  examples: [
    {
      says: 'What was keyed in is kept, and the next module has its turn.',
      params: { digitsMax: 4 },
      events: [key('4711')],
      leavesBy: 'next',
      commands: ['gather'],
    },
    {
      says: 'A caller who keys in nothing leaves by no-digits.',
      params: {},
      events: [key('')],
      leavesBy: 'no-digits',
    },
    {
      says: 'Too few digits are asked for again.',
      params: { digitsMin: 4, digitsMax: 4, attempts: 2 },
      events: [key('47'), key('4711')],
      leavesBy: 'next',
      commands: ['gather', 'gather'],
    },
    {
      says: 'A question that cannot be asked leaves by no-digits.',
      params: {},
      events: [{ type: 'failed', command: 'gather', reason: 'unreadable' }],
      leavesBy: 'no-digits',
    },
  ],
})
