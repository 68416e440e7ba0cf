import type { CallTraits } from './call-state.ts'

export interface Shown {
  readonly name?: string
  readonly number?: string
}

/** Longest name that phones and carriers are given. */
const nameMax = 64

/**
 * What the called party is shown: prefixes, then the identity. The number stays as it can be called back, so what was put
 * before the number is shown with the name; without any name the number stands in its place.
 */
export function withPrefixes(prefixes: CallTraits['prefixes'], { name, number }: Shown): Shown {
  const beforeNumber = prefixes.map((prefix) => prefix.number).join('')
  const shownNumber = beforeNumber === '' ? '' : `${beforeNumber}${number ?? ''}`
  const shown = [
    ...prefixes.map((prefix) => prefix.name),
    name ?? (shownNumber === '' ? (number ?? '') : ''),
    shownNumber,
  ]
    .filter((part) => part !== '')
    .join(' ')
  return { ...(shown === '' ? {} : { name: shown.slice(0, nameMax) }), ...(number === undefined ? {} : { number }) }
}
