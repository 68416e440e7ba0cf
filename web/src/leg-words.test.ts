import type { LegNote } from '@offhook/shared/model/leg-note.ts'
import { expect, it } from 'vitest'
import { callWords } from './leg-words.ts'

const at = '2026-11-24T15:00:00.000Z'
const fine = {
  codec: 'PCMU',
  seconds: 60,
  packetsSent: 3_000,
  packetsReceived: 2_997,
  packetsLost: 3,
  lossPercent: 0.1,
  jitterMs: 2.5,
  mos: 4.3,
}
const caller: LegNote = {
  legId: 'a',
  role: 'caller',
  kind: 'device',
  address: '1001',
  sipCallId: 'x',
  startedAt: at,
  answeredAt: at,
  endedAt: at,
  endedBy: 'far-end',
  sipStatus: 0,
  reason: 'BYE',
}
const { answeredAt: _, ...rung } = { ...caller, role: 'callee' as const, address: '1002' }

it.each<readonly [Partial<LegNote>, string[]]>([
  [{ media: fine }, ['The caller (1001) sounded good: quality 4.3 of 4.5, 0.1 % lost, jitter 3 ms, PCMU.']],
  [
    { media: { ...fine, mos: 3.2, roundTripMs: 180, farEnd: { lossPercent: 7.5, jitterMs: 40 } } },
    [
      'The caller (1001) sounded poor: quality 3.2 of 4.5, 0.1 % lost, jitter 3 ms, round trip 180 ms, PCMU.',
      'There, 7.5 % was lost, jitter 40 ms.',
    ],
  ],
  [{ media: { ...fine, oneWay: 'not-heard' } }, ['The caller (1001) was not heard: no audio came from there.']],
  [
    { role: 'callee', address: '1002', media: { ...fine, oneWay: 'hears-nothing' } },
    ['1002 heard nothing: no audio went there.'],
  ],
  [
    { media: { ...fine, seconds: 1.2, packetsReceived: 0, packetsLost: 0, lossPercent: 0 } },
    ['The caller (1001) was connected for 1.2 s; no audio came in that time.'],
  ],
  [{}, ['The caller (1001) was connected, without figures.']],
])('an answered leg %j is told as it sounded', (leg, words) => {
  expect(callWords([{ ...caller, ...leg }])).toEqual(words)
})

it.each<readonly [Partial<LegNote>, string]>([
  [{ sipStatus: 486, reason: 'Busy Here' }, '1002 did not take the call: 486 Busy Here.'],
  [{ sipStatus: 480, reason: 'unregistered', sipCallId: undefined }, '1002 could not be rung: no phone is registered.'],
  [
    { sipStatus: 487, reason: 'Cancelled: SIP;cause=200;text="Call completed elsewhere"' },
    '1002 was rung; somebody else was faster.',
  ],
  [
    { sipStatus: 487, reason: 'Cancelled: Q.850;cause=16;text="Caller gave up"' },
    '1002 was rung until the caller gave up.',
  ],
  [{ sipStatus: 487, reason: 'Cancelled: SIP;cause=408;text="No answer"' }, '1002 was rung and did not answer.'],
  [{ role: 'caller', sipStatus: 487, reason: 'Cancelled by the caller' }, 'The caller (1002) gave up.'],
  [{ role: 'caller', sipStatus: 480, reason: 'Refused', endedBy: 'us' }, 'The caller (1002) was refused: 480 Refused.'],
])('an unanswered leg %j says why', (leg, words) => {
  expect(callWords([{ ...rung, ...leg } as LegNote])).toEqual([words])
})

it('a call without notes, and one whose notes are not to be seen, are told apart', () => {
  expect(callWords([])).toEqual(['Nothing was noted of this call.'])
  expect(callWords(undefined)).toEqual(['An administrator can see how this call sounded.'])
})
