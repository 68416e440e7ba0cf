import { promptText } from '@offhook/shared/prompts/prompts.ts'
import { describe, expect, it } from 'vitest'
import { ToldCalls } from './testing/calls.ts'
import { edgeArn, handlerUnderTest, trustKey } from './testing/handler-under-test.ts'
import { did, smallAccount } from './testing/small-account.ts'

const settings = { bucket: 'objects', edgeArn, trustKey, entranceRuleIds: [] }
const caller = { deviceId: 'device-1001' }
/** What a call to a number that nobody has is answered with. */
const answered = async (speaksPrompts: boolean, documents: Record<string, object> = {}) => {
  const underTest = handlerUnderTest({ ...smallAccount, ...documents }, { settings: { ...settings, speaksPrompts } })
  return { actions: await new ToldCalls(underTest).arrive('call', caller, '1999'), underTest }
}
const replaced = {
  'prompt/en-US-number-not-in-service': {
    promptId: 'number-not-in-service',
    language: 'en-US',
    mediaId: 'bye',
  },
}

describe('prompts', () => {
  it('are objects where they were rendered', async () => {
    expect((await answered(false)).actions).toMatchObject([
      { Type: 'PlayAudio', Parameters: { AudioSource: { Key: 'prompts/en-US/number-not-in-service.wav' } } },
    ])
  })

  it('R-190: are spoken where none were rendered, in the language of the call', async () => {
    const french = { 'account/account': { language: 'fr-CA' } }

    expect(JSON.stringify((await answered(true)).actions)).toContain(promptText('number-not-in-service', 'en-US'))
    const [action] = (await answered(true, french)).actions
    expect(action).toMatchObject({ Type: 'Speak', Parameters: { LanguageCode: 'fr-CA', VoiceId: 'Chantal' } })
    expect(JSON.stringify(action)).toMatch(/Le numéro que vous avez composé/)
  })

  it("R-188: an account's own come before either", async () => {
    for (const speaksPrompts of [true, false])
      expect(JSON.stringify((await answered(speaksPrompts, replaced)).actions)).toContain('Good bye.')
  })

  it('an apology is spoken too', async () => {
    const { underTest } = await answered(true)
    underTest.store.broken = new Error('the table is away')

    const actions = await new ToldCalls(underTest).arrive('other', { did }, '')

    expect(actions.map(({ Type }) => Type)).toEqual(['Speak', 'Hangup'])
  })
})
