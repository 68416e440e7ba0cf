import * as z from 'zod'

/** Names one saved thing inside its account. A UUID when we make it; imported data may bring its own. */
export const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'Use 1 to 64 letters, digits, - or _.')
export type Id = z.infer<typeof Id>

/** A reference the console shows as a picker of `kind`. */
export const ref = (kind: string, title: string) => Id.meta({ title, picker: kind })

/** An instant, ISO 8601 in UTC, such as `2026-11-23T09:15:00.000Z`. */
export const Instant = z.iso.datetime({ offset: false })
export type Instant = z.infer<typeof Instant>

/** A person-readable name of a thing, 1 to 128 characters. */
export const Name = z.string().trim().min(1).max(128)

export const Email = z.email().max(254)

/** An IANA time zone name. That it exists is checked where Temporal is at hand (`shared/schedule`). */
export const TimeZone = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]{2,63}$/, 'Use an IANA name such as America/New_York.')

/** BCP 47, as prompts have it: `en-US`, `fr-CA`. */
export const Language = z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'Use a language tag such as en-US.')
export type Language = z.infer<typeof Language>
