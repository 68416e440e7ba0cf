import { describe, expect, it } from 'vitest'
import { singletonId } from '../../model/document.ts'
import { type DrivenCall, drive, type From } from '../../testing/drive.ts'
import { documentsOf } from '../../testing/run-example.ts'

const outside: From = { outside: '+14255550163' }
const desk: From = { device: 'desk' }

const leaf = (id: string) => ({ [id]: { id, type: 'hang-up' } })

/** 8000 is a menu: keys as given lead to nodes of their name, the default back into the callflow unless said otherwise. */
function account(
  menu: Record<string, unknown>,
  keys: readonly string[] = ['1', '2'],
  loops = false,
): Map<string, unknown> {
  const exits = Object.fromEntries([
    ...keys.map((key) => [key, `to-${key.replace('#', 'hash').replace('*', 'star')}`]),
    ['default', 'last'],
  ])
  const nodes = Object.assign(
    { ask: { id: 'ask', type: 'menu', params: { menuId: 'main' }, exits } },
    ...keys.map((key) => leaf(exits[key] ?? '')),
  )
  const last = loops
    ? { id: 'last', type: 'callflow', params: { callflowId: 'main' } }
    : { id: 'last', type: 'hang-up' }
  return documentsOf({
    [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
    [`routing/${singletonId}`]: { patterns: [{ pattern: '^5\\d{3}$', callflowId: 'alex' }] },
    'menu/main': { name: 'Main', greeting: 'hello', ...menu },
    'callflow/main': { numbers: ['8000'], root: 'ask', nodes: { ...nodes, last } },
    'callflow/alex': { numbers: ['1001'], root: 'a', nodes: leaf('a') },
    'number-route/n8000': { number: '8000', callflowId: 'main' },
    'number-route/n1001': { number: '1001', callflowId: 'alex' },
    'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' },
  })
}
const call = (documents: Map<string, unknown>, from: From = outside): DrivenCall =>
  drive({ documents }).arrive(from, '8000')
const passed = (driven: DrivenCall) => driven.path.at(-1)

