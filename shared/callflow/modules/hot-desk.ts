import * as z from 'zod'
import { Id } from '../../model/id.ts'
import type { User } from '../../model/user.ts'
import { type CallView, defineModule, exit, type Outcome, wait } from '../define-module.ts'
import type { CallCommandInput, FactKey, Speech } from '../vocabulary.ts'

const Params = z.object({
  action: z.enum(['in', 'out', 'toggle']).default('toggle').meta({ title: 'Action' }),
})

const Memo = z.object({
  doing: z.enum(['asking-who', 'asking-pin', 'saying']),
  attempt: z.int(),
  userId: Id.optional(),
})
type Memo = z.infer<typeof Memo>
type Result = Outcome<Memo>

/** Wrong entries in one call, and places one person may be logged in at. */
const attemptsMax = 3
const devicesMax = 10

const say = (prompt: string): CallCommandInput => ({ type: 'play', parts: [{ prompt }] })
const done = (prompt: string, ...changes: CallCommandInput[]): Result =>
  wait({ doing: 'saying', attempt: 0 }, ...changes, say(prompt))

const ask = (doing: 'asking-who' | 'asking-pin', attempt: number, userId?: string, ...before: Speech[]): Result =>
  wait(
    { doing, attempt, ...(userId === undefined ? {} : { userId }) },
    {
      type: 'gather',
      parts: [...before, { prompt: doing === 'asking-who' ? 'hotdesk-enter-extension' : 'hotdesk-enter-pin' }],
      digitsMax: 15,
      firstDigitMs: 8_000,
      nextDigitMs: 3_000,
      ...(doing === 'asking-pin' ? { secret: true } : {}),
    },
  )

const change = (kind: 'user' | 'device', id: string, set: Record<string, readonly string[]>): CallCommandInput => ({
  type: 'change',
  fact: { kind, id },
  set,
})

const without = (ids: readonly string[] | undefined, gone: string): string[] => (ids ?? []).filter((id) => id !== gone)

/** Everybody who is logged in at a device leaves it. */
function leaving(view: CallView, deviceId: string): CallCommandInput[] {
  const guests = view.fact('device', deviceId).hotDeskUserIds ?? []
  view.facts(guests.map((id): FactKey => ({ kind: 'user', id })))
  return guests.map((id) =>
    change('user', id, { hotDeskDeviceIds: without(view.fact('user', id).hotDeskDeviceIds, deviceId) }),
  )
}

/** Takes the phone: whoever was there leaves it, and the person leaves other phones unless they want to stay logged in there. */
function logIn(view: CallView, user: User, deviceId: string): Result {
  view.facts([
    { kind: 'user', id: user.id },
    { kind: 'device', id: deviceId },
  ])
  const elsewhere = without(view.fact('user', user.id).hotDeskDeviceIds, deviceId)
  const kept = user.hotDesk.keepLoggedInElsewhere ? elsewhere : []
  const left = user.hotDesk.keepLoggedInElsewhere ? [] : elsewhere
  view.facts(left.map((id): FactKey => ({ kind: 'device', id })))
  const others = leaving(view, deviceId).filter((one) => one.type !== 'change' || one.fact.id !== user.id)
  return done(
    'hotdesk-logged-in',
    ...others,
    ...left.map((id) =>
      change('device', id, { hotDeskUserIds: without(view.fact('device', id).hotDeskUserIds, user.id) }),
    ),
    change('device', deviceId, { hotDeskUserIds: [user.id] }),
    change('user', user.id, { hotDeskDeviceIds: [deviceId, ...kept].slice(0, devicesMax) }),
  )
}

const logOut = (view: CallView, deviceId: string): Result =>
  done('hotdesk-logged-out', ...leaving(view, deviceId), change('device', deviceId, { hotDeskUserIds: [] }))

/** Whose extension was keyed in, if they use hot desks. */
function personAt(view: CallView, digits: string): User | undefined {
  const extension = /^\d{2,7}$/.test(digits) ? view.find('extension', digits) : undefined
  const user = extension === undefined ? undefined : view.find('user', extension.userId)
  return user?.enabled === true && user.hotDesk.enabled ? user : undefined
}

