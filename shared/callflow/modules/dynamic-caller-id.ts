import * as z from 'zod'
import { CallerIdentity } from '../../model/caller-id.ts'
import { isPublic, normaliseNumber } from '../../numbers/normalise.ts'
import { type CallView, defineModule, type Outcome, wait } from '../define-module.ts'
import type { Speech } from '../vocabulary.ts'

const Params = z.object({
  attempts: z.int().min(1).max(5).default(1).meta({ title: 'Attempts' }),
  /** Shown where nothing fit was keyed in; absent: what would have been shown anyhow. */
  otherwise: CallerIdentity.default({}).meta({ title: 'Otherwise' }),
})
type Params = z.infer<typeof Params>

const Memo = z.object({ doing: z.enum(['asking', 'saying']), attempt: z.int() })
type Memo = z.infer<typeof Memo>

const ask = (attempt: number, ...before: Speech[]): Outcome<Memo> =>
  wait(
    { doing: 'asking', attempt },
    {
      type: 'gather',
      parts: [...before, { prompt: 'caller-id-enter' }],
      digitsMax: 15,
      firstDigitMs: 8_000,
      nextDigitMs: 3_000,
    },
  )

/** A number of the account, as it is shown; carriers and the law take no other. */
function ownNumber(view: CallView, digits: string): string | undefined {
  const number = normaliseNumber(digits, view.account.country)
  return isPublic(number) && view.find('phone-number', number.slice(1)) !== undefined ? number : undefined
}

const show = (number: string | undefined, { otherwise }: Params): Outcome<never> => {
  const callerId = number === undefined ? otherwise : { number }
  const traits = callerId.name === undefined && callerId.number === undefined ? {} : { callerId }
  return { kind: 'exit', exit: 'next', reason: number === undefined ? 'as otherwise' : `shown as ${number}`, traits }
}

const key = (digits: string) => ({ type: 'digits', digits }) as const
const owned = { 'phone-number/16045550142': { number: '+16045550142' } } as const

export const dynamicCallerId = defineModule({
  type: 'dynamic-caller-id',
  title: 'Dynamic Caller ID',
  summary: 'Asks which number of the account the call should show.',
  params: Params,
  exits: ['next'],
  memo: Memo,
  answers: true,
  editor: { category: 'Caller ID', icon: 'caller-id-dynamic' },
  start: () => ask(1),
  resume(p, event, { doing, attempt }, view) {
    if (doing === 'saying' || event.type === 'failed') return show(undefined, p)
    const digits = event.type === 'digits' ? event.digits : ''
    const number = ownNumber(view, digits)
    if (number !== undefined) return show(number, p)
    const refused: Speech = { prompt: 'caller-id-not-yours' }
    if (attempt < p.attempts) return ask(attempt + 1, refused)
    return wait({ doing: 'saying', attempt }, { type: 'play', parts: [refused] })
  },
  examples: [
    {
      says: 'A number of the account is shown from here on.',
      params: {},
      documents: owned,
      events: [key('6045550142')],
      leavesBy: 'next',
      commands: ['gather'],
    },
    {
      says: "A number of somebody else's is refused, and the usual one shown.",
      params: {},
      documents: owned,
      events: [key('2065550199'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'play'],
    },
    {
      says: 'It is asked for as often as was said.',
      params: { attempts: 2 },
      documents: owned,
      events: [key('1'), key('16045550142')],
      leavesBy: 'next',
      commands: ['gather', 'gather'],
    },
    {
      says: 'A question that cannot be asked changes nothing.',
      params: {},
      events: [{ type: 'failed', command: 'gather', reason: 'unreadable' }],
      leavesBy: 'next',
    },
  ],
})
