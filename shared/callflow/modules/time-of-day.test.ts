/** One schedule and the ways it decides, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { acmeMainDid } from '../../testing/acme.ts'
import { type Changes, callflowOf, dialAcme as dial } from '../../testing/acme-with.ts'

const stranger = { outside: '+14255550163' } as const
/** New York: Tuesday 10:00 and 20:00, and 11:00 on a day of special closure. */
const open = '2026-11-24T15:00:00.000Z'
const evening = '2026-11-25T01:00:00.000Z'
const special = '2026-12-24T16:00:00.000Z'
const wayOf = (number: string, at: string, changes: Changes = {}) => {
  const [, ...path] = dial(number, changes, { at }, stranger).state.path
  return path.flatMap(({ callflowId }) => callflowId ?? [])
}
const arrivesAt = (number: string, at: string, changes: Changes = {}) => wayOf(number, at, changes).at(-1)

describe('Time of Day', () => {
  it('R-192: has a way for its schedule and one for all other times', () => {
    expect(arrivesAt(acmeMainDid, open)).toBe('flow-8001')
    expect(arrivesAt(acmeMainDid, evening)).toBe('flow-8002')
  })

  it('R-193: a special rule and all other times lead to the same callflow', () => {
    const [first, second] = [
      dial(acmeMainDid, {}, { at: special }, stranger),
      dial(acmeMainDid, {}, { at: evening }, stranger),
    ]

    expect([first.path[0], second.path[0]]).toEqual(['flow-8000.hours>special', 'flow-8000.hours>other'])
    expect(arrivesAt(acmeMainDid, special)).toBe('flow-8002')
    expect(arrivesAt(acmeMainDid, evening)).toBe('flow-8002')
  })

  it('R-203: twenty numbers with destinations of their own share a schedule; changing it once changes all', () => {
    const numbers = Array.from({ length: 20 }, (_, index) => String(7100 + index))
    const destination = (id: string) => ({
      [`callflow/${id}`]: { root: 'n', nodes: { n: { id: 'n', type: 'hang-up' } } },
    })
    const flows: Changes = Object.assign(
      {},
      ...numbers.map((number) => ({
        ...callflowOf(number, [
          {
            type: 'time-of-day',
            params: { branches: [{ exit: 'open', id: 'schedule-open' }] },
            exits: { open: 'n2', other: 'n3' },
          },
          { type: 'callflow', params: { callflowId: `open-${number}` } },
          { type: 'callflow', params: { callflowId: `closed-${number}` } },
        ]),
        ...destination(`open-${number}`),
        ...destination(`closed-${number}`),
      })),
    )
    const later = { ...flows, 'schedule/schedule-open': { start: '11:00' } }

    expect(numbers.map((number) => arrivesAt(number, open, flows))).toEqual(numbers.map((number) => `open-${number}`))
    expect(numbers.map((number) => arrivesAt(number, open, later))).toEqual(numbers.map((number) => `closed-${number}`))
  })
})
