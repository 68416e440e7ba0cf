import * as z from 'zod'
import { CallForward } from './call-forward.ts'
import { CallerIds } from './caller-id.ts'
import { Email, Id, Language, Name, ref, TimeZone } from './id.ts'
import { Restrictions } from './number.ts'

export const Role = z.enum(['admin', 'user', 'read-only'])
export type Role = z.infer<typeof Role>

/** A person; owns devices. Passwords live apart, never in this document. */
export const User = z.object({
  id: Id,
  firstName: Name.meta({ title: 'First name' }),
  /** Empty for people with one name. */
  lastName: z.string().trim().max(128).default('').meta({ title: 'Last name' }),
  username: z
    .string()
    .regex(/^[A-Za-z0-9+@._-]{1,128}$/)
    .optional()
    .meta({ title: 'Username' }),
  email: Email.optional().meta({ title: 'E-mail' }),
  role: Role.default('user').meta({ title: 'Privilege' }),
  enabled: z.boolean().default(true),
  /** The extension shown as this person's number, and their presence id. */
  extension: z
    .string()
    .regex(/^\d{2,7}$/)
    .optional(),
  timeZone: TimeZone.optional().meta({ title: 'Time zone' }),
  language: Language.optional().meta({ title: 'Language' }),
  holdMusic: ref('media', 'Music on hold').optional(),
  callerId: CallerIds.default({}).meta({ title: 'Caller ID' }),
  callForward: CallForward.prefault({}).meta({ title: 'Call forward' }),
  doNotDisturb: z.boolean().default(false).meta({ title: 'Do not disturb' }),
  restrictions: Restrictions.default({}),
  voicemailToEmail: z.boolean().default(true).meta({ title: 'Voicemail notices by e-mail' }),
  faxToEmail: z.boolean().default(true).meta({ title: 'Fax notices by e-mail' }),
  /** Recorded name, spoken by directories. */
  pronouncedName: ref('media', 'Recorded name').optional(),
  hotDesk: z
    .object({
      enabled: z.boolean().default(false),
      number: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
      pin: z
        .string()
        .regex(/^\d{4,15}$/)
        .optional(),
      requirePin: z.boolean().default(false),
      keepLoggedInElsewhere: z.boolean().default(false),
    })
    .prefault({}),
  hideFromContactList: z.boolean().default(false),
})
export type User = z.infer<typeof User>

/** "First Last", or the first name alone. At most 35 characters, the limit of a displayed name. */
export const fullName = (user: Pick<User, 'firstName' | 'lastName'>): string =>
  `${user.firstName} ${user.lastName}`.trim().slice(0, 35)
