import { expect, it } from 'vitest'
import type { LadderMessage } from '../api/sip-traces.ts'
import { drawLadder } from './draw-ladder.ts'

const startMs = Date.parse('2026-11-24T15:00:00.000Z')
const caller = { who: '1001 (caller)', remote: '192.0.2.7:5060', sipCallId: 'a' }
const callee = { who: '1002 (callee)', remote: '192.0.2.8:5060', sipCallId: 'b' }
const carrier = { who: '+16045550199 (callee)', remote: '198.51.100.9:5060', sipCallId: 'c' }

type Said = readonly [ms: number, direction: 'in' | 'out', far: typeof caller, text: string]

const drawn = (...said: Said[]): string =>
  drawLadder(
    'the-call',
    said.map(
      ([ms, direction, far, text]): LadderMessage => ({
        ...far,
        at: new Date(startMs + ms).toISOString(),
        direction,
        transport: 'udp',
        text: `${text}\r\n\r\n`,
      }),
    ),
  )

it('a call is drawn from left to right, with offsets, methods and statuses', () => {
  expect(
    drawn(
      [0, 'in', caller, 'INVITE sip:1002@pbx.example SIP/2.0\r\n\r\nv=0\r\nm=audio 9 RTP/AVP 0'],
      [1, 'out', caller, 'SIP/2.0 401 Unauthorized'],
      [21, 'out', callee, 'INVITE sip:1002@192.0.2.8 SIP/2.0'],
      [450, 'in', callee, 'SIP/2.0 486 Busy Here'],
      [460, 'out', carrier, 'INVITE sip:+16045550199@198.51.100.9 SIP/2.0'],
      [12_345, 'out', caller, 'SIP/2.0 487 Request Terminated'],
    ),
  ).toBe(
    `Call the-call since 2026-11-24T15:00:00.000Z, offsets in ms. Messages: 6, dialogs: 3.

       1001 (caller)                 Offhook                       1002 (callee)                 +16045550199 (callee)
       192.0.2.7:5060/udp                                          192.0.2.8:5060/udp            198.51.100.9:5060/udp
    0  |------- INVITE (SDP) ------->|                             |                             |
    1  |<----- 401 Unauthorized -----|                             |                             |
   21  |                             |---------- INVITE ---------->|                             |
  450  |                             |<------ 486 Busy Here -------|                             |
  460  |                             |------------------------- INVITE ------------------------->|
12345  |<-- 487 Request Terminated --|                             |                             |
`,
  )
})

it('what far ends write breaks no line, and two dozen phones fit on one', () => {
  const evil = { ...caller, who: '10\r\n01\u202e (caller)' }
  const text = drawn(
    [0, 'in', evil, 'INV\u0007ITE sip:x SIP/2.0'],
    [1, 'in', evil, `SIP/2.0 200 ${'x'.repeat(4_000)}`],
    ...Array.from(
      { length: 24 },
      (_, index): Said => [2, 'out', { ...callee, who: `phone ${index}` }, 'INVITE x SIP/2.0'],
    ),
  )

  expect(text).toMatch(/^[\x20-\x7e\n]+$/)
  expect(text.trimEnd().split('\n')).toHaveLength(4 + 26)
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(400)
  expect(text).toContain('others')
})

it('a call of which nothing was recorded says so', () => {
  expect(drawn()).toBe('Call the-call: no message was recorded.\n')
})
