import { describe, expect, it } from 'vitest'
import { makeResponse } from '../compose.ts'
import { parseMessage, SipHeaders, type SipRequest } from '../message.ts'
import { ManualTimerQueue } from '../timer-queue.ts'
import { handle, machines, type State } from './tables.ts'
import { Transaction } from './transaction.ts'

const request = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:b@b.example',
  headers: new SipHeaders([
    ['Via', 'SIP/2.0/UDP a.example;branch=z9hG4bK1'],
    ['From', '<sip:a@a.example>;tag=1'],
    ['To', '<sip:b@b.example>'],
    ['Call-ID', 'x'],
    ['CSeq', `1 ${method}`],
  ]),
  body: new Uint8Array(0),
})

/** A transaction on a wire that only writes down: what was sent and when, and how it ended. */
function start(role: 'client' | 'server', method: string, reliable: boolean) {
  const timers = new ManualTimerQueue()
  const sent: [atMs: number, what: string][] = []
  const heard: string[] = []
  const write = (bytes: Uint8Array) => {
    const parsed = parseMessage(bytes)
    const message = parsed.kind === 'message' ? parsed.message : undefined
    sent.push([timers.nowMs, message?.kind === 'request' ? message.method : String(message?.status)])
  }
  const transaction = new Transaction(
    role,
    method,
    { reliable, write },
    timers,
    {
      response: (response) => heard.push(String(response.status)),
      timedOut: () => heard.push('timed out'),
      failed: () => heard.push('failed'),
      ended: () => heard.push('ended'),
    },
    () => request('ACK'),
  )
  if (role === 'client') transaction.start(request(method))
  const answer = (status: number) => makeResponse(request(method), status, 'tag')
  return { transaction, timers, sent, heard, answer }
}

describe('the four machines', () => {
  it('know every state they go to, and leave every one but the last', () => {
    for (const { table } of Object.values(machines).flatMap((role) => Object.values(role))) {
      const states = new Set(Object.keys(table))
      for (const rows of Object.values(table))
        for (const [next] of Object.values(rows ?? {}))
          expect(next === 'terminated' || states.has(next ?? ''), next).toBe(true)
    }
  })

  it('do nothing on what their table does not say', () => {
    expect(handle(machines.client.invite.table, 'terminated', '2xx')).toEqual(['terminated'])
  })

  it('start no timer in a state that has no row for it', () => {
    for (const { table } of Object.values(machines).flatMap((role) => Object.values(role)))
      for (const rows of Object.values(table))
        for (const [next, ...actions] of Object.values(rows ?? {}))
          for (const action of actions) {
            const timer = /^start (.)$/.exec(action)?.[1]
            const inNext = table[next as State] as Readonly<Record<string, unknown>> | undefined
            if (timer !== undefined) expect(inNext?.[timer], `${next} ${action}`).toBeDefined()
          }
  })
})

