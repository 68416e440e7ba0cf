import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** Characters of what was dialled that are looked at. */
export const dialledMax = 64

const punctuation = /[\s().\-/]/g
/** Star codes, and services of two or three digits such as 911, are no telephone numbers. */
const service = /^(?:[*#].*|\d{1,3})$/
/** Longest internal number: shorter than any subscriber number we take without a country code. */
const extensionDigitsMax = 7
const e164 = /^\+[1-9]\d{6,14}$/

/** Countries and islands whose country code is 1 share one numbering plan and its dialling habits. */
const isNanp = (country: string): boolean => isSupportedCountry(country) && getCountryCallingCode(country) === '1'

/** Patient with exchanges that begin with 0 or 1, which the plan does not assign but people write in lists. */
function inNanp(text: string): string {
  const national = /^1?([2-9]\d{9})$/.exec(text)
  if (national !== null) return `+1${national[1]}`
  const abroad = /^(?:011|00)([1-9]\d{6,14})$/.exec(text)
  return abroad === null ? text : `+${abroad[1]}`
}

function elsewhere(text: string, country: string): string {
  if (text.length <= extensionDigitsMax) return text
  const abroad = /^00([1-9]\d{6,14})$/.exec(text)
  if (abroad !== null) return `+${abroad[1]}`
  if (!isSupportedCountry(country)) return text
  const parsed = parsePhoneNumberFromString(text, country)
  return parsed?.isPossible() === true ? parsed.number : text
}

/**
 * What somebody dialled in the form everything compares: E.164 with its plus sign for public numbers, else the digits as typed
 * (extensions of 2 to 7 digits, star codes, 911). `country` says how numbers without a plus are meant: `011…` and `00…` are
 * international, ten or eleven digits are national in North America. Unlike the ancestor, a bare run of digits is never taken for a
 * number abroad: a slip of the finger must not become an international call.
 */
export function normaliseNumber(dialled: string, country: string): string {
  const text = dialled.slice(0, dialledMax).replaceAll(punctuation, '')
  if (service.test(text) || !/^\d+$/.test(text)) return text
  return isNanp(country) ? inNanp(text) : elsewhere(text, country)
}

/** The same subscriber, however each was written. */
export const sameNumber = (a: string, b: string, country: string): boolean =>
  normaliseNumber(a, country) === normaliseNumber(b, country)

/** A number without the country code of North America, as Match Caller ID and lists compare it. */
export const withoutPlusOne = (number: string): string => number.replace(/^\+?1(?=[2-9]\d{9}$)/, '').replace(/^\+/, '')

export const isPublic = (number: string): boolean => e164.test(number)
