import { describe, expect, it } from 'vitest'
import { singletonId } from '../../model/document.ts'
import { drive } from '../../testing/drive.ts'
import { documentsOf } from '../../testing/run-example.ts'

const people = [
  ['dana', 'Dana', 'Dogwood'],
  ['frank', 'Frank', 'Ng'],
  ['dora', 'Dora', 'Dogbert'],
  ['carol', 'Carol', 'Chief'],
] as const

/** 8000 is a directory of the staff; an executive's calls go to an assistant. Nobody found: node `next`. */
function account(
  directory: Record<string, unknown> = {},
  users: Record<string, Record<string, unknown>> = {},
): Map<string, unknown> {
  const entries = people.map(([id]) => ({ userId: id, callflowId: id === 'carol' ? 'assistant' : id }))
  const callflows = [...people.map(([id]) => id), 'assistant'].map(
    (id) => [`callflow/${id}`, { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } }] as const,
  )
  const nodes = {
    ask: { id: 'ask', type: 'directory', params: { directoryId: 'staff' }, exits: { 'no-match': 'next' } },
    next: { id: 'next', type: 'hang-up' },
  }
  return documentsOf({
    [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
    [`routing/${singletonId}`]: {},
    'directory/staff': { name: 'Staff', entries, ...directory },
    'callflow/main': { numbers: ['8000'], root: 'ask', nodes },
    'number-route/n8000': { number: '8000', callflowId: 'main' },
    ...Object.fromEntries(
      people.map(([id, firstName, lastName]) => [`user/${id}`, { firstName, lastName, ...users[id] }]),
    ),
    ...Object.fromEntries(callflows),
  })
}
const call = (directory: Record<string, unknown> = {}, users: Record<string, Record<string, unknown>> = {}) =>
  drive({ documents: account(directory, users) }).arrive({ outside: '+14255550163' }, '8000')

describe('a directory', () => {
  it('R-252: asks for three letters, more may follow, and a pause or # ends them', () => {
    expect(call().given('gather')[0]).toMatchObject({
      digitsMin: 1,
      digitsMax: 30,
      nextDigitMs: 2_000,
      terminator: '#',
    })
    expect(call({ digitsMin: 2 }).press('37').heard).toContain('Frank Ng')
    expect(call().press('37').heard).toContain('directory-too-few')
  })

  it('R-260: takes no more keys than it says', () => {
    expect(call({ digitsMax: 4 }).given('gather')[0]).toMatchObject({ digitsMax: 4 })
    expect(call({ digitsMin: 5, digitsMax: 2 }).given('gather')[0]).toMatchObject({ digitsMax: 5 })
  })

  it.each([
    ['first', 'directory-enter-first', '326', 'Dana Dogwood'],
    ['last', 'directory-enter-last', '364', 'Dora Dogbert'],
    ['either', 'directory-enter', '364', 'Dora Dogbert'],
  ])('R-253: searches by %s name and says so', (searchBy, prompt, digits, wanted) => {
    const asked = call({ searchBy })
    expect(asked.heard).toEqual([prompt])

    expect(asked.press(digits).heard).toContain(wanted)
  })

  it('R-253: the same keys find others in another mode', () => {
    expect(call({ searchBy: 'first' }).press('364').heard).toContain('directory-no-match')
    expect(call({ searchBy: 'last' }).press('326').heard).toContain('directory-no-match')
  })

  it('R-254: reads out several with a key each, in the order of the directory', () => {
    expect(call().press('364').heard.slice(1)).toEqual([
      'Dora Dogbert',
      'directory-press-1',
      'Dana Dogwood',
      'directory-press-2',
      'directory-start-over',
    ])
    expect(call({ sortBy: 'first' }).press('364').heard[1]).toBe('Dana Dogwood')
  })

  it('R-254: says names as their owners recorded them', () => {
    expect(
      call({}, { frank: { pronouncedName: 'frank-says' } })
        .press('372')
        .heard.slice(1),
    ).toEqual(['frank-says', 'directory-confirm'])
  })

  it('R-255: asks before it connects, unless it is set not to', () => {
    const asked = call().press('372')
    expect(asked.state.phase).toBe('deciding')

    expect(asked.press('1').path.at(-1)).toMatch(/^frank\.a/)
    expect(call({ confirmMatch: false }).press('372').path.at(-1)).toMatch(/^frank\.a/)
    expect(call({ confirmMatch: false }).press('364').press('2').path.at(-1)).toMatch(/^dana\.a/)
  })

  it('R-256: wrong input is tried again, three times at most, whatever went wrong', () => {
    const lost = call().press('999').press('364').press('7').press('372')
    expect(lost.heard.at(-1)).toBe('directory-confirm')

    expect(lost.press('2').path.at(-1)).toMatch(/^main\.next/)
    expect(call().press('').press('').press('').path.at(-1)).toMatch(/^main\.next/)
  })

  it('R-257: choosing the executive reaches the assistant', () => {
    expect(call({ confirmMatch: false }).press('244').path.at(-1)).toMatch(/^assistant\.a/)
  })

  it('R-259: finds names with accents and apostrophes', () => {
    const users = { frank: { firstName: 'Éva', lastName: "O'Neil" } }

    expect(call({ confirmMatch: false }, users).press('382').path.at(-1)).toMatch(/^frank\.a/)
    expect(call({ confirmMatch: false }, users).press('663').path.at(-1)).toMatch(/^frank\.a/)
  })

  it('0 lets the caller on to whatever comes next', () => {
    expect(call().press('0').path.at(-1)).toMatch(/^main\.next/)
  })

  it('people who were deleted are not read out', () => {
    const documents = account()
    documents.delete('user/dora')

    expect(drive({ documents }).arrive({ outside: '+14255550163' }, '8000').press('364').heard.slice(1)).toEqual([
      'Dana Dogwood',
      'directory-confirm',
    ])
  })

  it('finds the last of two thousand', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => `p${index}`)
    const documents = account({ entries: many.map((id) => ({ userId: id, callflowId: 'frank' })), confirmMatch: false })
    const users = documentsOf(
      Object.fromEntries(many.map((id, index) => [`user/${id}`, { firstName: index === 1_999 ? 'Zoe' : 'Abe' }])),
    )

    const found = drive({ documents: new Map([...documents, ...users]) })
      .arrive({ outside: '+14255550163' }, '8000')
      .press('963')

    expect(found.reasons).toContain('chose Zoe')
  })
})
