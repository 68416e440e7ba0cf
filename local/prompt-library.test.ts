import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promptText } from '@offhook/shared/prompts/prompts.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { afterAll, expect, it } from 'vitest'
import { ensurePrompts, spokenLanguages } from './prompt-library.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})
const library = () => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-prompts-'))
  folders.push(folder)
  return folderObjects({ folder, secret: 's'.repeat(32), baseUrl: 'http://localhost/objects' })
}
/** A voice whose audio is the text, so that what was said can be read. */
const voice = (...languages: string[]) => ({
  name: 'written',
  languages,
  render: async (text: string, language: string) => new TextEncoder().encode(`${language}: ${text}`),
})
const nobody = () => undefined

it('R-190: prompts are made in the languages of the voice, each in its own words', async () => {
  const objects = library()
  const said = async (language: string) =>
    new TextDecoder().decode(await objects.get(`prompts/${language}/vm-goodbye.wav`))

  const rendered = await ensurePrompts(objects, voice('en-US', 'fr-CA', 'de-DE'), nobody)

  expect(await said('en-US')).toBe(`en-US: ${promptText('vm-goodbye', 'en-US')}`)
  expect(await said('fr-CA')).toBe(`fr-CA: ${promptText('vm-goodbye', 'fr-CA')}`)
  expect(await objects.exists('prompts/de-DE/vm-goodbye.wav')).toBe(false)
  expect(await objects.exists('tones/hold.wav')).toBe(true)
  expect(await ensurePrompts(objects, voice('en-US', 'fr-CA'), nobody)).toBe(0)
  expect(rendered % 2).toBe(0)
})

it('R-190: a voice that knows English alone is no reason to answer in silence: calls are told so', async () => {
  const objects = library()

  await ensurePrompts(objects, voice('en-US'), nobody)

  expect(await objects.exists('prompts/fr-CA/vm-goodbye.wav')).toBe(false)
  expect(spokenLanguages(voice('en-US'))).toEqual(['en-US'])
  expect(spokenLanguages(voice('fr-CA', 'en-US', 'de-DE'))).toEqual(['en-US', 'fr-CA'])
})
