import type { VoicemailBox } from '../../model/voicemail-box.ts'
import type { CallView } from '../define-module.ts'

/** Digits of a box's number. */
export const boxDigitsMax = 15

/** The box a voicemail number names. */
export function boxByNumber(view: CallView, number: string): VoicemailBox | undefined {
  const route = /^\d{1,15}$/.test(number) ? view.find('mailbox-route', number) : undefined
  return route === undefined ? undefined : view.find('voicemail-box', route.voicemailBoxId)
}
