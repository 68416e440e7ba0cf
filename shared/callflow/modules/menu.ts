import * as z from 'zod'
import { ref } from '../../model/id.ts'
import type { Menu } from '../../model/menu.ts'
import { compilePattern } from '../../numbers/pattern.ts'
import { type CallView, defineModule, exit, jump, type Outcome, wait } from '../define-module.ts'
import { resolveNumber } from '../dialled.ts'
import { heardFor, recordedFact } from '../recorded-by-phone.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { CallCommandInput, CallEventOf, Speech } from '../vocabulary.ts'
import { reviewChoice, silentRoundsMax } from '../voicemail/review.ts'

const Key = z.enum(['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'])
const Params = z.object({ menuId: ref('menu', 'Menu').optional(), routeVariable })
const Memo = z.object({
  attempt: z.int(),
  /** `connecting` and `leaving`: the caller hears something on the way there. */
  doing: z.enum(['asking', 'recording', 'reviewing', 'connecting', 'leaving']).default('asking'),
  /** The extension that is called next. */
  dialled: z.string().max(64).optional(),
  /** Why the caller leaves, for the trace. */
  why: z.string().max(200).optional(),
  objectKey: z.string().optional(),
  silentRounds: z.int().default(0),
})
type Memo = z.infer<typeof Memo>

/** Longest greeting recorded by phone, seconds; shorter than the least, ms, is taken for a slip. */
const greetingSecondsMax = 180
const greetingMinMs = 1_500

