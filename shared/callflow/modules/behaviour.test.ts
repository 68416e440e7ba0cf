/** What every module of the list does when something goes wrong, at every waiting point of every example: derived from the list, so a new module is in it. */
import { describe, expect, it } from 'vitest'
import { behavioursOf, waitingPoints } from '../../testing/module-behaviour.ts'
import { ExampleCall } from '../../testing/run-example.ts'
import { callBounds } from '../call-state.ts'
import type { CallModule, ModuleExample } from '../define-module.ts'
import { awaited } from '../work.ts'
import { modules } from './index.ts'

/** Asked more often than anybody would listen, a module is stuck although a bound of the call would end it. */
const patience = 60

const waits = (commands: readonly { readonly type: string }[]): boolean => commands.some(({ type }) => type in awaited)

/** The events of an example, each with the instant it happens at. */
const timed = ({ events }: ModuleExample) =>
  events.map((event, index) => ({ ...event, at: `2026-11-24T15:10:${String(index).padStart(2, '0')}.000Z` }))

describe.each(modules.map((module): [string, CallModule] => [module.title, module]))('%s', (_, module) => {
  it('ends with one record when the caller hangs up, wherever that is', () => {
    for (const { reach } of waitingPoints(module)) {
      const call = reach()
      const commands = call.feed({ type: 'hungup', leg: 'caller' })

      expect(call.state.phase).toBe('ended')
      expect(['completed', 'cancelled', 'voicemail', 'answered']).toContain(call.cdr.disposition)
      expect(call.cdr.endedBy).toBe('caller')
      expect(waits(commands)).toBe(false)
      // Nothing that comes after the end changes what was recorded, or does anything.
      const record = JSON.stringify(call.cdr)
      for (const late of [{ type: 'played' }, { type: 'digits', digits: '1' }, { type: 'hungup', leg: 'caller' }])
        expect(call.feed(late)).toEqual([])
      expect(JSON.stringify(call.cdr)).toBe(record)
    }
  })

  it('does nothing twice when an event comes again', () => {
    for (const example of module.examples) {
      const call = new ExampleCall(module.type, example)
      for (const event of timed(example)) {
        call.feed(event)
        const before = JSON.stringify(call.state)

        expect(call.feed(event)).toEqual([])
        expect(JSON.stringify(call.state)).toBe(before)
      }
    }
  })

  it('goes on or ends whatever fails, is missing, is silent or is keyed wrong: nobody is left waiting', () => {
    const behaviours = behavioursOf(module)

    for (const { when, outcomes } of behaviours)
      for (const { leftBy, times } of outcomes) {
        expect({ when, leftBy }).not.toEqual({ when, leftBy: 'waits' })
        expect({ when, times: times <= patience }).toEqual({ when, times: true })
      }
    expect(patience).toBeLessThan(callBounds.events)
  })

  it('says in the trace why it went on, where what it names is missing or was not chosen', () => {
    const missing = behavioursOf(module).filter(({ when }) => when.startsWith('its ') || when === 'nothing is chosen')

    for (const { when, outcomes } of missing)
      for (const { reason } of outcomes) expect({ when, reason: reason ?? '' }).not.toEqual({ when, reason: '' })
  })
})
