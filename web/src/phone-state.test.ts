import { describe, expect, it } from 'vitest'
import { microphoneProblem } from './microphone.ts'
import { buttonsOf, newPhone, next, type PhoneEvent } from './phone-state.ts'

const after = (...events: PhoneEvent[]) => events.reduce(next, newPhone)
const registered: PhoneEvent = { type: 'registered' }
const dialled: PhoneEvent = { type: 'dialled', number: '1002' }
const talking: PhoneEvent = { type: 'talking', who: '1002' }
const shown = (...events: PhoneEvent[]) =>
  Object.entries(buttonsOf(after(...events))).flatMap(([name, isThere]) => (isThere ? [name] : []))

describe('the phone of the page', () => {
  it('shows the buttons that make sense, and no Mute while it only rings', () => {
    expect(shown()).toEqual(['call'])
    expect(shown(registered)).toEqual(['call', 'mayCall'])
    expect(shown(registered, dialled)).toEqual(['hangUp'])
    expect(shown(registered, dialled, talking)).toEqual(['hangUp', 'mute'])
    expect(shown(registered, { type: 'incoming', who: '1003' })).toEqual(['answer', 'hangUp'])
    expect(shown(registered, { type: 'incoming', who: '1003' }, { type: 'answer' })).toEqual(['hangUp'])
    expect(shown(registered, dialled, talking, { type: 'over', cause: 'Terminated' })).toEqual(['call', 'mayCall'])
  })

  it('goes on saying who talks when the registration is refreshed, and when the connection is away', () => {
    for (const news of [registered, { type: 'disconnected' } as const])
      expect(after(registered, dialled, talking, news)).toMatchObject({ phase: 'up', said: 'Talking with 1002' })
  })

  it('says that the connection is lost, and is ready again when it is back', () => {
    const lost = after(registered, { type: 'disconnected' })
    expect(lost).toMatchObject({ phase: 'connecting', said: 'The connection is lost; trying again …' })
    expect(next(lost, registered)).toMatchObject({ phase: 'idle', said: expect.stringMatching(/^Ready\./) })
  })

  it.each([
    ['Busy', 'Busy.'],
    ['Rejected', 'The call was declined.'],
    ['Not Found', 'There is no such number.'],
    ['Terminated', 'Call ended.'],
    [undefined, 'Call ended.'],
    ['Odd Thing', 'Call ended: Odd Thing.'],
  ])('a call that ends by %s says: %s', (cause, said) => {
    expect(after(registered, dialled, { type: 'over', cause }).said).toBe(said)
  })

  it('is not muted in the next call', () => {
    const muted = after(registered, dialled, talking, { type: 'muted', isMuted: true })
    expect(muted.isMuted).toBe(true)
    expect([{ type: 'over', cause: undefined } as const, dialled].reduce(next, muted).isMuted).toBe(false)
  })

  it('tells a microphone that is missing from one that is forbidden or taken', () => {
    const said = ['NotFoundError', 'NotAllowedError', 'NotReadableError'].map(microphoneProblem)

    expect(new Set(said).size).toBe(3)
    expect(said[0]).toContain('no microphone')
    expect(said[1]).toContain('not allowed')
    const why = said[0] ?? ''
    expect(after(registered, dialled, { type: 'no-microphone', why })).toMatchObject({ phase: 'idle', said: why })
    expect(microphoneProblem('SecurityError')).toContain('SecurityError')
  })
})
