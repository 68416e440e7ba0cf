import { PbxError } from '@offhook/shared/pbx-error.ts'

/** A document with the revision it is at; the answer gets it as its ETag. */
export class Tagged<T> {
  readonly value: T
  readonly revision: number

  constructor(value: T, revision: number) {
    this.value = value
    this.revision = revision
  }
}

export const etagOf = (revision: number): string => `"${revision}"`

const tag = /^"(\d{1,10})"$/

/** The revision an If-Match names; `'any'` for `*`; RFC 9110 §13.1.1. Throws bad-etag (400) on what no answer of ours had. */
export function readIfMatch(header: string | undefined): number | 'any' | undefined {
  if (header === undefined || header.trim() === '') return undefined
  if (header.trim() === '*') return 'any'
  const [, revision] = tag.exec(header.trim()) ?? []
  if (revision === undefined)
    throw new PbxError('bad-etag', { message: 'If-Match: give one ETag as it was answered, such as "12", or *.' })
  return Number(revision)
}

/** A change must name what it changes. Throws if-match-missing (428), RFC 6585 §3. */
export function requireIfMatch(header: string | undefined): number | 'any' {
  const given = readIfMatch(header)
  if (given === undefined)
    throw new PbxError('if-match-missing', {
      status: 428,
      message: 'Say which revision you change: send the ETag you got as If-Match, or * for whichever it is.',
    })
  return given
}

/** Whether the client has this revision already, RFC 9110 §13.1.2. */
export const isKnown = (ifNoneMatch: string | undefined, revision: number): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch.trim() === '*' ||
    ifNoneMatch
      .split(',')
      .map((one) => one.trim().replace(/^W\//, ''))
      .includes(etagOf(revision)))
