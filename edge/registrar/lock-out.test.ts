import { describe, expect, it } from 'vitest'
import { addressKey, attemptsMax, blockMs, countersMax, createLockOut, type LockOutEvent } from './lock-out.ts'

const guess = (times: number, address: string, username: string, isKnown: boolean, at = 0) => {
  const events: LockOutEvent[] = []
  const lockOut = createLockOut((event) => events.push(event))
  for (let index = 0; index < times; index += 1) lockOut.failed(address, username, isKnown, at)
  return { lockOut, events }
}

describe('guessing passwords', () => {
  it('R-146: 20 bad passwords from one address block that address for that name, and are reported once', () => {
    const { lockOut, events } = guess(attemptsMax + 5, '203.0.113.9', '1001', true)

    expect(lockOut.isBlocked('203.0.113.9', '1001', 1)).toBe(true)
    expect(lockOut.isBlocked('203.0.113.9', '1002', 1)).toBe(false)
    expect(lockOut.isBlocked('198.51.100.7', '1001', 1)).toBe(false)
    expect(events).toEqual([{ address: '203.0.113.9', username: '1001', atMs: 0, untilMs: blockMs }])
  })

  it('R-146: 20 names that do not exist block the address for all names', () => {
    const lockOut = createLockOut(() => undefined)
    for (let index = 0; index < attemptsMax; index += 1) lockOut.failed('203.0.113.9', `nobody${index}`, false, 0)

    expect(lockOut.isBlocked('203.0.113.9', '1001', 1)).toBe(true)
  })

  it('nineteen do not, and a block ends by itself', () => {
    expect(guess(attemptsMax - 1, '203.0.113.9', '1001', true).lockOut.isBlocked('203.0.113.9', '1001', 1)).toBe(false)
    expect(guess(attemptsMax, '203.0.113.9', '1001', true).lockOut.isBlocked('203.0.113.9', '1001', blockMs + 1)).toBe(
      false,
    )
  })

  it('the neighbours of one IPv6 network count as one', () => {
    expect(addressKey('2001:db8:1:2::77')).toBe(addressKey('2001:db8:1:2:ffff:1:2:3'))
    expect(addressKey('2001:db8:1:2::77')).not.toBe(addressKey('2001:db8:1:3::77'))
    expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1')
  })

  it('a guesser with endless addresses cannot fill the memory', () => {
    const lockOut = createLockOut(() => undefined)
    for (let index = 0; index < countersMax + 1_000; index += 1)
      lockOut.failed(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, '1001', true, 0)

    expect(lockOut.size).toBe(countersMax)
  })
})
