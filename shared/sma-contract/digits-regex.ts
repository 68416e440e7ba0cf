import { RE2JS } from 're2js'

/** Whether keyed digits satisfy an `InputDigitsRegex`, in linear time; `undefined` when the expression itself is unreadable. */
export function matchesDigits(expression: string, digits: string): boolean | undefined {
  try {
    return RE2JS.compile(expression).matcher(digits).find()
  } catch (cause) {
    if (cause instanceof Error && cause.name.startsWith('RE2JS')) return undefined
    throw cause
  }
}
