import * as z from 'zod'
import { Language } from '../../model/id.ts'
import { defineModule } from '../define-module.ts'
import { languageFor } from '../language.ts'

export const language = defineModule({
  type: 'language',
  title: 'Language',
  summary: 'Speaks another language to the caller from here on.',
  params: z.object({ language: Language.default('en-US').meta({ title: 'Language' }) }),
  exits: ['next'],
  answers: false,
  editor: { category: 'Advanced', icon: 'language', caption: (p) => p.language },
  start(p, view) {
    const chosen = languageFor([p.language, view.account.language], view.call.languages)
    const reason =
      chosen === p.language ? `spoken to in ${chosen}` : `${p.language} cannot be spoken; ${chosen} instead`
    return { kind: 'exit', exit: 'next', reason, traits: { language: chosen } }
  },
  examples: [
    { says: 'The call goes on in French.', params: { language: 'fr-CA' }, events: [], leavesBy: 'next' },
    {
      says: 'R-190: a language there is no voice for falls back to one there is.',
      params: { language: 'fr-CA' },
      arrived: { languages: ['en-US'] },
      events: [],
      leavesBy: 'next',
    },
    { says: 'Nothing chosen is English.', params: {}, events: [], leavesBy: 'next' },
  ],
})
