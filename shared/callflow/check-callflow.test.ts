import { expect, it } from 'vitest'
import { compilePattern } from '../numbers/pattern.ts'
import { Callflow } from './callflow.ts'
import { checkCallflow } from './check-callflow.ts'

const hello = { id: 'hello', type: 'play-media', params: {}, exits: { next: 'bye' } }
const bye = { id: 'bye', type: 'hang-up', params: {} }

/** Fields of the problems of a callflow, warnings marked with `?`. */
const check = (input: object): string[] =>
  checkCallflow(Callflow.parse({ id: 'main', ...input })).map(
    ({ severity, field }) => `${field}${severity === 'warning' ? '?' : ''}`,
  )

it.each([
  ['an empty one', {}, []],
  ['a whole one', { root: 'hello', nodes: { hello, bye } }, []],
  ['numbers without a module', { numbers: ['8000'] }, ['root?']],
  ['modules without a start', { nodes: { bye } }, ['root']],
  ['a start that is not there', { root: 'gone', nodes: { bye } }, ['root']],
  ['an unknown module', { root: 'a', nodes: { a: { id: 'a', type: 'magic' } } }, ['nodes.a.type']],
  [
    'a way out the module has not',
    { root: 'hello', nodes: { hello: { ...hello, exits: { next: 'bye', sideways: 'bye' } }, bye } },
    ['nodes.hello.exits.sideways'],
  ],
  // Every object has a constructor; no callflow has one of that name unless somebody made it.
  [
    'a way to what only JavaScript knows',
    { root: 'hello', nodes: { hello: { ...hello, exits: { next: 'constructor' } } } },
    ['nodes.hello.exits.next'],
  ],
  ['a start that only JavaScript knows', { root: 'constructor', nodes: { bye } }, ['root']],
  ['a way to nowhere', { root: 'hello', nodes: { hello } }, ['nodes.hello.exits.next']],
  [
    'a parameter that does not fit',
    { root: 'a', nodes: { a: { id: 'a', type: 'user', params: { userId: 7 } } } },
    ['nodes.a.params.userId'],
  ],
  ['a caller who is cut off', { root: 'a', nodes: { a: { id: 'a', type: 'user' } } }, ['nodes.a.exits.no-answer?']],
  ['a jump, which comes back to nobody', { root: 'a', nodes: { a: { id: 'a', type: 'callflow' } } }, []],
  ['a circle', { root: 'hello', nodes: { hello: { ...hello, exits: { next: 'hello' } } } }, ['nodes.hello.exits.next']],
  ['a module no way leads to', { root: 'bye', nodes: { bye, hello } }, ['nodes.hello?']],
  ['a node filed under another id', { root: 'x', nodes: { x: bye } }, ['nodes.x.id']],
])('says what is wrong with %s', (_, input, expected) => {
  const fields = check(input)

  expect(new Set(fields)).toEqual(new Set(expected))
})

it('R-100: a pattern that is no linear-time expression is refused, and a catastrophic one is harmless', () => {
  const ending = { root: 'bye', nodes: { bye } }

  expect(check({ ...ending, patterns: ['(', '(?=x)', '(a)\\1'] })).toEqual(['patterns.0', 'patterns.1', 'patterns.2'])
  expect(check({ ...ending, patterns: ['(a+)+$'] })).toEqual([])
  const compiled = compilePattern('(a+)+$')
  // The best of several: what else the machine does is not counted.
  const tookMs = Array.from({ length: 10 }, () => {
    const started = performance.now()
    expect('test' in compiled && compiled.test(`${'a'.repeat(50)}!`)).toBe(false)
    return performance.now() - started
  })
  expect(Math.min(...tookMs)).toBeLessThan(10)
})

it('R-056: a User without anything behind it is warned about, and Voicemail behind it clears the warning', () => {
  const user = { id: 'user', type: 'user', params: { userId: 'alex' } }
  const box = { id: 'box', type: 'voicemail', params: { voicemailBoxId: 'alex' } }

  expect(check({ root: 'user', nodes: { user } })).toEqual(['nodes.user.exits.no-answer?'])
  expect(check({ root: 'user', nodes: { user: { ...user, exits: { 'no-answer': 'box' } }, box } })).toEqual([])
})

it('a callflow of 500 modules in a row is checked, one of 501 is refused', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [
        `n${index}`,
        index + 1 < length
          ? { ...hello, id: `n${index}`, exits: { next: `n${index + 1}` } }
          : { ...bye, id: `n${index}` },
      ]),
    )

  expect(check({ root: 'n0', nodes: chain(500) })).toEqual([])
  expect(check({ root: 'n0', nodes: chain(501) })).toEqual(['nodes'])
})
