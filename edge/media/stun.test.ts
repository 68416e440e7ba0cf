import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classes, Message, methods, parseMessage } from 'werift'
import { answerCheck } from './stun.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 500)

const credentials = { ufrag: 'ours', pwd: 'a-password-of-22-chars', remoteUfrag: 'them' }
const from = { address: '192.0.2.7', port: 40_123 }

function check({
  username = 'ours:them',
  password = credentials.pwd,
  chosen = false,
  controlled = false,
} = {}): Buffer {
  const message = new Message(methods.BINDING, classes.REQUEST)
  message.setAttribute('USERNAME', username).setAttribute('PRIORITY', 1)
  if (chosen) message.setAttribute('USE-CANDIDATE', null)
  message.setAttribute(controlled ? 'ICE-CONTROLLED' : 'ICE-CONTROLLING', 1n)
  return message.addMessageIntegrity(Buffer.from(password)).addFingerprint().bytes
}

describe('connectivity checks of a browser', () => {
  it.each([from, { address: '2001:db8::17', port: 40_123 }])('are answered with where they came from: %o', (source) => {
    const answer = answerCheck(check({ chosen: true }), source, credentials)

    const response = parseMessage(answer?.response ?? Buffer.alloc(0), Buffer.from(credentials.pwd))
    expect(response?.getAttributeValue('XOR-MAPPED-ADDRESS')).toEqual([source.address, source.port])
    expect(answer?.isChosen).toBe(true)
  })

  it.each([
    ['another password', check({ password: 'wrong' })],
    ['another user name', check({ username: 'ours:someone' })],
    ['the controlled role, which is ours', check({ controlled: true })],
  ])('with %s get no answer at all', (_, bytes) => {
    expect(answerCheck(bytes, from, credentials)).toBeUndefined()
  })

  it('nothing a stranger sends is answered, and nothing throws', () => {
    const good = check({ chosen: true })
    const changed = fc
      .tuple(fc.nat({ max: good.length - 1 }), fc.integer({ min: 1, max: 255 }))
      // The fingerprint behind the integrity is not needed and not looked at.
      .filter(([at]) => at < good.length - 8)
      .map(([at, change]) => Buffer.from(good.map((byte, index) => (index === at ? byte ^ change : byte))))
    fc.assert(
      fc.property(
        fc.oneof(
          changed,
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => answerCheck(bytes, from, credentials) === undefined,
      ),
      { numRuns: runs },
    )
  })
})
