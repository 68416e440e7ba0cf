import { describe, expect, it } from 'vitest'
import { SourceGuard } from './source-guard.ts'

const phone = { address: '10.0.0.5', port: 4_000 }
const nat = { address: '203.0.113.9', port: 50_000 }
const stranger = { address: '198.51.100.66', port: 6_666 }

function guard(announced?: typeof phone): SourceGuard {
  const made = new SourceGuard()
  made.announce(announced)
  return made
}
/** Packets come every 20 ms, by their numbers, unless a time is given. */
const admits = (to: SourceGuard, from: typeof phone, sequence: number, isAuthentic = false, nowMs = sequence * 20) =>
  to.admits(from.address, from.port, sequence, isAuthentic, nowMs)

describe('whose packets are the call', () => {
  it('the announced address is believed with its first packet, and from then on nobody else', () => {
    const to = guard(phone)

    expect(admits(to, phone, 1)).toBe(true)
    for (let sequence = 1; sequence < 20; sequence += 1) expect(admits(to, stranger, sequence)).toBe(false)
    expect(to.destination).toEqual(phone)
  })

  it('behind a NAT the first source that keeps coming in order is believed', () => {
    const to = guard(phone)

    expect([1, 2, 3, 4, 5].map((sequence) => admits(to, nat, sequence))).toEqual([false, false, false, true, true])
    expect(to.destination).toEqual(nat)
  })

  it('a stranger who sprays packets does not win against a phone that speaks', () => {
    const to = guard(phone)

    for (let round = 0; round < 3; round += 1) {
      expect(admits(to, stranger, round * 1_000)).toBe(false)
      expect(admits(to, nat, round)).toBe(false)
    }
    expect(admits(to, nat, 3)).toBe(true)
    expect(admits(to, stranger, 3_001)).toBe(false)
  })

  it('a burst is no phone, however long', () => {
    const to = guard(phone)

    for (let sequence = 0; sequence < 100; sequence += 1) expect(admits(to, stranger, sequence, false, 5)).toBe(false)
    expect(admits(to, phone, 1)).toBe(true)
  })

  it('a re-INVITE lets the stream move, with the same address or another, and the old one stays until then', () => {
    const to = guard(phone)
    for (const sequence of [1, 2, 3, 4]) admits(to, nat, sequence)
    const moved = { address: nat.address, port: 50_001 }

    to.announce(phone)
    expect(to.destination).toEqual(nat)
    for (const sequence of [10, 11, 12, 13]) admits(to, moved, sequence)

    expect(to.destination).toEqual(moved)
    to.announce(stranger)
    expect(to.destination).toEqual(stranger)
  })

  it('SRTP proves a source with one packet, ICE without any', () => {
    const to = guard(phone)
    expect(admits(to, nat, 7, true)).toBe(true)

    const browser = guard()
    expect(browser.destination).toBeUndefined()
    browser.prove(nat)
    expect(browser.destination).toEqual(nat)
    expect(admits(browser, stranger, 1, true)).toBe(false)
  })
})
