/** What people type may hold anything; what phones read is one line of text. */

/**
 * A value on one line: control characters (line ends among them), the line separators of Unicode and what XML 1.0 §2.2 cannot hold become
 * spaces, half surrogate pairs U+FFFD. Nothing that stands in a file goes past this.
 */
export const printable = (value: string): string =>
  value
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029\uFFFE\uFFFF]/gu, ' ')
    .trim()

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Fit for the text of an element and for an attribute in either kind of quotes. */
export const escapeXml = (value: string): string =>
  printable(value).replaceAll(/[&<>"']/g, (found) => entities[found] ?? '')

export const element = (name: string, value: string | number): string =>
  `<${name}>${escapeXml(String(value))}</${name}>`

/** The display name of a SIP address, fit for the quotes of RFC 3261 §25.1 without any escaping. */
export const quotable = (value: string): string => printable(value).replaceAll(/["\\<>]/g, '')
