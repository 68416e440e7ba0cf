import type * as z from 'zod'

type Issue = z.core.$ZodRawIssue

/** What a field wants to be, by the word the schema library has for it. */
const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
}

const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address, such as alex@acme.example',
  url: 'a web address, such as https://acme.example',
  datetime: 'an instant, such as 2026-11-23T09:30:00Z',
  date: 'a date, such as 2026-11-23',
  time: 'a time, such as 09:30',
  uuid: 'an id of ours',
  ipv4: 'an IPv4 address, such as 192.0.2.10',
  ipv6: 'an IPv6 address, such as 2001:db8::10',
}

const units: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', set: 'entries' }

/** Values told of at most, so that a list of every time zone does not fill the answer. */
const choicesMax = 12

function choices(values: readonly unknown[]): string {
  const named = values.slice(0, choicesMax).map(String).join(', ')
  return `Choose ${values.length > choicesMax ? `one of ${named} and ${values.length - choicesMax} others` : named}.`
}

function bound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const unit = units[issue.origin]
  const isLeast = issue.code === 'too_small'
  const limit = isLeast ? issue.minimum : issue.maximum
  if (isLeast && unit !== undefined && Number(limit) === 1) return 'This must not be empty.'
  const edge = issue.inclusive === false ? (isLeast ? 'more than' : 'less than') : isLeast ? 'at least' : 'at most'
  return unit === undefined ? `Give ${edge} ${limit}.` : `Use ${edge} ${limit} ${unit}.`
}

/**
 * What is wrong with one field and what would be right, for whoever filled it in: a sentence for an issue whose schema has none of its
 * own. Pass it as `error` to a parse; undefined leaves the library's words.
 */
export function fieldMessage(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = kinds[issue.expected] ?? undefined
      if (issue.input === undefined) return kind === undefined ? 'This is needed.' : `This is needed: ${kind}.`
      return kind === undefined ? undefined : `Give ${kind}.`
    }
    case 'invalid_value':
      return issue.input === undefined ? `This is needed. ${choices(issue.values)}` : choices(issue.values)
    case 'too_small':
    case 'too_big':
      return bound(issue)
    case 'not_multiple_of':
      return `Give a multiple of ${issue.divisor}.`
    case 'invalid_format': {
      const format = formats[issue.format]
      return format === undefined ? 'This is not written as it should be.' : `Give ${format}.`
    }
    case 'invalid_union':
      return issue.input === undefined ? 'This is needed.' : 'This is none of the things it may be.'
    default:
      return undefined
  }
}
