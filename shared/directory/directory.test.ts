import { describe, expect, it } from 'vitest'
import { User } from '../model/user.ts'
import { keypadDigits } from './keypad.ts'
import { matching, sorted, unspellable } from './search.ts'

const person = (id: string, firstName: string, lastName = '') => ({
  user: User.parse({ id, firstName, lastName }),
  callflowId: `flow-${id}`,
})
const ids = (listed: readonly { user: User }[]) => listed.map(({ user }) => user.id)

describe('a name on the keypad', () => {
  it.each([
    ["O'Neil", '66345'],
    ['Éva', '382'],
    ['Dogwood', '3649663'],
    ['Jean-Luc', '5326582'],
    ['van der Berg', '8263372374'],
    ['Müller', '685537'],
    ['Weiß', '93477'],
    ['Łukasz', '585279'],
    ['Søren', '76736'],
    ['Ægir', '23447'],
    ['Björk', '25675'],
    ['Шура', '74872'],
    ['Ωmega', '66342'],
    ['R2', '72'],
    ['王', ''],
    ['', ''],
  ])('R-259: %s is keyed %s', (name, wanted) => {
    expect(keypadDigits(name)).toBe(wanted)
  })

  it("R-259: the first three keys of O'Neil and Éva are 663 and 382", () => {
    expect(["O'Neil", 'Éva'].map((name) => keypadDigits(name).slice(0, 3))).toEqual(['663', '382'])
  })

  it('R-259: people nobody can spell are named', () => {
    expect(unspellable([person('a', 'Alex'), person('b', '王', '伟'), person('c', '王', 'Wei')])).toEqual(['王 伟'])
  })
})

const staff = [person('dana', 'Dana', 'Dogwood'), person('frank', 'Frank', 'Ng'), person('dora', 'Dora', 'Dogbert')]

describe('who is found', () => {
  it.each([
    ['first', '326', ['dana']],
    ['first', '364', []],
    ['last', '364', ['dana', 'dora']],
    ['last', '326', []],
    ['either', '364', ['dana', 'dora']],
    ['either', '37', ['frank']],
    ['either', '3', ['dana', 'frank', 'dora']],
    ['last', '64', ['frank']],
    ['either', '999', []],
    ['either', '', []],
  ] as const)('R-253: by %s name, %s finds %s', (searchBy, digits, wanted) => {
    expect(ids(matching(staff, searchBy, digits))).toEqual(wanted)
  })

  it('R-252: more keys go on into the other name', () => {
    expect(ids(matching(staff, 'first', '3262364'))).toEqual(['dana'])
    expect(ids(matching(staff, 'last', '643'))).toEqual(['frank'])
  })

  it('R-129: somebody with one name is found by it, whichever name is searched by', () => {
    const cher = [person('cher', 'Cher')]

    for (const searchBy of ['first', 'last', 'either'] as const)
      expect(ids(matching(cher, searchBy, '243'))).toEqual(['cher'])
  })

  it('R-260: in the order of first or last names, accents among their letters, equals as listed', () => {
    const people = [
      person('zoe', 'Zoé', 'Adams'),
      person('eva', 'Éva', 'Zola'),
      person('ed', 'Ed', 'Smith'),
      person('ed2', 'ed', 'smith'),
    ]

    expect(ids(sorted(people, 'first'))).toEqual(['ed', 'ed2', 'eva', 'zoe'])
    expect(ids(sorted(people, 'last'))).toEqual(['zoe', 'ed', 'ed2', 'eva'])
  })

  it('finds one of two thousand in a few milliseconds', () => {
    const many = Array.from({ length: 2_000 }, (_, index) =>
      person(`p${index}`, `Name${String.fromCharCode(97 + (index % 26))}`, `Of${index}`),
    )
    matching(many, 'either', '999')
    const before = performance.now()

    matching(many, 'either', '626')

    expect(performance.now() - before).toBeLessThan(20)
  })
})
