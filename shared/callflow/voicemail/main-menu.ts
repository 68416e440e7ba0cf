import type { VoicemailBox } from '../../model/voicemail-box.ts'
import { messageCounts } from '../../prompts/sentences.ts'
import { type CallView, end, wait } from '../define-module.ts'
import { languageOf } from '../language.ts'
import type { Speech } from '../vocabulary.ts'
import { type Checked, type CheckMemo, keys, memo, roundsMax } from './memo.ts'

function counts(box: VoicemailBox, view: CallView): Speech {
  const { newCount = 0, savedCount = 0 } = view.fact('voicemail-box', box.id)
  return newCount + savedCount === 0
    ? { prompt: 'vm-no-messages' }
    : { say: messageCounts(newCount, savedCount, languageOf(view)) }
}

const mainPrompt = (box: VoicemailBox): Speech => ({
  prompt: box.configurable ? 'vm-main-menu' : 'vm-main-menu-not-configurable',
})

/** How many messages there are and what can be done. */
export const mainMenu = (box: VoicemailBox, view: CallView, ...before: Speech[]): Checked =>
  wait(memo('main'), keys([...before, counts(box, view), mainPrompt(box)]))

/** The same menu once more after a silent or wrong key, and good-bye after some. */
export function again(before: CheckMemo, ...parts: Speech[]): Checked {
  return before.rounds + 1 >= roundsMax
    ? end('completed', 'finished with voicemail')
    : wait({ ...before, rounds: before.rounds + 1 }, keys(parts))
}

export const mainMenuAgain = (box: VoicemailBox, before: CheckMemo, view: CallView): Checked =>
  again(before, counts(box, view), mainPrompt(box))
