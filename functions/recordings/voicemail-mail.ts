import { voicemailNotice } from '@offhook/shared/notices/voicemail-notice.ts'
import type { Mail } from '../mail/mail-port.ts'
import { attachmentBytesMax } from '../mail/mail-port.ts'
import type { Arrival, BoxToTell } from './voicemail-arrival.ts'

/** The notice of a new message; with the audio and the text where the box wants them. Its id is the message's object, so a second copy is recognisable. */
export function voicemailMail(
  { box, language, timeZone }: BoxToTell,
  message: Arrival,
  audio: Uint8Array,
  transcript: string | undefined,
  from: string,
): Mail {
  const said = box.includeTranscript ? transcript : undefined
  const isAttached = box.attachAudio && audio.length <= attachmentBytesMax
  return {
    id: message.objectKey,
    from,
    to: box.notifyEmails,
    ...voicemailNotice({ box, message, transcript: said, language, timeZone }),
    attachments: isAttached ? [{ name: 'message.wav', contentType: 'audio/wav', content: audio }] : [],
  }
}
