import * as z from 'zod'
import { defineModule, exit, jump, wait } from '../define-module.ts'

const saying = (prompt: string) => wait('saying' as const, { type: 'play', parts: [{ prompt }] })

const desk = {
  'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
  'user/alex': { firstName: 'Alex' },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const
const called = { key: { kind: 'user', id: 'alex' }, value: { lastCaller: '1002' } } as const
const key = (digits: string) => ({ type: 'digits', digits }) as const

export const callReturn = defineModule({
  type: 'call-return',
  title: 'Call Return',
  summary: 'Says who called last, and calls back at a key.',
  params: z.object({}),
  exits: ['next'],
  memo: z.enum(['asking', 'saying']),
  answers: true,
  editor: { category: 'Advanced', icon: 'call-return' },
  start(_, view) {
    const user = view.callingUser
    if (user === undefined) return saying('feature-not-available')
    const { lastCaller } = view.fact('user', user.id)
    if (lastCaller === undefined) return saying('call-return-nobody')
    return wait('asking', {
      type: 'gather',
      parts: [{ prompt: 'call-return-last' }, { digits: lastCaller }, { prompt: 'call-return-press-1' }],
      digitsMax: 1,
      firstDigitMs: 8_000,
      nextDigitMs: 1_000,
      terminator: '',
    })
  },
  resume(_, event, memo, view) {
    if (memo === 'saying' || event.type !== 'digits' || event.digits !== '1') return exit('next')
    const user = view.callingUser
    const number = user === undefined ? undefined : view.fact('user', user.id).lastCaller
    return number === undefined ? exit('next') : jump(`number:${number}`, `calls ${number} back`)
  },
  examples: [
    {
      says: 'Who called last is said, and called at key 1.',
      params: {},
      documents: {
        ...desk,
        'number-route/n1002': { number: '1002', callflowId: 'bob' },
        'callflow/bob': { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
      },
      facts: [called],
      arrived: fromDesk,
      events: [key('1')],
      leavesBy: 'ends',
      commands: ['gather', 'hang-up'],
    },
    {
      says: 'Another key calls nobody.',
      params: {},
      documents: desk,
      facts: [called],
      arrived: fromDesk,
      events: [key('2')],
      leavesBy: 'next',
      commands: ['gather'],
    },
    {
      says: 'Somebody whom nobody called is told so.',
      params: {},
      documents: desk,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
    {
      says: 'A caller from outside has nobody to call back.',
      params: {},
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
  ],
})
