import type { Language } from '../model/id.ts'
import type { VoicemailBox, VoicemailMessage } from '../model/voicemail-box.ts'
import { isTimeZone } from '../schedule/zones.ts'

export interface Notice {
  readonly subject: string
  readonly text: string
}

interface Words {
  readonly nobody: string
  readonly subject: (caller: string) => string
  readonly opening: (box: string, number: string) => string
  readonly from: string
  readonly received: string
  readonly length: string
  readonly forwarded: string
  readonly said: string
}

const english: Words = {
  nobody: 'an unknown caller',
  subject: (caller) => `New voicemail from ${caller}`,
  opening: (box, number) => `${box} (${number}) has a new voicemail message.`,
  from: 'From',
  received: 'Received',
  length: 'Length',
  forwarded: 'Forwarded by',
  said: 'What was said, as the computer understood it:',
}

const french: Words = {
  nobody: 'un appelant inconnu',
  subject: (caller) => `Nouveau message vocal de ${caller}`,
  opening: (box, number) => `${box} (${number}) a un nouveau message vocal.`,
  from: 'De',
  received: 'Reçu',
  length: 'Durée',
  forwarded: 'Transféré par',
  said: "Ce qui a été dit, tel que compris par l'ordinateur :",
}

const clock = (ms: number): string => {
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** An instant as people of a zone write it; UTC where the zone is not known. */
function localTime(at: string, zone: string, language: Language): string {
  const format = { dateStyle: 'full', timeStyle: 'short', timeZone: isTimeZone(zone) ? zone : 'UTC' } as const
  // Blanks that no mail program breaks at, and some do not show.
  return new Intl.DateTimeFormat(language, format).format(new Date(at)).replaceAll(/[\u00a0\u202f]/g, ' ')
}

export interface NoticeOf {
  readonly box: Pick<VoicemailBox, 'name' | 'number'>
  readonly message: Pick<VoicemailMessage, 'at' | 'callerName' | 'callerNumber' | 'durationMs' | 'forwardedBy'>
  readonly transcript: string | undefined
  readonly language: Language
  readonly timeZone: string
}

/** What the people of a box are told of a new message: in their language and their time. */
export function voicemailNotice({ box, message, transcript, language, timeZone }: NoticeOf): Notice {
  const words = language.startsWith('fr') ? french : english
  const { callerName, callerNumber, forwardedBy } = message
  const caller = [callerName, callerNumber].filter((part) => part !== undefined).join(' ') || words.nobody
  const lines = [
    `${words.from}: ${caller}`,
    ...(forwardedBy === undefined ? [] : [`${words.forwarded}: ${forwardedBy}`]),
    `${words.received}: ${localTime(message.at, timeZone, language)}`,
    `${words.length}: ${clock(message.durationMs)}`,
    ...(transcript === undefined ? [] : ['', words.said, '', transcript]),
  ]
  return { subject: words.subject(caller), text: [words.opening(box.name, box.number), '', ...lines].join('\n') }
}