const again = (memo: Memo): Result =>
  memo.attempt < attemptsMax && memo.doing !== 'saying'
    ? ask(memo.doing, memo.attempt + 1, memo.userId, { prompt: 'hotdesk-invalid' })
    : done('hotdesk-invalid')

function who(view: CallView, digits: string, memo: Memo, deviceId: string): Result {
  const user = personAt(view, digits)
  if (user === undefined) return again(memo)
  return user.hotDesk.requirePin || user.hotDesk.pin !== undefined
    ? ask('asking-pin', 1, user.id)
    : logIn(view, user, deviceId)
}

function pin(view: CallView, digits: string, memo: Memo, deviceId: string): Result {
  const user = memo.userId === undefined ? undefined : view.find('user', memo.userId)
  if (user === undefined) return done('hotdesk-invalid')
  // Who must give a PIN and has none cannot be let in.
  return user.hotDesk.pin !== undefined && digits === user.hotDesk.pin ? logIn(view, user, deviceId) : again(memo)
}

const key = (digits: string) => ({ type: 'digits', digits }) as const
const lobby = {
  'device/lobby': { type: 'sip-phone', name: 'Lobby', username: 'lobby' },
  'extension/1001': { number: '1001', userId: 'alex', deviceId: 'desk', voicemailBoxId: 'box', callflowId: 'flow' },
  'user/alex': { firstName: 'Alex', hotDesk: { enabled: true, pin: '4711' } },
} as const
const fromLobby = { origin: { kind: 'device', deviceId: 'lobby' } } as const

export const hotDesk = defineModule({
  type: 'hot-desk',
  title: 'Hot Desk',
  summary: 'Logs a person in at the phone they call from, or out.',
  params: Params,
  exits: ['next'],
  memo: Memo,
  answers: true,
  editor: { category: 'Advanced', icon: 'hot-desk', caption: (p) => p.action },
  start(p, view) {
    const device = view.callingDevice
    if (device === undefined) return done('feature-not-available')
    const isTaken = p.action !== 'in' && (view.fact('device', device.id).hotDeskUserIds ?? []).length > 0
    return p.action === 'out' || (p.action === 'toggle' && isTaken) ? logOut(view, device.id) : ask('asking-who', 1)
  },
  resume(_, event, memo, view) {
    const device = view.callingDevice
    if (memo.doing === 'saying' || device === undefined) return exit('next')
    const digits = event.type === 'digits' ? event.digits : ''
    if (digits === '') return exit('next', 'nothing was keyed in')
    return memo.doing === 'asking-who' ? who(view, digits, memo, device.id) : pin(view, digits, memo, device.id)
  },
  examples: [
    {
      says: 'R-160: a person logs in by extension and PIN.',
      params: { action: 'in' },
      documents: lobby,
      arrived: fromLobby,
      events: [key('1001'), key('4711'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'gather', 'change', 'change', 'play'],
    },
    {
      says: 'R-160: whoever is logged in is logged out.',
      params: { action: 'toggle' },
      documents: lobby,
      facts: [{ key: { kind: 'device', id: 'lobby' }, value: { hotDeskUserIds: ['alex'] } }],
      arrived: fromLobby,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'change', 'play'],
    },
    {
      says: 'Three wrong PINs are the end of it.',
      params: { action: 'in' },
      documents: lobby,
      arrived: fromLobby,
      events: [key('1001'), key('1'), key('2'), key('3'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'gather', 'gather', 'gather', 'play'],
    },
    {
      says: 'Nobody by that extension is asked for again.',
      params: { action: 'in' },
      documents: lobby,
      arrived: fromLobby,
      events: [key('1099'), key('')],
      leavesBy: 'next',
      commands: ['gather', 'gather'],
    },
    {
      says: 'A caller from outside has no phone to log in at.',
      params: {},
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
  ],
})
