/** Every field of a user that a call can notice, each by the behaviour it is for. Fields that only round-trip are in functions/api/people-and-phones.test.ts. */
import { describe, expect, it } from 'vitest'
import { deviceId, userId } from '../testing/acme.ts'
import { type Changes, callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import type { DrivenCall } from '../testing/drive.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const dana = (fields: object): Changes => ({ 'user/user-1002': fields })
const trunkLeg = (call: DrivenCall) => {
  const target = call.given('ring')[0]?.plan.legs[0]?.target
  return target?.kind === 'trunk' ? target : undefined
}
const isRung = (call: DrivenCall, id: string) => call.rang.some(({ target }) => target === id)
const display = (call: DrivenCall) => call.given('ring')[0]?.plan.display

describe('a field of a user', () => {
  it('R-127: first and last name are what phones inside show, and what directories say', () => {
    expect(display(dial('1003', dana({ firstName: 'Danielle', lastName: 'Smith' })))?.name).toBe('Danielle Smith')
    expect(display(dial('1003', dana({ firstName: 'Dana', lastName: '' })))?.name).toBe('Dana')
    const found = dial('8001', dana({ firstName: 'Danielle', lastName: 'Smith' }), {}, stranger)
      .press('1')
      .press('764')
    expect(found.heard).toContain('Danielle Smith')
  })

  it('R-127: the extension is the number that phones inside show', () => {
    expect(display(dial('1003', dana({ extension: '2222' })))?.number).toBe('2222')
  })

  it('R-127: the e-mail address is told of missed calls that name the user', () => {
    const alert = { type: 'missed-call-alert', params: { userIds: [userId('1002')] } }
    const missed = (changes: Changes) =>
      dial('7000', { ...callflowOf('7000', [alert, { type: 'hang-up' }]), ...changes }, {}, stranger).state.traits
        .tellIfMissed

    expect(missed(dana({ email: 'dana@elsewhere.example' }))).toEqual(['dana@elsewhere.example'])
    expect(missed(dana({ email: 'dana@elsewhere.example', enabled: false }))).toEqual([])
  })

  it('R-127: the time zone is the one in which the schedules of their phones run', () => {
    const desk = { 'device/desk-1002': { followMeSchedule: 'schedule-open' } }
    const at = '2026-11-24T15:00:00.000Z'
    const from = { device: deviceId('1003') }

    expect(isRung(dial('1002', desk, { at }, from), deviceId('1002'))).toBe(true)
    // It is midnight in Tokyo.
    expect(isRung(dial('1002', { ...desk, ...dana({ timeZone: 'Asia/Tokyo' }) }, { at }, from), deviceId('1002'))).toBe(
      false,
    )
  })

  it.each([
    ['internal', '1003', { name: 'Inside', number: '5555' }],
    ['external', '2065550199', { name: 'Outside', number: '+16045550101' }],
  ])('R-127: the %s caller ID is shown on that kind of call alone', (kind, number, identity) => {
    const call = dial(number, dana({ callerId: { [kind]: identity } }))
    const other = dial(kind === 'internal' ? '2065550199' : '1003', dana({ callerId: { [kind]: identity } }))

    expect(display(call)).toMatchObject(identity)
    expect(display(other)).not.toMatchObject(identity)
  })

  it('R-127: the emergency caller ID is shown to emergency services, where its number has an address', () => {
    const callerId = { emergency: { number: '+16045550177' } }
    const routing = { 'routing/account': { emergencyNumbers: [{ number: '+16045550177', addressId: 'office-west' }] } }

    expect(trunkLeg(dial('911', { ...dana({ callerId }), ...routing }))?.callerId.number).toBe('+16045550177')
    expect(trunkLeg(dial('911', routing))?.callerId.number).not.toBe(undefined)
  })

  it('R-127: call forward sends calls where it says', () => {
    const forward = { callForward: { enabled: true, number: '+12065550177' } }

    expect(dial('1002', dana(forward), {}, stranger).rang.map(({ target }) => target)).toEqual(['+12065550177'])
  })

  it('R-127: restrictions keep their phones from calling what is denied, and never from calling for help', () => {
    const denied = dana({ restrictions: { national: 'deny' } })

    expect(dial('2065550199', denied).cdr).toMatchObject({ disposition: 'refused' })
    expect(trunkLeg(dial('18005550199', denied))?.number).toBe('+18005550199')
    expect(trunkLeg(dial('911', denied))?.emergency).toBeDefined()
    expect(trunkLeg(dial('2065550199', denied, {}, { device: deviceId('1003') }))?.number).toBe('+12065550199')
  })

  it('R-127: who is on do not disturb, or switched off, is not rung', () => {
    for (const fields of [{ doNotDisturb: true }, { enabled: false }])
      expect(dial('1002', dana(fields), {}, stranger).rang).toEqual([])
  })

  it('R-127: a recorded name is what directories play', () => {
    const recorded = {
      ...dana({ pronouncedName: 'media-name' }),
      'media/media-name': { name: 'Name', kind: 'recording' },
    }

    expect(dial('8001', recorded, {}, stranger).press('1').press('364').heard).toContain('media-name')
  })
})
