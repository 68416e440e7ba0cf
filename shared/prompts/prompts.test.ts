import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prompts, promptText } from './prompts.ts'
import { messageCounts, messageEnvelope } from './sentences.ts'

const callflowFolder = join(import.meta.dirname, '../callflow')
const sources = readdirSync(callflowFolder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => [file, readFileSync(join(callflowFolder, file), 'utf8')] as const)

describe('what the PBX says', () => {
  it('has words for everything that calls are told', () => {
    const said = sources.flatMap(([file, text]) =>
      [...text.matchAll(/(?:prompt|say): '([a-z][a-z0-9-]*)'|'((?:vm|directory|menu)-[a-z0-9-]+)'/g)].map(
        ([, prompt, other]) => [file, prompt ?? other ?? ''] as const,
      ),
    )

    expect(said.length).toBeGreaterThan(50)
    expect(said.filter(([, id]) => promptText(id, 'en-US') === undefined)).toEqual([])
  })

  it.each(Object.keys(prompts))('%s is a sentence in both languages', (id) => {
    const [english, french] = [promptText(id, 'en-US'), promptText(id, 'fr-CA')]

    expect(english).toMatch(/^[A-Zi].{3,}/)
    expect(french).toMatch(/^[A-ZÉn].{3,}/)
    expect(french).not.toBe(english)
    expect(id).toMatch(/^[a-z0-9][a-z0-9_-]{0,63}$/)
  })

  it('R-190: is said in the language of the call, in English where we have no words', () => {
    expect(promptText('vm-goodbye', 'fr-CA')).toBe('Au revoir.')
    expect(promptText('vm-goodbye', 'de-DE')).toBe('Good-bye.')
    expect(promptText('no-such-prompt', 'en-US')).toBeUndefined()
    expect(promptText('toString', 'en-US')).toBeUndefined()
  })
})

describe('sentences of the moment', () => {
  it.each([
    [1, 0, 'You have 1 new message.', 'Vous avez 1 nouveau message.'],
    [2, 1, 'You have 2 new messages and 1 saved message.', 'Vous avez 2 nouveaux messages et 1 message sauvegardé.'],
    [0, 3, 'You have 3 saved messages.', 'Vous avez 3 messages sauvegardés.'],
  ])('%d new and %d saved messages are counted', (newCount, savedCount, english, french) => {
    expect(messageCounts(newCount, savedCount, 'en-US')).toBe(english)
    expect(messageCounts(newCount, savedCount, 'fr-CA')).toBe(french)
  })

  it.each([
    ['2026-11-24T19:05:00Z', 'America/New_York', 'Message 1, received November 24 at 2 oh 5 P M, from 4, 2, 5.'],
    ['2026-11-24T05:00:00Z', 'America/New_York', 'Message 1, received November 24 at 12 A M, from 4, 2, 5.'],
    ['2026-11-24T17:30:00Z', 'America/New_York', 'Message 1, received November 24 at 12 30 P M, from 4, 2, 5.'],
    ['2026-11-24T17:30:00Z', 'Mars/Olympus', 'Message 1, received November 24 at 5 30 P M, from 4, 2, 5.'],
  ])('a message of %s is told in the time of %s', (at, zone, wanted) => {
    expect(messageEnvelope({ number: 1, at, from: '+1425' }, zone, 'en-US')).toBe(wanted)
  })

  it('a message of nobody known is told without a number', () => {
    expect(messageEnvelope({ number: 2, at: '2026-12-01T18:05:00Z' }, 'America/Montreal', 'fr-CA')).toBe(
      'Message 2, reçu le premier décembre à 13 heures 5.',
    )
  })
})