describe('an INVITE of ours', () => {
  it('is sent again after 0.5, 1, 2, 4, 8 and 16 seconds and given up after 32 on UDP (A, B)', () => {
    const { timers, sent, heard } = start('client', 'INVITE', false)

    timers.advance(40_000)

    expect(sent.map(([atMs]) => atMs)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    expect(heard).toEqual(['timed out', 'ended'])
    expect(timers.size).toBe(0)
  })

  it('is sent once on TCP and given up after 32 seconds', () => {
    const { timers, sent, heard } = start('client', 'INVITE', true)

    timers.advance(32_000)

    expect(sent).toHaveLength(1)
    expect(heard).toEqual(['timed out', 'ended'])
  })

  it('acknowledges a refusal each time it comes, for 32 seconds on UDP (D)', () => {
    const { transaction, timers, sent, heard, answer } = start('client', 'INVITE', false)

    transaction.received(answer(180))
    transaction.received(answer(486))
    transaction.received(answer(486))
    timers.advance(32_000)

    expect(sent.map(([, what]) => what)).toEqual(['INVITE', 'ACK', 'ACK'])
    expect(heard).toEqual(['180', '486', 'ended'])
  })

  it('is over with a refusal on TCP', () => {
    const { transaction, timers, heard, answer } = start('client', 'INVITE', true)

    transaction.received(answer(486))

    expect(heard).toEqual(['486', 'ended'])
    expect(timers.size).toBe(0)
  })

  it('hears every 2xx of every fork for 32 seconds (M, RFC 6026)', () => {
    const { transaction, timers, heard, answer } = start('client', 'INVITE', true)

    transaction.received(answer(200))
    timers.advance(31_000)
    transaction.received(answer(200))
    timers.advance(1_000)

    expect(heard).toEqual(['200', '200', 'ended'])
  })

  it('does not ring for ever (C)', () => {
    const { transaction, timers, heard, answer } = start('client', 'INVITE', false)

    transaction.received(answer(180))
    timers.advance(15 * 60_000)

    expect(heard).toEqual(['180', 'timed out', 'ended'])
  })

  it('fails at once when its connection breaks', () => {
    const { transaction, timers, heard } = start('client', 'INVITE', true)

    transaction.input('transport error')

    expect(heard).toEqual(['failed', 'ended'])
    expect(timers.size).toBe(0)
  })
})

describe('another request of ours', () => {
  it('is sent again at most every 4 seconds and given up after 32 on UDP (E, F)', () => {
    const { timers, sent, heard } = start('client', 'OPTIONS', false)

    timers.advance(32_000)

    expect(sent.map(([atMs]) => atMs)).toEqual([
      0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ])
    expect(heard).toEqual(['timed out', 'ended'])
  })

  it('stays 5 seconds for repeated answers on UDP (K), none on TCP', () => {
    for (const [reliable, ms] of [
      [false, 5_000],
      [true, 0],
    ] as const) {
      const { transaction, timers, heard, answer } = start('client', 'OPTIONS', reliable)
      transaction.received(answer(200))
      expect(heard.includes('ended')).toBe(reliable)
      timers.advance(ms)
      expect(heard).toEqual(['200', 'ended'])
    }
  })
})

describe('an INVITE of others', () => {
  it('has its refusal sent again until the ACK comes, then 5 seconds of peace on UDP (G, I)', () => {
    const { transaction, timers, sent, heard, answer } = start('server', 'INVITE', false)

    transaction.respond(answer(486))
    timers.advance(1_600)
    transaction.input('ack')
    timers.advance(5_000)

    expect(sent.map(([atMs]) => atMs)).toEqual([0, 500, 1_500])
    expect(heard).toEqual(['ended'])
  })

  it('is given up 32 seconds after a refusal that nobody acknowledges (H)', () => {
    const { transaction, timers, heard, answer } = start('server', 'INVITE', true)

    transaction.respond(answer(486))
    timers.advance(32_000)

    expect(heard).toEqual(['timed out', 'ended'])
  })

  it('answers its repeats with the last answer, and takes 2xx again for 32 seconds (L, RFC 6026)', () => {
    const { transaction, timers, sent, answer } = start('server', 'INVITE', false)

    transaction.respond(answer(180))
    transaction.input('request again')
    transaction.respond(answer(200))
    transaction.respond(answer(200))
    transaction.respond(answer(486))
    timers.advance(32_000)

    expect(sent.map(([, what]) => what)).toEqual(['180', '180', '200', '200'])
    expect(transaction.state).toBe('terminated')
  })
})

describe('an INVITE of others that nobody answers', () => {
  it('is reported after a quarter of an hour (C)', () => {
    const { transaction, timers, heard, answer } = start('server', 'INVITE', false)

    transaction.respond(answer(180))
    timers.advance(15 * 60_000)
    transaction.respond(answer(480))
    timers.advance(32_000)

    expect(heard).toEqual(['timed out', 'timed out', 'ended'])
    expect(timers.size).toBe(0)
  })
})

describe('another request of others', () => {
  it('answers repeats for 32 seconds on UDP (J)', () => {
    const { transaction, timers, sent, heard, answer } = start('server', 'OPTIONS', false)

    transaction.input('request again')
    transaction.respond(answer(200))
    timers.advance(31_000)
    transaction.input('request again')
    timers.advance(1_000)

    expect(sent.map(([, what]) => what)).toEqual(['200', '200'])
    expect(heard).toEqual(['ended'])
  })

  it('is forgotten after 32 seconds when nobody here answers it (N)', () => {
    const { timers, sent, heard } = start('server', 'OPTIONS', false)

    timers.advance(32_000)

    expect(sent).toEqual([])
    expect(heard).toEqual(['ended'])
    expect(timers.size).toBe(0)
  })
})
