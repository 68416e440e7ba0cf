import { describe, expect, it } from 'vitest'
import type { Flow, UserAgent } from '../sip/user-agent.ts'
import { createLadder, dialogsMax, keepMs, lengthMax, messageLengthMax, messagesMax } from './ladder.ts'
import { redact } from './redact-message.ts'

const flow: Flow = {
  id: '1',
  transport: 'udp',
  localAddress: '192.0.2.1',
  localPort: 5060,
  remoteAddress: '192.0.2.7',
  remotePort: 5070,
  isOpen: true,
}

interface Said {
  readonly callId?: string
  readonly tag?: string
  readonly method?: string
  readonly body?: string
}

/** A ladder whose messages and clock are in the test's hands. */
function recorder() {
  let tell: Parameters<UserAgent['onMessage']>[0] = () => undefined
  const clock = { nowMs: 1_000_000 }
  const userAgent: Pick<UserAgent, 'onMessage'> = {
    onMessage(listener) {
      tell = listener
    },
  }
  const ladder = createLadder(userAgent, () => clock.nowMs)
  const say = (
    { callId = 'one', tag = 'a', method = 'INVITE', body = '' }: Said = {},
    direction: 'in' | 'out' = 'in',
  ) =>
    tell(
      direction,
      new TextEncoder().encode(
        `${method} sip:1002@pbx.example SIP/2.0\r\nf: <sip:1001@pbx.example>;tag=${tag}\r\nTo: <sip:1002@pbx.example>\r\ni: ${callId}\r\nCSeq: 1 ${method}\r\n\r\n${body}`,
      ),
      flow,
      clock.nowMs,
    )
  return { ladder, clock, say }
}

const textsOf = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text.split(' ')[0])

