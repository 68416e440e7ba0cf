/** What calls are spoken to in: whose language counts, and what happens where there is no voice for it. */
import { describe, expect, it } from 'vitest'
import { deviceId } from '../testing/acme.ts'
import { acmeWith, type Changes, callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import { drive } from '../testing/drive.ts'
import { languageFor } from './language.ts'

const french = 'fr-CA'
const stranger = { outside: '+14255550163' } as const
const flow = callflowOf('7000', [{ type: 'voicemail', params: { voicemailBoxId: 'box-general' } }])
const spokenTo = (
  changes: Changes,
  more: Readonly<Record<string, unknown>> = {},
  from: Parameters<typeof dial>[3] = { device: deviceId('1002') },
) => {
  const { state } = drive({ documents: acmeWith({ ...flow, ...changes }) }).arrive(from, '7000', more)
  return state.traits.language ?? 'as the account says'
}

describe('the language of a call', () => {
  it.each([
    ['the account', {}, 'as the account says'],
    ['the owner of the phone', { 'user/user-1002': { language: french } }, french],
    [
      'the phone before its owner',
      { 'user/user-1002': { language: 'es-US' }, 'device/desk-1002': { language: french } },
      french,
    ],
  ])('R-127, R-190: is that of %s', (_, changes, language) => {
    expect(spokenTo(changes)).toBe(language)
  })

  it('is that of the account for callers from outside, whoever they call', () => {
    expect(spokenTo({ 'user/user-1002': { language: french } }, {}, stranger)).toBe('as the account says')
    expect(spokenTo({ 'account/account': { language: french } }, { languages: [french] }, stranger)).toBe(
      'as the account says',
    )
  })

  it('R-190: falls back to what can be spoken: the family, the next wish, US English', () => {
    const account = { 'account/account': { language: french } }
    expect(spokenTo(account, { languages: ['en-US'] })).toBe('en-US')
    expect(spokenTo(account, { languages: ['en-US', 'fr-FR'] })).toBe('fr-FR')
    expect(spokenTo({ ...account, 'user/user-1002': { language: 'de-DE' } }, { languages: ['en-US', french] })).toBe(
      'as the account says',
    )
    expect(spokenTo(account, { languages: [] })).toBe('en-US')
  })

  it('R-190: what is told of a mailbox is told in it', () => {
    const world = { facts: { 'voicemail-box/box-1002': { newCount: 2 } } }
    const told = (changes: Changes) => dial('*97', changes, world).press('4711').heard

    expect(told({})).toContain('You have 2 new messages.')
    expect(told({ 'user/user-1002': { language: french } })).toContain('Vous avez 2 nouveaux messages.')
  })

  it.each([
    [['en-GB'], ['en-US'], 'en-US'],
    [[undefined, 'fr-FR'], undefined, 'fr-FR'],
    [[], ['fr-CA'], 'en-US'],
  ])('of the wishes %j where %j can be spoken is %s', (wishes, spoken, language) => {
    expect(languageFor(wishes, spoken)).toBe(language)
  })
})