describe('a menu', () => {
  it.each(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'])('R-081: key %s is an option', (key) => {
    const id = `to-${key.replace('#', 'hash').replace('*', 'star')}`

    expect(passed(call(account({}, [key])).press(key))).toMatch(new RegExp(`^main\\.${id}`))
  })

  it('R-081: nothing pressed in time is the default', () => {
    expect(passed(call(account({})).press(''))).toMatch(/^main\.last/)
  })

  it('R-081: silence takes a way of its own at once where one is drawn, and wrong keys still use up the tries', () => {
    const documents = account({ attempts: 3 }, ['1', 'no-key'])

    expect(passed(call(documents).press(''))).toMatch(/^main\.to-no-key/)
    expect(passed(call(documents).press('7').press(''))).toMatch(/^main\.to-no-key/)
    expect(passed(call(documents).press('7').press('7').press('7'))).toMatch(/^main\.last/)
    expect(
      call(account({ attempts: 3 }))
        .press('')
        .heard.filter((part) => part === 'hello'),
    ).toHaveLength(2)
  })

  it('R-082: the default may lead into the same callflow, which greets again, but not for ever', () => {
    const silent = call(account({}, ['1'], true))
    for (let times = 0; times < 60 && silent.state.phase !== 'ended'; times += 1) silent.press('')

    expect(silent.heard.filter((part) => part === 'hello').length).toBeGreaterThan(20)
    expect(silent.state.end?.reason).toBe('too many jumps between callflows')
    expect(silent.heard.at(-1)).toBe('system-problem')
  })

  it('R-083: tries, waits and the invalid-entry prompt are the menu’s', () => {
    const patient = call(account({ attempts: 3, keyTimeoutMs: 4_000, nextKeyTimeoutMs: 900 }))
      .press('7')
      .press('')
      .press('8')

    expect(patient.given('gather')).toHaveLength(3)
    expect(patient.given('gather')[0]).toMatchObject({ firstDigitMs: 4_000, nextDigitMs: 900, digitsMax: 1 })
    expect(patient.heard).toEqual(['hello', 'menu-invalid', 'hello', 'hello'])
    expect(passed(patient)).toMatch(/^main\.last/)
    expect(call(account({ attempts: 3, suppressInvalid: true })).press('7').heard).toEqual(['hello', 'hello'])
  })

  it.each([
    ['1001 where extensions may be dialled', { dialExtensions: true }, '1001', /^alex\.a/],
    ['1001 where they may not', {}, '1001', /^main\.last/],
    ['1001 where it is among those allowed', { dialExtensions: true, allow: '^10' }, '1001', /^alex\.a/],
    ['1001 where others are', { dialExtensions: true, allow: '^11' }, '1001', /^main\.last/],
    ['1001 where it is denied', { dialExtensions: true, deny: '^10' }, '1001', /^main\.last/],
    ['1001 where what is allowed makes no sense', { dialExtensions: true, allow: '(' }, '1001', /^main\.last/],
    ['1001 where what is denied makes no sense', { dialExtensions: true, deny: '(' }, '1001', /^main\.last/],
    ['a number of a pattern', { dialExtensions: true }, '5123', /^alex\.a/],
    ['a number that nobody has', { dialExtensions: true }, '7777', /^main\.last/],
    ['an option although it is also an extension', { dialExtensions: true }, '2', /^main\.to-2/],
  ])('R-083: a caller keys %s', (_, menu, digits, wanted) => {
    expect(passed(call(account(menu)).press(digits))).toMatch(wanted)
  })

  it('R-083: takes as many keys as the longest extension has, and # ends them where it is no option itself', () => {
    const extensions = { dialExtensions: true, extensionDigitsMax: 5 }

    expect(call(account(extensions)).given('gather')[0]).toMatchObject({ digitsMax: 5, terminator: '#' })
    expect(call(account(extensions, ['#'])).given('gather')[0]).toMatchObject({ digitsMax: 5, terminator: '' })
  })

  it('R-083: plays recordings of its own for a wrong entry, before an extension, and after the last try', () => {
    const own = {
      dialExtensions: true,
      invalidMedia: 'wrong',
      transferMedia: 'one-moment',
      exitMedia: 'bye',
      attempts: 2,
    }

    const connected = call(account(own)).press('7777').press('1001')
    expect(connected.heard).toEqual(['hello', 'wrong', 'hello', 'one-moment'])
    expect(passed(connected)).toMatch(/^alex\.a/)
    const lost = call(account(own)).press('').press('')
    expect(lost.heard).toEqual(['hello', 'hello', 'bye'])
    expect(passed(lost)).toMatch(/^main\.last/)
    expect(lost.reasons).toContain('no key pressed')
    // Nobody who needs help hears "one moment" first.
    expect(call(account(own), desk).press('911').heard).not.toContain('one-moment')
  })

  it('outside callers reach neither feature codes nor the outside world', () => {
    for (const digits of ['*97', '6045550100', '911'])
      expect(passed(call(account({ dialExtensions: true, extensionDigitsMax: 7 })).press(digits))).toMatch(
        /^main\.last/,
      )
  })

  it('R-278: our own phones reach help from it', () => {
    const ring = call(account({ dialExtensions: true, allow: '^1', deny: '911' }), desk)
      .press('911')
      .given('ring')[0]

    expect(ring?.plan.legs[0]?.target).toMatchObject({ kind: 'trunk', number: '911' })
  })
})

describe('recording the greeting of a menu by phone', () => {
  const documents = account({ recordPin: '4711' })

  it('R-183: with the PIN, reviewed before it counts', () => {
    const recorded = call(documents, desk).press('4711').speak(5)
    expect(recorded.given('change')).toEqual([])

    recorded.press('2').press('1')

    expect(recorded.given('change')).toMatchObject([
      { fact: { kind: 'menu', id: 'main' }, set: { greetingKey: 'media/acme/menu-main/call/1.wav' } },
    ])
    expect(recorded.heard.slice(-2)).toEqual(['greeting-saved', 'media/acme/menu-main/call/1.wav'])
  })

  it('R-183: outside callers only where the menu lets them', () => {
    expect(call(documents).press('4711').types).not.toContain('record')
    expect(call(account({ recordPin: '4711', recordFromOutside: true })).press('4711').types).toContain('record')
  })

  it('what is too short or recorded again is not kept', () => {
    const slip = call(documents, desk).press('4711').speak(1)
    expect(slip.heard.slice(-2)).toEqual(['recording-too-short', 'greeting-record'])

    slip.speak(4).press('3').speak(6).press('1')

    expect(slip.given('change')).toHaveLength(1)
  })

  it('silence to the question keeps the greeting after some rounds', () => {
    const silent = call(documents, desk).press('4711').speak(5).press('').press('9').press('')
    expect(silent.given('change')).toEqual([])

    expect(silent.press('').given('change')).toHaveLength(1)
  })
})
