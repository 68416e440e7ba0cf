import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** Characters of what was dialled that are looked at. */
export const dialledMax = 64

const punctuation = /[\s().\-/]/g
/** Three-digit services and star codes are never telephone numbers. */
const service = /^(\*.*|\d{2,3}|#.*)$/
/** Where the North American plan holds, ten digits are a whole number. */
const nanp = new Set(['US', 'CA', 'PR', 'JM', 'BS', 'BB', 'DO', 'TT'])

/**
 * What somebody dialled in the form everything compares: E.164 with its plus sign for public numbers, else the digits as typed
 * (extensions of 2 to 7 digits, star codes, 911). `country` says how numbers without a plus are meant. kazoo-style rules: `011…` and
 * `00…` are international, ten or eleven digits are national in North America.
 */
export function normaliseNumber(dialled: string, country: string): string {
  const text = dialled.slice(0, dialledMax).replaceAll(punctuation, '')
  if (service.test(text)) return text
  if (text.startsWith('+')) return plus(text.slice(1)) ?? text
  if (!/^\d+$/.test(text)) return text
  if (nanp.has(country)) {
    const national = /^1?([2-9]\d{2}[2-9]\d{6})$/.exec(text)
    if (national !== null) return `+1${national[1]}`
    const abroad = /^(?:011|00)([1-9]\d{6,14})$/.exec(text)
    return abroad === null ? text : `+${abroad[1]}`
  }
  // Shorter than any subscriber number: an extension, whatever the country.
  if (text.length <= 7) return text
  const abroad = /^00([1-9]\d{6,14})$/.exec(text)
  if (abroad !== null) return `+${abroad[1]}`
  const parsed = parsePhoneNumberFromString(text, country as CountryCode)
  return parsed?.isPossible() === true ? parsed.number : text
}

const plus = (digits: string): string | undefined => (/^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined)

/** The same subscriber, however each was written. */
export const sameNumber = (a: string, b: string, country: string): boolean =>
  normaliseNumber(a, country) === normaliseNumber(b, country)

/** A number without the country code of North America, as Match Caller ID and lists compare it. */
export const withoutPlusOne = (number: string): string => number.replace(/^\+?1(?=[2-9]\d{9}$)/, '').replace(/^\+/, '')

export const isPublic = (number: string): boolean => /^\+[1-9]\d{6,14}$/.test(number)
