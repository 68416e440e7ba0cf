import { normaliseNumber } from '../numbers/normalise.ts'
import { withheld } from './blacklist.ts'

/** Characters of a paste that are looked at, and pieces of it that are given back as unreadable. */
export const pastedMax = 200_000
const refusedMax = 50

export interface PastedNumbers {
  /** As calls are compared with them: E.164, or the digits of a short code. Each once, in the order they were pasted. */
  readonly numbers: readonly string[]
  /** Somebody wrote "anonymous": callers who hide their number. */
  readonly anonymous: boolean
  /** Pieces in which there is no number, shortened; at most 50. */
  readonly refused: readonly string[]
}

/** The number in `"Pat" <604-123-4567>`, `tel:+1604…`, `sip:604…@carrier.example` or plain digits. */
function bare(piece: string): string {
  const inside = /<([^<>]*)>/.exec(piece)?.[1] ?? piece
  const uri = /^(?:tel|sips?):([^@;?]*)/i.exec(inside.trim())
  return (uri?.[1] ?? inside).replaceAll(/["']/g, '').trim()
}

/** A number as it is compared, from 3 to 15 digits; nothing for what is none. */
function numberIn(text: string, country: string): string | undefined {
  const number = /^[+\d\s().\-/]+$/.test(text) ? normaliseNumber(text, country) : ''
  return /^\+?\d{3,15}$/.test(number) ? number : undefined
}

/** Several numbers with only blanks between them; each must be as long as a subscriber's, or it was one number in groups. */
function numbersBetweenBlanks(text: string, country: string): string[] {
  const parts = text.split(/\s+/).map((part) => numberIn(part, country))
  return parts.every((part) => part !== undefined && part.length >= 7) ? parts.flatMap((part) => part ?? []) : []
}

/** Numbers in whatever was pasted: one a line, between commas, semicolons, tabs or bars, from a spreadsheet or a mail. */
export function pastedNumbers(text: string, country: string): PastedNumbers {
  const pieces = text
    .slice(0, pastedMax)
    .split(/[\r\n,;|\t]+/)
    .map(bare)
    .filter((piece) => piece !== '')
  const numbers = new Set<string>()
  const refused: string[] = []
  let anonymous = false
  for (const piece of pieces) {
    const one = numberIn(piece, country)
    const several = one === undefined ? numbersBetweenBlanks(piece, country) : [one]
    if (withheld.test(piece)) anonymous = true
    else if (several.length === 0) refused.push(piece.slice(0, 64))
    else for (const number of several) numbers.add(number)
  }
  return { numbers: [...numbers], anonymous, refused: refused.slice(0, refusedMax) }
}
