import * as z from 'zod'
import { singletonId } from '../../model/document.ts'
import { ref } from '../../model/id.ts'
import type { User } from '../../model/user.ts'
import { classify } from '../../numbers/classify.ts'
import { isAllowed } from '../../restriction/restriction.ts'
import { type CallView, defineModule, exit, type Outcome, wait } from '../define-module.ts'
import { resolveDialled } from '../dialled.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'

/** Wrong PINs over all calls of an account that lock its DISA, and for how long: a thief who dials by machine learns nothing in years. */
export const disaFailuresMax = 9
export const disaLockMinutes = 30

/** Runs such as 123456 and 654321, and one digit over and over: what thieves try first. */
const isGuessable = (pin: string): boolean => {
  const steps = new Set(
    Array.from(pin)
      .slice(1)
      .map((digit, index) => Number(digit) - Number(pin[index])),
  )
  return steps.size === 1 && [0, 1, -1].includes([...steps][0] ?? 0)
}

const Params = z
  .object({
    pin: z
      .string('Give a PIN: without one anybody could call at your expense.')
      .regex(/^\d{6,15}$/, 'Use 6 to 15 digits: without a PIN anybody could call at your expense.')
      .refine((pin) => !isGuessable(pin), 'Choose a PIN that is harder to guess.')
      .meta({ title: 'PIN' }),
    /** In whose name calls are placed; absent: the account's. */
    userId: ref('user', 'Calls as').optional(),
    shows: z.enum(['account', 'caller']).default('account').meta({ title: 'Caller ID' }),
    /** Codes act on the user: there is no phone they could act on. */
    featureCodes: z.boolean().default(false).meta({ title: 'Feature codes' }),
    attempts: z.int().min(1).max(5).default(3).meta({ title: 'Attempts' }),
    /** 011 and the longest number there is. */
    digitsMax: z.int().min(3).max(32).default(18).meta({ title: 'At most', unit: 'digits' }),
    firstDigitMs: z.int().min(500).max(60_000).default(10_000).meta({ title: 'Wait for a key', unit: 'ms' }),
    nextDigitMs: z.int().min(500).max(10_000).default(3_000).meta({ title: 'Wait for the next key', unit: 'ms' }),
  })
  .refine((p) => !p.featureCodes || p.userId !== undefined, {
    path: ['userId'],
    message: 'Say whose settings feature codes change, or switch them off.',
  })
type Params = z.infer<typeof Params>

const Memo = z.object({ doing: z.enum(['pin', 'number', 'saying']), attempt: z.int() })
type Memo = z.infer<typeof Memo>
type Result = Outcome<Memo>

const account = { kind: 'account', id: singletonId } as const

const say = (prompt: string, ...before: CallCommandInput[]): Result =>
  wait({ doing: 'saying', attempt: 0 }, ...before, { type: 'play', parts: [{ prompt }] })

function ask(p: Params, doing: 'pin' | 'number', attempt: number, ...before: Speech[]): Result {
  const { firstDigitMs, nextDigitMs } = p
  const question: Speech = doing === 'pin' ? { prompt: 'disa-enter-pin' } : { tone: 'dial' }
  return wait(
    { doing, attempt },
    {
      type: 'gather',
      parts: [...before, question],
      digitsMax: doing === 'pin' ? 15 : p.digitsMax,
      firstDigitMs,
      nextDigitMs,
      ...(doing === 'pin' ? { secret: true } : {}),
    },
  )
}

const again = (p: Params, { doing, attempt }: Memo, ...why: string[]): Result =>
  attempt < p.attempts && doing !== 'saying'
    ? ask(p, doing, attempt + 1, ...why.map((prompt) => ({ prompt })))
    : say('disa-goodbye')

/** Commands that wait for nothing, in front of what comes next. */
const after = (outcome: Result, ...commands: readonly CallCommandInput[]): Result =>
  outcome.kind === 'wait' ? { ...outcome, commands: [...commands, ...outcome.commands] } : outcome

function isLocked(view: CallView): boolean {
  const { disaLockedUntil } = view.fact('account', singletonId)
  return disaLockedUntil !== undefined && Date.parse(disaLockedUntil) > Date.parse(view.at)
}

/** Failures are counted over all calls, also those of one moment: guessing costs a lock and tells people. */
function enterPin(p: Params, view: CallView, digits: string, memo: Memo): Result {
  if (isLocked(view)) return say('disa-locked')
  if (digits === '') return again(p, memo)
  const { disaFailures = 0 } = view.fact('account', singletonId)
  const forget: CallCommandInput[] =
    disaFailures === 0 ? [] : [{ type: 'change', fact: account, set: { disaFailures: 0 } }]
  if (digits === p.pin) return after(ask(p, 'number', 1), ...forget)
  if (disaFailures + 1 < disaFailuresMax)
    return after(again(p, memo, 'disa-wrong-pin'), {
      type: 'change',
      fact: account,
      set: {},
      add: { disaFailures: 1 },
    })
  const disaLockedUntil = new Date(Date.parse(view.at) + disaLockMinutes * 60_000).toISOString()
  return say(
    'disa-locked',
    { type: 'change', fact: account, set: { disaFailures: 0, disaLockedUntil } },
    {
      type: 'notify',
      what: 'alert',
      text: `DISA is locked for ${disaLockMinutes} minutes after ${disaFailuresMax} wrong PINs; the last caller was ${view.call.caller.number ?? 'anonymous'}, who dialled ${view.call.dialled}.`,
    },
  )
}

