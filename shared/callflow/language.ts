import type { Account } from '../model/account.ts'
import type { Language } from '../model/id.ts'
import type { CallView } from './define-module.ts'
import { callingDeviceId, findOne } from './view.ts'
import type { Work } from './work.ts'

/** Spoken where nothing that is wished for can be: every prompt has its words in it. */
const languageDefault: Language = 'en-US'

/** The one of `spoken` that is closest: the same, else one of the same family. Whoever does not say what can be spoken speaks all. */
function closest(wanted: Language, spoken: readonly Language[] | undefined): Language | undefined {
  const isFamily = (one: Language) => one.slice(0, 2) === wanted.slice(0, 2)
  return spoken === undefined || spoken.includes(wanted) ? wanted : spoken.find(isFamily)
}

/** The first wish that can be spoken, else US English. */
export function languageFor(
  wishes: readonly (Language | undefined)[],
  spoken: readonly Language[] | undefined,
): Language {
  for (const wish of wishes) {
    const language = wish === undefined ? undefined : closest(wish, spoken)
    if (language !== undefined) return language
  }
  return languageDefault
}

/** What the call is spoken to in. */
export const languageOf = (view: Pick<CallView, 'call' | 'account'>): Language =>
  view.call.traits.language ?? view.account.language

/** Settles at arrival what a call is spoken to in: the language of the calling device, of its owner, of the account. */
export function chooseLanguage(work: Work, account: Account): void {
  const deviceId = callingDeviceId(work.state)
  const device = deviceId === undefined ? undefined : findOne(work.config, 'device', deviceId)
  const owner = device?.ownerId === undefined ? undefined : findOne(work.config, 'user', device.ownerId)
  const language = languageFor([device?.language, owner?.language, account.language], work.state.languages)
  // What the account says needs no saying again.
  if (language !== account.language) work.traits({ language })
}
