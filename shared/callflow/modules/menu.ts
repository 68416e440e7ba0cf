import { z } from 'zod'
import { classifyEmergency } from '../../emergency/emergency.ts'
import { ref } from '../../model/id.ts'
import type { Menu } from '../../model/menu.ts'
import { compilePattern } from '../../numbers/pattern.ts'
import { type CallView, defineModule, exit, jump, type Outcome, wait } from '../define-module.ts'
import { resolveNumber } from '../dialled.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'

const Key = z.enum(['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'])
const Params = z.object({ menuId: ref('menu', 'Menu').optional(), routeVariable })
const Memo = z.object({
  attempt: z.int(),
  doing: z.enum(['asking', 'recording', 'reviewing']).default('asking'),
  objectKey: z.string().optional(),
})
type Memo = z.infer<typeof Memo>

/** Longest greeting recorded by phone, seconds; shorter than the least is taken for a slip. */
const greetingSecondsMax = 180
const greetingMinMs = 1_500

const menuOf = (p: z.infer<typeof Params>, view: CallView): Menu | string => {
  const chosen = routed(view, 'menu', { id: p.menuId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('menu', chosen.id) ?? 'menu missing')
}

/** Keys taken at once: one, unless longer entries can mean something. */
function gather(menu: Menu, view: CallView, before: readonly Speech[]): CallCommandInput {
  const digitsMax = Math.max(1, menu.dialExtensions ? menu.extensionDigitsMax : 1, menu.recordPin?.length ?? 1)
  // A greeting recorded by phone stands over the saved one until that is saved again.
  const { greetingKey } = view.fact('menu', menu.id)
  const saved: Speech = menu.greeting === undefined ? { prompt: 'menu-no-greeting' } : { media: menu.greeting }
  const greeting = greetingKey === undefined ? saved : { object: greetingKey }
  // The # key is an option like any other, so it ends an entry only where several keys make one.
  const terminator = digitsMax === 1 ? '' : '#'
  return {
    type: 'gather',
    parts: [...before, greeting],
    digitsMin: 1,
    digitsMax,
    firstDigitMs: menu.keyTimeoutMs,
    nextDigitMs: menu.nextKeyTimeoutMs,
    terminator,
  }
}

const ask = (menu: Menu, view: CallView, attempt: number, ...before: Speech[]): Outcome<Memo> =>
  wait({ attempt, doing: 'asking' }, gather(menu, view, before))

/** Another try, or the way for callers who press nothing. */
function again(menu: Menu, view: CallView, attempt: number, reason: string, ...before: Speech[]): Outcome<Memo> {
  return attempt < menu.attempts ? ask(menu, view, attempt + 1, ...before) : exit('default', reason)
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

function keyed(menu: Menu, digits: string, memo: Memo, view: CallView): Outcome<Memo> {
  if (digits === '') return again(menu, view, memo.attempt, 'no key pressed')
  if (isWired(view, digits)) return exit(digits)
  const helps = classifyEmergency(digits, view.account.emergency.prefix) !== undefined
  if (!helps && mayDial(menu, digits) && resolveNumber(view, digits) === 'callflow')
    return jump(`number:${digits}`, `dialled ${digits}`)
  if (digits === menu.recordPin && (view.call.origin.kind !== 'trunk' || menu.recordFromOutside))
    return record(menu, memo, view)
  return again(
    menu,
    view,
    memo.attempt,
    `${digits} means nothing here`,
    ...(menu.suppressInvalid ? [] : [{ prompt: 'menu-invalid' } as const]),
  )
}

const isWired = (view: CallView, key: string): boolean => {
  const node = view.callflowId === undefined ? undefined : view.find('callflow', view.callflowId)?.nodes[view.nodeId]
  return node?.exits[key] !== undefined
}

const record = (menu: Menu, memo: Memo, view: CallView): Outcome<Memo> =>
  wait(
    { attempt: memo.attempt, doing: 'recording' },
    {
      type: 'record',
      parts: [{ prompt: 'greeting-record' }],
      prefix: `media/${view.account.id}/menu-${menu.id}/${view.call.callId}/`,
      secondsMax: greetingSecondsMax,
    },
  )

/** Save, hear again, or record again: what a greeting recorded by phone goes through. */
function review(menu: Menu, key: string, memo: Memo, view: CallView): Outcome<Memo> {
  const { objectKey } = memo
  if (objectKey === undefined || key === '3') return record(menu, memo, view)
  if (key === '2') return wait(memo, reviewPrompt([{ object: objectKey }]))
  const saved: Outcome<Memo> = ask(menu, view, memo.attempt, { prompt: 'greeting-saved' })
  return saved.kind === 'wait'
    ? {
        ...saved,
        commands: [
          { type: 'change', fact: { kind: 'menu', id: menu.id }, set: { greetingKey: objectKey } },
          ...saved.commands,
        ],
      }
    : saved
}

const reviewPrompt = (before: readonly Speech[]): CallCommandInput => ({
  type: 'gather',
  parts: [...before, { prompt: 'review' }],
  digitsMax: 1,
  firstDigitMs: 8_000,
  nextDigitMs: 1_000,
  terminator: '',
})

const plain = {
  'menu/main': { name: 'Main', greeting: 'hello', attempts: 2 },
  'media/hello': { name: 'Hello' },
} as const

export const menu = defineModule({
  type: 'menu',
  title: 'Menu',
  summary: 'Plays a greeting and goes by the key the caller presses.',
  params: Params,
  exits: [...Key.options, 'default'],
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
    if (event.type === 'recorded')
      return event.durationMs < greetingMinMs
        ? ask(menu, view, memo.attempt, { prompt: 'recording-too-short' })
        : wait({ ...memo, doing: 'reviewing', objectKey: event.objectKey }, reviewPrompt([]))
    if (event.type !== 'digits')
      return again(menu, view, memo.attempt, event.type === 'failed' ? event.reason : 'unexpected')
    return memo.doing === 'reviewing'
      ? review(menu, event.digits === '' ? '1' : event.digits, memo, view)
      : keyed(menu, event.digits, memo, view)
  },

  examples: [
    {
      says: 'A caller who presses 1 leaves by 1.',
      params: { menuId: 'main' },
      documents: plain,
      events: [{ type: 'digits', digits: '1' }],
      leavesBy: '1',
    },
    {
      says: 'R-081: a silent caller is asked again, then leaves by default.',
      params: { menuId: 'main' },
      documents: plain,
      events: [
        { type: 'digits', digits: '' },
        { type: 'digits', digits: '' },
      ],
      leavesBy: 'default',
    },
    {
      says: 'Star and hash are keys like any other.',
      params: { menuId: 'main' },
      documents: plain,
      events: [{ type: 'digits', digits: '#' }],
      leavesBy: '#',
    },
    {
      says: 'R-083: a caller dials an extension where the menu allows it.',
      params: { menuId: 'main' },
      documents: {
        'menu/main': { name: 'Main', dialExtensions: true },
        'number-route/n1001': { number: '1001', callflowId: 'alex' },
        'callflow/alex': { name: 'Alex', root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
      },
      events: [{ type: 'digits', digits: '1001' }],
      leavesBy: 'ends',
    },
    {
      says: 'R-083: where it does not, the same digits mean nothing.',
      params: { menuId: 'main' },
      documents: { ...plain, 'number-route/n1001': { number: '1001', callflowId: 'alex' } },
      events: [
        { type: 'digits', digits: '1001' },
        { type: 'digits', digits: '' },
      ],
      leavesBy: 'default',
    },
    { says: 'A menu that is gone leaves by default.', params: { menuId: 'main' }, events: [], leavesBy: 'default' },
  ],
})
