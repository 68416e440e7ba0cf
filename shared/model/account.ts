import * as z from 'zod'
import { CallerIds } from './caller-id.ts'
import { Email, Id, Language, Name, ref, TimeZone } from './id.ts'
import { Restrictions } from './number.ts'

const Contact = z.object({ name: Name.optional(), email: Email.optional(), phone: z.string().max(36).optional() })

/** Bounds on what one account may have in the air at once; toll fraud and runaway loops stop here. */
export const CallCaps = z.object({
  callsMax: z.int().min(1).max(10_000).default(100).meta({ title: 'Calls at once' }),
  outboundMax: z.int().min(0).max(10_000).default(20).meta({ title: 'Outside calls at once' }),
  perDeviceMax: z.int().min(1).max(10_000).default(6).meta({ title: 'Calls a device may have' }),
})
export type CallCaps = z.infer<typeof CallCaps>

/** A customer's PBX: settings that act as defaults for everything in it. */
export const Account = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  /** Host label or path prefix of the portal and SIP domain; unique over all accounts. */
  address: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'Use 2 to 40 lower-case letters, digits or -.'),
  enabled: z.boolean().default(true),
  timeZone: TimeZone.default('America/New_York').meta({ title: 'Time zone' }),
  language: Language.default('en-US').meta({ title: 'Language' }),
  /** ISO 3166 country whose dialling habits apply to numbers typed without +. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default('US')
    .meta({ title: 'Country' }),
  holdMusic: ref('media', 'Music on hold').optional(),
  callerId: CallerIds.default({}).meta({ title: 'Caller ID' }),
  contacts: z.object({ technical: Contact.optional(), billing: Contact.optional() }).default({}),
  /** Active blacklists: a list that is not here blocks nobody. */
  blacklists: z.array(ref('blacklist', 'Blacklist')).max(50).default([]),
  restrictions: Restrictions.default({ international: 'deny', premium: 'deny', caribbean: 'deny', unknown: 'deny' }),
  caps: CallCaps.default({ callsMax: 100, outboundMax: 20, perDeviceMax: 6 }),
  emergency: z
    .object({
      /** Told within 5 s of a 911 call (R-279, Kari's Law). */
      notifyEmails: z.array(Email).max(20).default([]),
      /** Dial prefix under which 911 also works, such as 9. */
      prefix: z
        .string()
        .regex(/^\d{1,2}$/)
        .default('9'),
      /** For 30 minutes after a 911 call, calls to the number it showed ring the phone it came from first. */
      callBackFirst: z
        .boolean()
        .default(true)
        .meta({ title: 'Calls back of emergency services ring the phone that called them' }),
    })
    .default({ notifyEmails: [], prefix: '9', callBackFirst: true }),
})
export type Account = z.infer<typeof Account>