describe('the ladder of a call', () => {
  it('has nothing until recording is asked for, and nothing of before or after', () => {
    const { ladder, clock, say } = recorder()
    say()
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)' })
    ladder.record('acme', 60_000)
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)' })
    say({ method: 'ACK' })
    clock.nowMs += 60_000
    say({ method: 'BYE' })

    expect(ladder.of('acme', 'call')).toMatchObject([
      { direction: 'in', remote: '192.0.2.7:5070', transport: 'udp', who: '1001 (caller)', sipCallId: 'one' },
    ])
    expect(textsOf(ladder.of('acme', 'call'))).toEqual(['ACK'])
  })

  it('puts the dialogs of a call together as they happened', () => {
    const { ladder, say } = recorder()
    ladder.record('acme', 60_000)
    say()
    say({ callId: 'two', tag: 'ours' }, 'out')
    say({ callId: 'other' })
    say({ method: 'BYE' })
    ladder.link('acme', 'call', { sipCallId: 'two', who: '1002 (callee)' })
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)', fromTag: 'a' })

    expect(ladder.of('acme', 'call').map(({ who, direction }) => `${who} ${direction}`)).toEqual([
      '1001 (caller) in',
      '1002 (callee) out',
      '1001 (caller) in',
    ])
  })

  it('R-009: no account reads the calls of another, not by the call, not by taking its Call-ID', () => {
    const { ladder, say } = recorder()
    ladder.record('acme', 60_000)
    ladder.record('bolt', 60_000)
    say({ callId: 'one', tag: 'acme-tag', body: 'secret of acme' })
    say({ callId: 'one', tag: 'bolt-tag', body: 'of bolt' })
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)', fromTag: 'acme-tag' })
    // A phone of Bolt has learnt Acme's Call-ID, and even the name of its call.
    ladder.link('bolt', 'call', { sipCallId: 'one', who: '2001 (caller)', fromTag: 'bolt-tag' })
    ladder.link('bolt', 'bolt-call', { sipCallId: 'one', who: '2001 (caller)', fromTag: 'bolt-tag' })

    expect(ladder.of('bolt', 'call')).toEqual([])
    expect(ladder.of('bolt', 'bolt-call').map(({ text }) => text.includes('secret'))).toEqual([false])
    expect(ladder.of('acme', 'call')).toHaveLength(1)
    expect(ladder.of('acme', 'call')[0]?.text).toContain('secret of acme')
  })

  it('R-009: what another account asked for shows nothing to one that did not', () => {
    const { ladder, say } = recorder()
    ladder.record('bolt', 60_000)
    say()
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)' })

    expect(ladder.of('acme', 'call')).toEqual([])
  })

  it('another account that begins later takes nothing away', () => {
    const { ladder, say } = recorder()
    ladder.record('acme', 60_000)
    say()
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)' })
    ladder.record('bolt', 1_000)

    expect(ladder.of('acme', 'call')).toHaveLength(1)
  })

  it('is forgotten an hour after the end of recording', () => {
    const { ladder, clock, say } = recorder()
    const untilMs = ladder.record('acme', 60_000)
    say()
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)' })
    clock.nowMs = untilMs + keepMs - 1
    expect(ladder.of('acme', 'call')).toHaveLength(1)
    clock.nowMs += 1

    expect(ladder.of('acme', 'call')).toEqual([])
  })

  it('keeps so many messages of a dialog, so many dialogs, and so much of a message', () => {
    const { ladder, say } = recorder()
    ladder.record('acme', 60_000)
    ladder.link('acme', 'call', { sipCallId: 'one', who: '1001 (caller)' })
    for (let count = 0; count < messagesMax + 50; count += 1) say({ body: 'x'.repeat(10_000) })
    // Strangers with a new Call-ID each time push out each other, and not the call.
    for (let count = 0; count < dialogsMax * 2; count += 1) say({ callId: `stranger-${count}` })
    ladder.link('acme', 'late', { sipCallId: 'stranger-0', who: 'x' })
    ladder.link('acme', 'newest', { sipCallId: `stranger-${dialogsMax * 2 - 1}`, who: 'x' })

    expect(ladder.of('acme', 'call')).toHaveLength(messagesMax)
    expect(ladder.of('acme', 'call')[0]?.text).toHaveLength(messageLengthMax)
    expect(ladder.of('acme', 'late')).toEqual([])
    expect(ladder.of('acme', 'newest')).toHaveLength(1)
  })

  it('keeps no more characters than it may, however many calls are recorded', () => {
    const { ladder, say } = recorder()
    ladder.record('acme', 60_000)
    const calls = Math.ceil((1.5 * lengthMax) / (messagesMax * messageLengthMax))
    for (let call = 0; call < calls; call += 1) {
      ladder.link('acme', `call-${call}`, { sipCallId: `${call}`, who: 'x' })
      for (let count = 0; count < messagesMax; count += 1) say({ callId: `${call}`, body: 'x'.repeat(5_000) })
    }
    const kept = Array.from({ length: calls }, (_, call) => ladder.of('acme', `call-${call}`))
    const length = kept.flat().reduce((sum, { text }) => sum + text.length, 0)

    expect(length).toBeLessThanOrEqual(lengthMax)
    expect(kept[0]).toEqual([])
    expect(kept.at(-1)).toHaveLength(messagesMax)
  })

  it('registrations and pings are of no call', () => {
    const { ladder, say } = recorder()
    ladder.record('acme', 60_000)
    ladder.link('acme', 'call', { sipCallId: 'one', who: 'x' })
    for (const method of ['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'INVITE', 'BYE']) say({ method })

    expect(textsOf(ladder.of('acme', 'call'))).toEqual(['INVITE', 'BYE'])
  })
})

describe('what others may read', () => {
  it.each([
    ['Authorization: Digest username="1001", response="5ecret"', 'Authorization: Digest [redacted]'],
    ['proxy-authorization:Digest response="5ecret"', 'proxy-authorization:Digest [redacted]'],
    [
      'Authorization: Digest username="1001",\r\n response="5ecret",\r\n\tnc=1\r\nTo: <x>',
      'Authorization: Digest [redacted]\r\nTo: <x>',
    ],
    ['Authorization:\r\n Digest response="5ecret"\r\nTo: <x>', 'Authorization: [redacted]\r\nTo: <x>'],
    ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ecret', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 [redacted]'],
    ['a=ice-pwd:5ecret', 'a=ice-pwd: [redacted]'],
    [
      'INFO sip:x SIP/2.0\r\nCSeq: 2 INFO\r\n\r\nSignal=5\r\nDuration=160\r\n',
      'INFO sip:x SIP/2.0\r\nCSeq: 2 INFO\r\n\r\n[redacted]',
    ],
    ['INVITE sip:x SIP/2.0\r\n\r\nv=0\r\n', 'INVITE sip:x SIP/2.0\r\n\r\nv=0\r\n'],
  ])('%j is %j', (text, shown) => {
    expect(redact(text)).toBe(shown)
  })
})
