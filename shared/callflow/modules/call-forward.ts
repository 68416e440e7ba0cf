import * as z from 'zod'
import { CallForward } from '../../model/call-forward.ts'
import { classify } from '../../numbers/classify.ts'
import { normaliseNumber } from '../../numbers/normalise.ts'
import { isAllowed } from '../../restriction/restriction.ts'
import { type CallView, defineModule, exit, type Outcome, wait } from '../define-module.ts'
import { resolveNumber } from '../dialled.ts'
import { type OwnEndpoint, ownEndpoint } from '../own-endpoint.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'

const Params = z.object({
  /** `update` stores another number and leaves the forward on or off as it is. */
  action: z.enum(['on', 'off', 'toggle', 'update']).default('toggle').meta({ title: 'Action' }),
  /** Besides all calls: those a user is too busy for, those that nobody takes, those that come while no phone is on line. */
  when: z.enum(['always', 'busy', 'unanswered', 'unregistered']).default('always').meta({ title: 'Which calls' }),
  /** Set by the feature code: *72 and the number. */
  digits: z.string().max(36).optional(),
})
type Params = z.infer<typeof Params>

const Memo = z.object({ doing: z.enum(['asking', 'saying']), attempt: z.int() })
type Memo = z.infer<typeof Memo>

/** Times the number is asked for, and what is taken for one. */
const attemptsMax = 3
const digitsMin = 2
const digitsMax = 20
const firstDigitMs = 8_000

/** What each kind of forward is called among live facts, and what is said of it. */
const kinds = {
  always: { field: 'forward', on: 'forward-on', off: 'forward-off' },
  busy: { field: 'forwardBusy', on: 'forward-on-busy', off: 'forward-off-busy' },
  unanswered: { field: 'forwardUnanswered', on: 'forward-on-unanswered', off: 'forward-off-unanswered' },
  unregistered: { field: 'forwardUnregistered', on: 'forward-on-unregistered', off: 'forward-off-unregistered' },
} as const

interface Stored {
  readonly enabled: boolean
  readonly number?: string | undefined
}

/** What is set now: by phone, else as saved. */
function storedOf(view: CallView, { when }: Params, own: OwnEndpoint): Stored {
  const { kind, id, document } = own
  if (when !== 'always') return { enabled: false, ...(kind === 'user' ? view.fact(kind, id)[kinds[when].field] : {}) }
  const saved = 'callForward' in document ? document.callForward : CallForward.parse({})
  return { ...saved, ...view.fact(kind, id).forward }
}

const say = (...parts: Speech[]): CallCommandInput => ({ type: 'play', parts })
const saying: Memo = { doing: 'saying', attempt: 0 }

function set(p: Params, { kind, id }: OwnEndpoint, { enabled, number }: Stored, ...parts: Speech[]): Outcome<Memo> {
  const forward = { enabled, ...(number === undefined ? {} : { number }) }
  return wait(saying, { type: 'change', fact: { kind, id }, set: { [kinds[p.when].field]: forward } }, say(...parts))
}

const askFor = (attempt: number, ...before: Speech[]): Outcome<Memo> =>
  wait(
    { doing: 'asking', attempt },
    {
      type: 'gather',
      parts: [...before, { prompt: 'forward-enter-number' }],
      digitsMin,
      digitsMax,
      firstDigitMs,
      nextDigitMs: 3_000,
    },
  )

const switchOn = (p: Params, own: OwnEndpoint, number: string): Outcome<Memo> =>
  set(p, own, { enabled: true, number }, { prompt: kinds[p.when].on }, { digits: number })

/** Help is no place to forward to, nor is what the caller may not call; a callflow of the account is. */
function isPlace(view: CallView, digits: string): boolean {
  const what = resolveNumber(view, digits)
  if (what === 'callflow') return true
  if (what !== 'outside') return false
  const levels = { account: view.account, user: view.callingUser, device: view.callingDevice }
  return isAllowed(classify(normaliseNumber(digits, view.account.country)), levels).allowed
}

function take(p: Params, view: CallView, own: OwnEndpoint, digits: string, attempt: number): Outcome<Memo> {
  const refused: Speech = { prompt: 'forward-not-allowed' }
  if (!isPlace(view, digits)) return attempt < attemptsMax ? askFor(attempt + 1, refused) : wait(saying, say(refused))
  if (p.action !== 'update') return switchOn(p, own, digits)
  return set(p, own, { ...storedOf(view, p, own), number: digits }, { prompt: 'forward-saved' })
}

const desk = {
  'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' },
  'user/alex': { firstName: 'Alex' },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const
const key = (digits: string) => ({ type: 'digits', digits }) as const

export const callForward = defineModule({
  type: 'call-forward',
  title: 'Call Forward',
  summary: "Forwards the calls of the caller's own user, or else phone, or stops that.",
  params: Params,
  exits: ['next'],
  memo: Memo,
  answers: true,
  editor: { category: 'Advanced', icon: 'forward', caption: (p) => p.action },
  start(p, view) {
    const own = ownEndpoint(view)
    // A phone of nobody has no user who could be busy.
    if (own === undefined || (p.when !== 'always' && own.kind !== 'user'))
      return wait(saying, say({ prompt: 'feature-not-available' }))
    const stored = storedOf(view, p, own)
    if (p.action === 'off' || (p.action === 'toggle' && stored.enabled))
      return set(p, own, { ...stored, enabled: false }, { prompt: kinds[p.when].off })
    if (p.digits !== undefined) return take(p, view, own, p.digits, 1)
    if (p.action === 'toggle' && stored.number !== undefined) return switchOn(p, own, stored.number)
    return askFor(1)
  },
  resume(p, event, { doing, attempt }, view) {
    if (doing === 'saying' || event.type !== 'digits') return exit('next')
    const own = ownEndpoint(view)
    if (own === undefined || event.digits === '') return exit('next', 'no number was keyed in')
    return take(p, view, own, event.digits, attempt)
  },
  examples: [
    {
      says: 'R-160: the number is asked for and calls go there.',
      params: { action: 'on' },
      documents: desk,
      arrived: fromDesk,
      events: [key('2065550104'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'change', 'play'],
    },
    {
      says: 'R-160: a number keyed in with the code is taken at once.',
      params: { action: 'on', digits: '2065550104' },
      documents: desk,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'R-160: forwarding is switched off.',
      params: { action: 'off' },
      documents: desk,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'R-160: a forward that is on is toggled off, one that is off goes on to the number it has.',
      params: { action: 'toggle' },
      documents: desk,
      facts: [{ key: { kind: 'user', id: 'alex' }, value: { forward: { enabled: false, number: '2065550104' } } }],
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'Help is no place to forward to: another number is asked for, three times in all.',
      params: { action: 'on' },
      documents: desk,
      arrived: fromDesk,
      events: [key('911'), key('911'), key('911'), { type: 'played' }],
      leavesBy: 'next',
      commands: ['gather', 'gather', 'gather', 'play'],
    },
    {
      says: 'A caller who keys in nothing changes nothing.',
      params: { action: 'update' },
      documents: desk,
      arrived: fromDesk,
      events: [key('')],
      leavesBy: 'next',
      commands: ['gather'],
    },
    {
      says: 'A caller from outside has nothing to forward.',
      params: {},
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
  ],
})
