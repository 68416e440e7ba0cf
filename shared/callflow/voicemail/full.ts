import { messagesMax, type VoicemailBox } from '../../model/voicemail-box.ts'
import { voicemailRecipients } from '../../notices/voicemail-recipients.ts'
import type { CallView } from '../define-module.ts'
import type { CallCommandInput } from '../vocabulary.ts'
import { change } from './memo.ts'

/** People are told once in this time that their box is full, however many callers find it so, ms. */
const toldAgainAfterMs = 24 * 3_600_000

export function isFull(box: VoicemailBox, view: CallView): boolean {
  const { newCount = 0, savedCount = 0 } = view.fact('voicemail-box', box.id)
  return newCount + savedCount >= messagesMax
}

/** Tells the people of a full box that somebody could not leave a message. */
export function tellOfFull(box: VoicemailBox, view: CallView): CallCommandInput[] {
  const { fullToldAt } = view.fact('voicemail-box', box.id)
  if (fullToldAt !== undefined && Date.parse(view.at) - Date.parse(fullToldAt) < toldAgainAfterMs) return []
  const to = voicemailRecipients(box, box.ownerId === undefined ? undefined : view.find('user', box.ownerId))
  if (to.length === 0) return []
  const text = `The voicemail box ${box.name} (${box.number}) is full: it has ${messagesMax} messages. Nobody can leave another before some are deleted.`
  return [change(box, { fullToldAt: view.at }), { type: 'notify', what: 'mailbox-full', to: to.slice(0, 50), text }]
}
