import type { VoicemailBox } from '@offhook/shared/model/voicemail-box.ts'
import type { Mail } from '../mail/mail-port.ts'
import type { Arrival } from './voicemail-arrival.ts'

const seconds = (ms: number): string =>
  `${Math.floor(ms / 60_000)}:${String(Math.round((ms % 60_000) / 1_000)).padStart(2, '0')}`

/** The notice of a new message; with the audio where the box wants it. Its id is the message's object, so a second copy is recognisable. */
export function voicemailMail(box: VoicemailBox, message: Arrival, audio: Uint8Array, from: string): Mail {
  const caller =
    [message.callerName, message.callerNumber].filter((part) => part !== undefined).join(' ') || 'an unknown caller'
  return {
    id: message.objectKey,
    from,
    to: box.notifyEmails,
    subject: `New voicemail from ${caller}`,
    text: [
      `${box.name} (${box.number}) has a new voicemail message.`,
      '',
      `From: ${caller}`,
      `Received: ${message.at}`,
      `Length: ${seconds(message.durationMs)}`,
    ].join('\n'),
    attachments: box.attachAudio ? [{ name: 'message.wav', contentType: 'audio/wav', content: audio }] : [],
  }
}
