import { describe, expect, it } from 'vitest'
import { DigitReceiver } from '../dtmf.ts'
import { strengthOf } from '../testing/rtp-probe.ts'
import { DigitSender, type DigitStep } from './digit-sender.ts'

function steps(sender: DigitSender, asEvents: boolean): DigitStep[] {
  const all: DigitStep[] = []
  // More ticks than any request takes.
  for (let tick = 0; tick < 10_000; tick += 1) {
    const step = sender.next(asEvents)
    if (step === undefined) break
    all.push(step)
  }
  return all
}

describe('digits sent to a leg', () => {
  it('go out request by request, with a pause for a comma, and what is no digit is passed over', () => {
    const sender = new DigitSender()
    const done: string[] = []
    sender.push('1,x2', 100, () => done.push('first'))
    sender.push('#', 40, () => done.push('second'))

    const all = steps(sender, true)

    const [receiver, keys] = [new DigitReceiver(), [] as string[]]
    let startsAt = 0
    for (const [tick, step] of all.entries()) {
      if (step.kind !== 'event') continue
      if (step.isFirst) startsAt = tick * 160
      keys.push(receiver.receive(step.payload, startsAt, tick * 20) ?? '')
    }
    expect(keys.join('')).toBe('12#')
    expect(done).toEqual(['first', 'second'])
    expect(all.filter(({ kind }) => kind === 'pause').length).toBe(25 + 3 * 4 + 2)
  })

  it('are tones where events are not understood', () => {
    const sender = new DigitSender()
    sender.push('9', 100, () => undefined)

    const audio = steps(sender, false).flatMap((step) => (step.kind === 'audio' ? [...step.frame] : []))

    expect(audio.length).toBe(800)
    for (const hz of [852, 1_477]) expect(strengthOf(Uint8Array.from(audio), hz)).toBeGreaterThan(0.1)
  })

  it('at most fifty a request and sixteen requests wait; all are answered', () => {
    const sender = new DigitSender()
    let done = 0
    for (let request = 0; request < 30; request += 1) sender.push('1'.repeat(80), 40, () => done++)
    expect(done).toBe(14)

    const sent = steps(sender, true).filter((step) => step.kind === 'event' && step.isFirst).length

    expect([sent, done]).toEqual([16 * 50, 30])
    sender.push('1', 40, () => done++)
    sender.close()
    expect(done).toBe(31)
  })
})