const menuOf = (p: z.infer<typeof Params>, view: CallView): Menu | string => {
  const chosen = routed(view, 'menu', { id: p.menuId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('menu', chosen.id) ?? 'menu missing')
}

/** Says something and takes keys: one, unless longer entries can mean something. */
function gather(menu: Menu, view: CallView, parts: Speech[]): CallCommandInput {
  const digitsMax = Math.max(1, menu.dialExtensions ? menu.extensionDigitsMax : 1, menu.recordPin?.length ?? 1)
  return {
    type: 'gather',
    parts,
    digitsMin: 1,
    digitsMax,
    firstDigitMs: menu.keyTimeoutMs,
    nextDigitMs: menu.nextKeyTimeoutMs,
    // The # key is an option like any other; it ends longer entries only where it leads nowhere.
    terminator: digitsMax === 1 || isWired(view, '#') ? '' : '#',
  }
}

/** The menu's greeting, as recorded by phone or as saved. */
function greetingOf(menu: Menu, view: CallView): Speech {
  return heardFor('greeting', menu, view.fact('menu', menu.id), view) ?? { prompt: 'menu-no-greeting' }
}

const ask = (menu: Menu, view: CallView, attempt: number, ...before: Speech[]): Outcome<Memo> =>
  wait({ attempt, doing: 'asking', silentRounds: 0 }, gather(menu, view, [...before, greetingOf(menu, view)]))

/** Another try, or the way for callers who press nothing. */
function again(menu: Menu, view: CallView, attempt: number, reason: string, ...before: Speech[]): Outcome<Memo> {
  if (attempt < menu.attempts) return ask(menu, view, attempt + 1, ...before)
  if (menu.exitMedia === undefined) return exit('default', reason)
  return wait({ attempt, doing: 'leaving', silentRounds: 0, why: reason.slice(0, 200) }, play(menu.exitMedia))
}

const play = (media: string): CallCommandInput => ({ type: 'play', parts: [{ media }] })

/** On to a callflow, after what the menu says to callers it connects; help is called without a word. */
function dial(menu: Menu, digits: string, { attempt }: Memo, view: CallView): Outcome<Memo> {
  if (menu.transferMedia === undefined || resolveNumber(view, digits) === 'emergency')
    return jump(`number:${digits}`, `dialled ${digits}`)
  return wait({ attempt, doing: 'connecting', silentRounds: 0, dialled: digits }, play(menu.transferMedia))
}

/** Whether what was keyed may be dialled from this menu: in its allowed pattern, out of its denied one. A broken pattern of either kind lets nothing through. */
function mayDial(menu: Menu, digits: string): boolean {
  const passes = (text: string | undefined, otherwise: boolean, broken: boolean) => {
    if (text === undefined || text === '') return otherwise
    const compiled = compilePattern(text)
    return 'problem' in compiled ? broken : compiled.test(digits)
  }
  return menu.dialExtensions && passes(menu.allow, true, false) && !passes(menu.deny, false, true)
}

/** Where digits that are no option lead: callers outside reach callflows, our own phones also help. */
function leadsOn(menu: Menu, digits: string, view: CallView): boolean {
  if (!menu.dialExtensions) return false
  const kind = resolveNumber(view, digits)
  return kind === 'emergency' ? view.call.origin.kind !== 'trunk' : kind === 'callflow' && mayDial(menu, digits)
}

function keyed(menu: Menu, digits: string, memo: Memo, view: CallView): Outcome<Memo> {
  // Silence has a way of its own where one is drawn, at once; else it is a try like any other.
  if (digits === '' && isWired(view, 'no-key')) return exit('no-key', 'no key pressed')
  if (digits === '') return again(menu, view, memo.attempt, 'no key pressed')
  if (isWired(view, digits)) return exit(digits)
  if (leadsOn(menu, digits, view)) return dial(menu, digits, memo, view)
  if (digits === menu.recordPin && (view.call.origin.kind !== 'trunk' || menu.recordFromOutside))
    return record(menu, { attempt: memo.attempt }, view)
  const invalid = menu.invalidMedia === undefined ? { prompt: 'menu-invalid' } : { media: menu.invalidMedia }
  const said: Speech[] = menu.suppressInvalid ? [] : [invalid]
  return again(menu, view, memo.attempt, `${digits} means nothing here`, ...said)
}

const isWired = (view: CallView, key: string): boolean => {
  const node = view.callflowId === undefined ? undefined : view.find('callflow', view.callflowId)?.nodes[view.nodeId]
  return node?.exits[key] !== undefined
}

const record = (
  menu: Menu,
  { attempt, silentRounds = 0 }: { readonly attempt: number; readonly silentRounds?: number },
  view: CallView,
  ...before: Speech[]
): Outcome<Memo> =>
  wait(
    { attempt, doing: 'recording', silentRounds },
    {
      type: 'record',
      parts: [...before, { prompt: 'greeting-record' }],
      prefix: `media/${view.account.id}/menu-${menu.id}/${view.call.callId}/`,
      secondsMax: greetingSecondsMax,
    },
  )

/** What was said, to be reviewed; who says nothing again and again is back at the menu. */
function recorded(
  menu: Menu,
  { objectKey, durationMs }: CallEventOf<'recorded'>,
  { attempt, silentRounds }: Memo,
  view: CallView,
): Outcome<Memo> {
  if (durationMs >= greetingMinMs) return wait({ attempt, doing: 'reviewing', objectKey, silentRounds: 0 }, askReview())
  return silentRounds + 1 >= silentRoundsMax
    ? ask(menu, view, attempt)
    : record(menu, { attempt, silentRounds: silentRounds + 1 }, view, { prompt: 'recording-too-short' })
}

/** What becomes of a greeting recorded by phone. Nothing is changed before the caller has said so. */
function review(menu: Menu, key: string, memo: Memo, view: CallView): Outcome<Memo> {
  const { objectKey, silentRounds } = memo
  const choice = reviewChoice(key, silentRounds)
  if (choice === 'again' || objectKey === undefined) return record(menu, { attempt: memo.attempt }, view)
  if (choice === 'listen') return wait({ ...memo, silentRounds: 0 }, askReview({ object: objectKey }))
  if (choice === 'ask') return wait({ ...memo, silentRounds: silentRounds + 1 }, askReview())
  return wait(
    { attempt: memo.attempt, doing: 'asking', silentRounds: 0 },
    { type: 'change', fact: { kind: 'menu', id: menu.id }, set: recordedFact('greeting', objectKey) },
    // The new greeting from now on, also for whoever recorded it: the live fact read in this turn is still the old one.
    gather(menu, view, [{ prompt: 'greeting-saved' }, { object: objectKey }]),
  )
}

const askReview = (...before: Speech[]): CallCommandInput => ({
  type: 'gather',
  parts: [...before, { prompt: 'review' }],
  digitsMax: 1,
  firstDigitMs: 8_000,
  nextDigitMs: 1_000,
  terminator: '',
})

const key = (digits: string) => ({ type: 'digits', digits }) as const
const alex = {
  'number-route/n1001': { number: '1001', callflowId: 'alex' },
  'callflow/alex': { name: 'Alex', root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
} as const
const plain = {
  'menu/main': { name: 'Main', greeting: 'hello', attempts: 2 },
  'media/hello': { name: 'Hello' },
} as const

export const menu = defineModule({
  type: 'menu',
  title: 'Menu',
  summary: 'Plays a greeting and goes by the key the caller presses.',
  params: Params,
  exits: [...Key.options, 'no-key', 'default'],
  memo: Memo,
  answers: true,
  editor: { category: 'Basic', icon: 'keypad' },

  start(p, view) {
    const menu = menuOf(p, view)
    return typeof menu === 'string' ? exit('default', menu) : ask(menu, view, 1)
  },
  resume(p, event, memo, view) {
    const menu = menuOf(p, view)
    if (typeof menu === 'string') return exit('default', menu)
    // Heard to the end or not: what was on the way goes on.
    if (memo.doing === 'connecting') return jump(`number:${memo.dialled ?? ''}`, `dialled ${memo.dialled ?? ''}`)
    if (memo.doing === 'leaving') return exit('default', memo.why)
    if (event.type === 'recorded') return recorded(menu, event, memo, view)
    if (event.type !== 'digits')
      return again(menu, view, memo.attempt, event.type === 'failed' ? event.reason : 'unexpected event')
    return memo.doing === 'reviewing' ? review(menu, event.digits, memo, view) : keyed(menu, event.digits, memo, view)
  },

  examples: [
    {
      says: 'R-080: a caller who presses 1 leaves by 1.',
      params: { menuId: 'main' },
      documents: plain,
      events: [key('1')],
      leavesBy: '1',
    },
    {
      says: 'R-081: a silent caller leaves by no-key at once; where that is not wired, after the tries, by default.',
      params: { menuId: 'main' },
      documents: plain,
      events: [key('')],
      leavesBy: 'no-key',
      commands: ['gather'],
    },
    {
      says: 'R-081: star and hash are keys like any other.',
      params: { menuId: 'main' },
      documents: plain,
      events: [key('#')],
      leavesBy: '#',
    },
    {
      says: 'R-083: three tries, then the default.',
      params: { menuId: 'main' },
      documents: { ...plain, 'menu/main': { name: 'Main', attempts: 3 } },
      events: [key('77'), key('99'), key('88')],
      leavesBy: 'default',
      commands: ['gather', 'gather', 'gather'],
    },
    {
      says: 'R-083: a caller dials an extension where the menu allows it.',
      params: { menuId: 'main' },
      documents: { ...alex, 'menu/main': { name: 'Main', dialExtensions: true } },
      events: [key('1001')],
      leavesBy: 'ends',
    },
    {
      says: 'R-083: an extension that the menu denies means nothing.',
      params: { menuId: 'main' },
      documents: { ...alex, 'menu/main': { name: 'Main', dialExtensions: true, deny: '^10' } },
      events: [key('1001')],
      leavesBy: 'default',
    },
    {
      says: 'R-183: the greeting is recorded again by phone with the PIN.',
      params: { menuId: 'main' },
      documents: { ...plain, 'menu/main': { name: 'Main', recordPin: '4711', recordFromOutside: true } },
      events: [
        key('4711'),
        { type: 'recorded', objectKey: 'media/acme/menu-main/call/1.wav', durationMs: 5_000 },
        key('2'),
        key('1'),
      ],
      leavesBy: 'waits',
      commands: ['gather', 'record', 'gather', 'gather', 'change', 'gather'],
    },
    {
      says: 'R-183: an outside caller cannot, unless the menu allows that too.',
      params: { menuId: 'main' },
      documents: { ...plain, 'menu/main': { name: 'Main', recordPin: '4711' } },
      events: [key('4711')],
      leavesBy: 'default',
    },
    {
      says: 'R-278: help is dialled from a menu as from anywhere.',
      params: { menuId: 'main' },
      documents: {
        ...plain,
        'menu/main': { name: 'Main', dialExtensions: true, allow: '^1' },
        'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' },
      },
      arrived: { origin: { kind: 'device', deviceId: 'desk' } },
      events: [key('911')],
      leavesBy: 'waits',
      commands: ['gather', 'change', 'notify', 'notify', 'ring'],
    },
    {
      says: 'R-083: where it does not, the same digits mean nothing.',
      params: { menuId: 'main' },
      documents: { ...plain, 'number-route/n1001': { number: '1001', callflowId: 'alex' } },
      events: [key('1001'), key('1002')],
      leavesBy: 'default',
    },
    {
      says: 'R-083: what a menu says of its own is played in place of the prompt, and before the caller is let on.',
      params: { menuId: 'main' },
      documents: {
        ...plain,
        'menu/main': { name: 'Main', invalidMedia: 'hello', exitMedia: 'hello', attempts: 2 },
      },
      events: [key('77'), key('88'), { type: 'played' }],
      leavesBy: 'default',
      commands: ['gather', 'gather', 'play'],
    },
    { says: 'A menu that is gone leaves by default.', params: { menuId: 'main' }, events: [], leavesBy: 'default' },
  ],
})
