/** How a call ends, events that do not belong to it, and its replay. */
import { describe, expect, it } from 'vitest'
import { acmeMainDid, deviceId, userId } from '../testing/acme.ts'
import { acmeWith, callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import { drive } from '../testing/drive.ts'
import { revisionOf } from './account-revision.ts'
import { step } from './engine.ts'
import { replay } from './trace.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const desk = { device: deviceId('1002') } as const
const answers = (number: string) => ({ phones: { [deviceId(number)]: { does: 'answer', afterSeconds: 3 } } }) as const

describe('the end of a call', () => {
  it('a callee who hangs up lets the caller go, and the record says who and how long', () => {
    const call = dial('1003', {}, answers('1003')).talk(42).hangUp('callee')

    expect(call.given('hang-up')).toMatchObject([{ leg: 'caller' }])
    expect(call.cdr).toMatchObject({
      direction: 'internal',
      disposition: 'answered',
      endedBy: 'callee',
      talkSeconds: 43,
      answeredBy: { deviceId: deviceId('1003'), userId: userId('1003') },
    })
  })

  it('a caller who hangs up while it rings stops the ringing and is recorded as gone', () => {
    const documents = acmeWith({})
    const config = revisionOf('acme', 1, documents, 'absent')
    const call = drive({ documents }).arrive(desk, '1003')
    const ringing = replay(config, call.state.log).find(({ commands }) => commands.some(({ type }) => type === 'ring'))
    if (ringing === undefined) throw new Error('it rang')
    const over = step(config, ringing.state, { type: 'hungup', at: '2026-11-24T15:00:09.000Z', leg: 'caller' })

    expect('commands' in over && over.commands).toMatchObject([{ type: 'hang-up', leg: 'callee' }])
    expect('state' in over && over.state.end).toMatchObject({ disposition: 'cancelled', by: 'caller' })
  })

  it.each([
    ['busy', 'be-busy', 'busy', 'busy'],
    ['declined', 'decline', 'declined', 'unavailable'],
    ['no answer', 'nothing', 'no-answer', 'unavailable'],
  ] as const)('%s with nothing behind it is what the caller is told', (_, does, disposition, cause) => {
    const phones = { [deviceId('1003')]: { does } } as const
    const call = dial('7000', callflowOf('7000', [{ type: 'user', params: { userId: userId('1003') } }]), { phones })

    expect(call.cdr).toMatchObject({ disposition, endedBy: 'us' })
    expect(call.given('hang-up')[0]?.cause).toBe(cause)
  })

  it('a call belongs to who placed it, one from outside to who took it', () => {
    expect(dial('1003', {}, answers('1003')).hangUp().cdr.ownerId).toBe(userId('1002'))
    expect(dial('1003', {}, answers('1003'), stranger).hangUp().cdr.ownerId).toBe(userId('1003'))
    expect(dial('911').hangUp().cdr.ownerId).toBe(userId('1002'))
  })

  it('somebody outside the call may end it', () => {
    const call = dial('1003', {}, answers('1003')).feed({ type: 'updated', arguments: { op: 'hang-up' } })

    expect(call.cdr).toMatchObject({ disposition: 'answered', endedBy: 'us', reason: 'ended on request' })
  })

  it('an account that is switched off takes no calls but those for help', () => {
    const off = { 'account/account': { enabled: false } }

    expect(dial('1003', off).cdr).toMatchObject({ disposition: 'refused', reason: 'account disabled' })
  })
})

describe('events that do not belong', () => {
  const ringing = () => dial('8001', {}, {}, stranger)

  it.each([
    ['keys nobody asked for', { type: 'rang', outcome: { planId: 'x', reason: 'busy', legs: [] } }],
    ['a record nobody made', { type: 'recorded', objectKey: 'x', durationMs: 5_000 }],
    ['the end of a leg that never was', { type: 'hungup', leg: 'callee' }],
    [
      'a second arrival',
      {
        type: 'arrived',
        callId: 'call',
        accountId: 'acme',
        configRevision: 9,
        origin: { kind: 'system' },
        dialled: '911',
        caller: {},
      },
    ],
    ['words of no meaning from outside', { type: 'updated', arguments: { op: 'dance' } }],
  ])('%s change nothing and are not logged', (_, event) => {
    const call = ringing()
    const before = call.state
    call.feed(event)

    expect(call.state).toBe(before)
  })

  it('an event that comes again changes nothing', () => {
    const call = ringing().press('')
    const before = call.state
    call.feed(before.log.at(-1) ?? {})

    expect(call.state).toBe(before)
  })

  it('the outcome of a plan that no longer rings is passed over', () => {
    const documents = acmeWith({})
    const config = revisionOf('acme', 1, documents, 'absent')
    const { log } = drive({ documents }).arrive(stranger, '8001').press('3').state
    const rings = replay(config, log).filter(({ commands }) => commands.some(({ type }) => type === 'ring'))
    const [first, second] = rings
    if (first === undefined || second === undefined) throw new Error('support rings twice')
    const late = log.find((event) => event.type === 'rang')
    if (late === undefined) throw new Error('it rang')
    const turn = step(config, second.state, { ...late, at: '2026-11-24T16:00:00.000Z' })

    expect(turn).toEqual({ state: second.state, commands: [] })
  })

  it('a look-up that failed is as if nothing was ever set', () => {
    const config = revisionOf('acme', 1, acmeWith({}), 'absent')
    const arrived = dial('1003').state.log[0]
    const asked = arrived === undefined ? undefined : step(config, undefined, arrived)
    if (asked === undefined || 'needs' in asked) throw new Error('every document is at hand')
    const at = '2026-11-24T15:00:01.000Z'
    const went = step(config, asked.state, { type: 'failed', at, command: 'look-up', reason: 'throttled' })

    expect('commands' in went && went.commands.map(({ type }) => type)).toEqual(['ring'])
  })

  it('a call whose beginning is lost ends truthfully', () => {
    const lost = step(revisionOf('acme', 1, new Map()), undefined, {
      type: 'digits',
      at: '2026-11-24T15:00:00.000Z',
      digits: '1',
    })

    expect('state' in lost && lost.state.end).toMatchObject({ disposition: 'failed', by: 'us', reason: 'state lost' })
  })
})

it('R-293: a whole call computed again from its log gives the same commands to the byte', () => {
  const documents = acmeWith({})
  const call = drive({ documents })
    .arrive(stranger, acmeMainDid)
    .press('1')
    .press('364')
    .press('1')
    .press('1')
    .press('')
    .speak(9)
    .press('1')
  const again = replay(revisionOf('acme', 1, documents, 'absent'), JSON.parse(call.cdr.eventLog ?? '[]'))

  expect(JSON.stringify(again.flatMap(({ commands }) => commands))).toBe(JSON.stringify(call.commands))
  expect(call.state.phase).toBe('ended')
})
