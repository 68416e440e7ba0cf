import * as z from 'zod'
import { CallerIds } from './caller-id.ts'
import { DeviceKey, keysMax } from './device-key.ts'
import { Id, Language, Name, ref, TimeZone } from './id.ts'
import { DialString, Restrictions } from './number.ts'

export const DeviceType = z.enum([
  'sip-phone',
  'softphone',
  'browser',
  'cell',
  'landline',
  'smartphone',
  'ata',
  'fax',
  'sip-uri',
])
export type DeviceType = z.infer<typeof DeviceType>

/** Types that register with credentials of their own. */
export const registers = (type: DeviceType): boolean => !['cell', 'landline', 'sip-uri'].includes(type)

/** Types that are reached by an outside number. */
export const isForwardType = (type: DeviceType): boolean => type === 'cell' || type === 'landline'

export const Codec = z.enum(['PCMU', 'PCMA', 'G722', 'OPUS'])

/** A phone (R-130…R-146). Its SIP password lives apart (`SipCredential`), never in this document. */
export const Device = z
  .object({
    id: Id,
    type: DeviceType.meta({ title: 'Type' }),
    name: Name.meta({ title: 'Name' }),
    ownerId: ref('user', 'Owner').optional(),
    enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
    /** Whether the device can be called. It still registers and places calls when off. */
    followMe: z.boolean().default(true).meta({ title: 'Follow-Me' }),
    /** Follow-Me only while this schedule is on. */
    followMeSchedule: ref('schedule', 'Follow-Me schedule').optional(),
    /** SIP user part of its AOR, unique over the installation. Only types that register. */
    username: z
      .string()
      .regex(/^[A-Za-z0-9._-]{2,64}$/)
      .optional(),
    /** Cell phone, landline: the outside number that rings. */
    number: DialString.optional().meta({ title: 'Number' }),
    /** SIP URI type: where the call is sent. */
    uri: z
      .string()
      .regex(/^sips?:[^\s@]+@[^\s]+$/)
      .max(255)
      .optional()
      .meta({ title: 'SIP URI' }),
    requireKeyPress: z.boolean().default(false).meta({ title: 'Require Key Press' }),
    callerId: CallerIds.default({}).meta({ title: 'Caller ID' }),
    doNotDisturb: z.boolean().default(false).meta({ title: 'Do not disturb' }),
    restrictions: Restrictions.default({}),
    holdMusic: ref('media', 'Music on hold').optional(),
    timeZone: TimeZone.optional(),
    language: Language.optional(),
    mac: z
      .string()
      .regex(/^[0-9a-f]{12}$/, 'Use 12 hexadecimal digits without separators.')
      .optional()
      .meta({ title: 'MAC address' }),
    make: z.string().max(64).optional().meta({ title: 'Make' }),
    model: z.string().max(64).optional().meta({ title: 'Model' }),
    codecs: z.array(Codec).min(1).max(4).default(['PCMU', 'PCMA']).meta({ title: 'Codecs' }),
    srtp: z.enum(['off', 'optional', 'required']).default('optional').meta({ title: 'Encrypted audio' }),
    /** Both offered at once breaks real phones, so one or the other. */
    digest: z.enum(['MD5', 'SHA-256']).default('MD5').meta({ title: 'Digest' }),
    /** How a provisioned phone is told to reach us. Left out: TLS where its audio must be encrypted or the certificate is a public one, else UDP. */
    transport: z.enum(['udp', 'tcp', 'tls']).optional().meta({ title: 'Transport' }),
    /** What the keys beside the screen do, in their order after the line key. */
    keys: z.array(DeviceKey).max(keysMax).optional().meta({ title: 'Keys' }),
    t38: z.boolean().default(false).meta({ title: 'T.38' }),
    hideFromContactList: z.boolean().default(false),
    excludeFromQueues: z.boolean().default(false),
    /** Where it stands: the emergency address its 911 calls carry when no caller ID says otherwise. */
    location: ref('emergency-address', 'Location').optional(),
  })
  .superRefine((device, ctx) => {
    if (registers(device.type) && device.username === undefined)
      ctx.addIssue({ code: 'custom', path: ['username'], message: 'This type of device needs a SIP username.' })
    if (isForwardType(device.type) && device.number === undefined)
      ctx.addIssue({ code: 'custom', path: ['number'], message: 'Enter the number that should ring.' })
    if (device.type === 'sip-uri' && device.uri === undefined)
      ctx.addIssue({ code: 'custom', path: ['uri'], message: 'Enter the SIP URI to call.' })
    // A landline has nobody to press the key, so the caller would never be connected (R-138, D10).
    if (device.type === 'landline' && device.requireKeyPress)
      ctx.addIssue({
        code: 'custom',
        path: ['requireKeyPress'],
        message:
          'A landline must have Require Key Press off: nobody could press the key and the call would never be released.',
      })
  })
export type Device = z.infer<typeof Device>

/** Not revisioned and never listed: what a device proves itself with. `password` has at least 128 bits when we make it. */
export const SipCredential = z.object({
  username: z.string().regex(/^[A-Za-z0-9._-]{2,64}$/),
  accountId: Id,
  deviceId: Id,
  password: z.string().min(6).max(128),
})
export type SipCredential = z.infer<typeof SipCredential>
