import { describe, expect, it } from 'vitest'
import { singletonId } from '../model/document.ts'
import { drive } from '../testing/drive.ts'
import { documentsOf } from '../testing/run-example.ts'

const hours = (start: string, end: string) => ({ name: 'Hours', recurrence: { cycle: 'daily' }, start, end })
const documents = documentsOf({
  [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
  [`routing/${singletonId}`]: {},
  'callflow/alex': {
    numbers: ['1001'],
    root: 'a',
    nodes: { a: { id: 'a', type: 'user', params: { userId: 'alex' } } },
  },
  'number-route/n1001': { number: '1001', callflowId: 'alex' },
  'user/alex': { firstName: 'Alex' },
  'ownership/alex': { deviceIds: ['desk', 'cell'] },
  'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk', ownerId: 'alex', followMeSchedule: 'day' },
  'device/cell': { type: 'cell', name: 'Cell', number: '6045550177', ownerId: 'alex', followMeSchedule: 'night' },
  'schedule/day': hours('09:00', '17:00'),
  'schedule/night': hours('17:00', '09:00'),
})
const ringing = (at: string, facts: Record<string, Record<string, unknown>> = {}) =>
  drive({ documents, at, facts })
    .arrive({ outside: '+14255550163' }, '1001')
    .given('ring')
    .flatMap(({ plan }) => plan.legs.map(({ target }) => (target.kind === 'device' ? target.deviceId : target.kind)))

describe('Follow-Me by schedule', () => {
  it.each([
    ['at 10:00', '2026-11-24T15:00:00.000Z', ['device']],
    ['at 16:59:59', '2026-11-24T21:59:59.000Z', ['device']],
    ['at 17:00', '2026-11-24T22:00:00.000Z', ['trunk']],
    ['at 23:00', '2026-11-25T04:00:00.000Z', ['trunk']],
    ['at 09:00', '2026-11-25T14:00:00.000Z', ['device']],
  ])('R-142: the desk phone rings from nine to five and the cell phone otherwise (%s)', (_, at, wanted) => {
    expect(ringing(at)).toEqual(wanted.map((kind) => (kind === 'device' ? 'desk' : kind)))
  })

  it('R-142, R-201: a schedule forced or reset by phone counts here too', () => {
    expect(ringing('2026-11-24T15:00:00.000Z', { 'schedule/day': { forced: 'off' } })).toEqual([])
    expect(ringing('2026-11-24T15:00:00.000Z', { 'schedule/night': { forced: 'on' } })).toEqual(['desk', 'trunk'])
    expect(ringing('2026-11-24T15:00:00.000Z', { 'schedule/day': { forced: 'by-time' } })).toEqual(['desk'])
  })
})
