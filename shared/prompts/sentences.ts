/** Sentences with something of the moment in them: made here, spoken by the voice. Everything else is a prompt. */
import { Temporal } from 'temporal-polyfill'
import type { Language } from '../model/id.ts'
import { isTimeZone } from '../schedule/zones.ts'

/** A part of speech in each language we have words for. */
interface Words {
  readonly months: readonly string[]
  readonly messages: (newCount: number, savedCount: number) => string
  readonly time: (hour: number, minute: number) => string
  readonly now: (time: string) => string
  readonly date: (month: string, day: number) => string
  readonly message: (
    number: number,
    date: string,
    time: string,
    from: string | undefined,
    by: string | undefined,
  ) => string
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const english: Words = {
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  messages(newCount, savedCount) {
    const parts = [
      newCount > 0 ? plural(newCount, 'new message', 'new messages') : '',
      savedCount > 0 ? plural(savedCount, 'saved message', 'saved messages') : '',
    ].filter((part) => part !== '')
    return `You have ${parts.join(' and ')}.`
  },
  time(hour, minute) {
    const minutes = minute === 0 ? '' : minute < 10 ? ` oh ${minute}` : ` ${minute}`
    return `${hour % 12 === 0 ? 12 : hour % 12}${minutes} ${hour < 12 ? 'A M' : 'P M'}`
  },
  now: (time) => `It is ${time}.`,
  date: (month, day) => `${month} ${day}`,
  message: (number, date, time, from, by) =>
    `Message ${number}, received ${date} at ${time}${from === undefined ? '' : `, from ${from}`}${by === undefined ? '' : `, forwarded by ${by}`}.`,
}

const french: Words = {
  months: [
    'janvier',
    'février',
    'mars',
    'avril',
    'mai',
    'juin',
    'juillet',
    'août',
    'septembre',
    'octobre',
    'novembre',
    'décembre',
  ],
  messages(newCount, savedCount) {
    const parts = [
      newCount > 0 ? plural(newCount, 'nouveau message', 'nouveaux messages') : '',
      savedCount > 0 ? plural(savedCount, 'message sauvegardé', 'messages sauvegardés') : '',
    ].filter((part) => part !== '')
    return `Vous avez ${parts.join(' et ')}.`
  },
  time: (hour, minute) => `${hour} heures${minute === 0 ? '' : ` ${minute}`}`,
  now: (time) => `Il est ${time}.`,
  date: (month, day) => `le ${day === 1 ? 'premier' : day} ${month}`,
  message: (number, date, time, from, by) =>
    `Message ${number}, reçu ${date} à ${time}${from === undefined ? '' : `, du ${from}`}${by === undefined ? '' : `, transféré par ${by}`}.`,
}

const wordsOf = (language: Language): Words => (language.startsWith('fr') ? french : english)

/** "You have 2 new messages and 1 saved message." At least one of the counts is above zero. */
export const messageCounts = (newCount: number, savedCount: number, language: Language): string =>
  wordsOf(language).messages(newCount, savedCount)

const localTime = (at: string, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.from(at).toZonedDateTimeISO(isTimeZone(zone) ? zone : 'UTC')

/** "It is 2 05 P M." in a zone's time; UTC where the zone is not known. */
export function timeSentence(at: string, zone: string, language: Language): string {
  const words = wordsOf(language)
  const { hour, minute } = localTime(at, zone)
  return words.now(words.time(hour, minute))
}

/** "Message 1, received November 24 at 2 05 P M, from 6, 0, 4 …" in a zone's time; UTC where the zone is not known. */
export function messageEnvelope(
  message: {
    readonly number: number
    readonly at: string
    readonly from?: string | undefined
    readonly forwardedBy?: string | undefined
  },
  zone: string,
  language: Language,
): string {
  const words = wordsOf(language)
  const local = localTime(message.at, zone)
  const spelled = message.from?.replace(/^\+1?/, '').split('').join(', ')
  const date = words.date(words.months[local.month - 1] ?? '', local.day)
  return words.message(message.number, date, words.time(local.hour, local.minute), spelled, message.forwardedBy)
}