/** Why something dialled leads nowhere, as it is said; a call for help always leads on. */
function refusal(p: Params, view: CallView, user: User | undefined, digits: string): string | undefined {
  const found = resolveDialled(view, digits)
  switch (found.kind) {
    case 'nothing':
      return 'number-not-in-service'
    case 'feature-code':
      return p.featureCodes && found.code.enabled ? undefined : 'feature-not-available'
    case 'outside':
      return isAllowed(classify(found.number), { account: view.account, user }).allowed ? undefined : 'call-not-allowed'
    default:
      return undefined
  }
}

/** The named user, while there is one to call as; `gone` must not call as the account instead. */
function actor({ userId }: Params, view: CallView): User | undefined | 'gone' {
  if (userId === undefined) return undefined
  const user = view.find('user', userId)
  return user?.enabled === true ? user : 'gone'
}

function dial(p: Params, view: CallView, digits: string, memo: Memo): Result {
  const user = actor(p, view)
  if (user === 'gone') return say('feature-not-available')
  if (digits === '') return again(p, memo)
  const why = refusal(p, view, user, digits)
  if (why !== undefined) return again(p, memo, why)
  const actsAs = {
    ...(p.userId === undefined ? {} : { userId: p.userId }),
    shows: p.shows,
    featureCodes: p.featureCodes,
  }
  return { kind: 'jump', callflowId: `number:${digits}`, reason: `dials ${digits}`, traits: { actsAs } }
}

const pin = '738291'
const key = (digits: string) => ({ type: 'digits', digits }) as const
const failures = (value: Record<string, unknown>) => ({ key: { kind: 'account', id: singletonId } as const, value })
const bob = {
  'number-route/n1002': { number: '1002', callflowId: 'bob' },
  'callflow/bob': { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
} as const

export const disa = defineModule({
  type: 'disa',
  title: 'DISA',
  summary: 'Gives callers who know the PIN a dial tone, to call as if from inside.',
  params: Params,
  exits: ['next'],
  memo: Memo,
  answers: true,
  sendsOn: true,
  editor: { category: 'Advanced', icon: 'disa', caption: (p) => (p.featureCodes ? 'with feature codes' : '') },
  notes: (p) =>
    p.featureCodes
      ? [
          {
            field: 'featureCodes',
            message: "Whoever knows the PIN can forward the user's calls and hear the user's messages.",
          },
        ]
      : [],
  start(p, view) {
    if (actor(p, view) === 'gone') return say('feature-not-available')
    return isLocked(view) ? say('disa-locked') : ask(p, 'pin', 1)
  },
  resume(p, event, memo, view) {
    if (memo.doing === 'saying') return exit('next', 'not let through')
    if (event.type !== 'digits')
      return exit('next', event.type === 'failed' ? event.reason : `unexpected ${event.type}`)
    return memo.doing === 'pin' ? enterPin(p, view, event.digits, memo) : dial(p, view, event.digits, memo)
  },
  examples: [
    {
      says: 'A caller with the PIN hears a dial tone and calls an extension.',
      params: { pin },
      documents: bob,
      events: [key(pin), key('1002')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'hang-up'],
    },
    {
      says: 'A caller with the PIN calls outside.',
      params: { pin },
      events: [key(pin), key('2065550104')],
      leavesBy: 'waits',
      commands: ['gather', 'gather', 'ring'],
    },
    {
      says: 'Three wrong PINs are the end of it, and each is counted.',
      params: { pin },
      events: [key('111111'), key('222222'), key('333333'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'change', 'gather', 'change', 'gather', 'change', 'play'],
    },
    {
      says: 'The ninth wrong PIN over all calls locks it and tells people.',
      params: { pin },
      facts: [failures({ disaFailures: 8 })],
      events: [key('111111'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'change', 'notify', 'play'],
    },
    {
      says: 'While it is locked the right PIN opens nothing either.',
      params: { pin },
      facts: [failures({ disaLockedUntil: '2026-11-24T15:10:00Z' })],
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
    {
      says: 'A number nobody has is asked for again.',
      params: { pin },
      documents: bob,
      events: [key(pin), key('1999'), key('1002')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'gather', 'hang-up'],
    },
    {
      says: 'A silent caller is asked three times.',
      params: { pin },
      events: [key(''), key(''), key(''), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'gather', 'gather', 'play'],
    },
    {
      says: 'A user who is gone cannot be called as.',
      params: { pin, userId: 'gone' },
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
  ],
})
