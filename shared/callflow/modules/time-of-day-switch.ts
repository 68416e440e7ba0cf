import * as z from 'zod'
import { Id } from '../../model/id.ts'
import { defineModule, exit, type Outcome, wait } from '../define-module.ts'
import type { CallCommandInput } from '../vocabulary.ts'

const Action = z.enum(['on', 'off', 'reset'])
type Action = z.infer<typeof Action>

const Params = z.object({
  schedules: z
    .array(Id.meta({ picker: 'schedule' }))
    .max(50)
    .default([])
    .meta({ title: 'Schedules' }),
  /** `ask`: the caller chooses by key. */
  action: z
    .enum([...Action.options, 'ask'])
    .default('ask')
    .meta({ title: 'What to do' }),
})
type Params = z.infer<typeof Params>

const Memo = z.object({ doing: z.enum(['asking', 'saying']), attempt: z.int() })
type Memo = z.infer<typeof Memo>

/** Times a caller is asked. */
const attemptsMax = 3
const actions: Readonly<Record<string, Action>> = { 1: 'on', 2: 'off', 3: 'reset' }

const ask = (attempt: number): Outcome<Memo> =>
  wait(
    { doing: 'asking', attempt },
    {
      type: 'gather',
      parts: [{ prompt: 'schedule-menu' }],
      digitsMax: 1,
      firstDigitMs: 8_000,
      nextDigitMs: 1_000,
      terminator: '',
    },
  )

/** Forces the schedules and says so. A live fact: it stands over what is saved until it is reset. */
const force = (p: Params, action: Action): Outcome<Memo> =>
  wait(
    { doing: 'saying', attempt: 1 },
    ...p.schedules.map(
      (id): CallCommandInput => ({
        type: 'change',
        fact: { kind: 'schedule', id },
        set: { forced: action === 'reset' ? 'by-time' : action },
      }),
    ),
    { type: 'play', parts: [{ prompt: `schedule-${action}` }] },
  )

const key = (digits: string) => ({ type: 'digits', digits }) as const
const lunch = { schedules: ['open', 'lunch'] }

export const timeOfDaySwitch = defineModule({
  type: 'time-of-day-switch',
  title: 'Switch Time of Day',
  summary: 'Forces schedules on or off by phone, or lets the clock decide again.',
  params: Params,
  exits: ['next'],
  memo: Memo,
  answers: true,
  editor: { category: 'Time of Day', icon: 'clock-switch', caption: (p) => `${p.schedules.length} schedules` },

  start(p) {
    if (p.schedules.length === 0) return exit('next', 'no schedule chosen')
    return p.action === 'ask' ? ask(1) : force(p, p.action)
  },
  resume(p, event, memo) {
    if (memo.doing === 'saying') return exit('next')
    if (event.type !== 'digits' || event.digits === '') return exit('next', 'nothing was chosen')
    const action = actions[event.digits]
    if (action !== undefined) return force(p, action)
    return memo.attempt < attemptsMax ? ask(memo.attempt + 1) : exit('next', 'nothing was chosen')
  },

  examples: [
    {
      says: 'R-201: schedules are forced on by phone.',
      params: { ...lunch, action: 'on' },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'change', 'play'],
    },
    {
      says: 'R-201: schedules are forced off by phone.',
      params: { ...lunch, action: 'off' },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'change', 'play'],
    },
    {
      says: 'R-201: the clock decides again.',
      params: { ...lunch, action: 'reset' },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'change', 'play'],
    },
    {
      says: 'A caller chooses what to do; a wrong key is asked again.',
      params: lunch,
      events: [key('7'), key('2'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'gather', 'change', 'change', 'play'],
    },
    {
      says: 'A caller who chooses nothing changes nothing.',
      params: lunch,
      events: [key('')],
      leavesBy: 'next',
      commands: ['gather'],
    },
    { says: 'Without a schedule there is nothing to do.', params: {}, events: [], leavesBy: 'next' },
  ],
})
