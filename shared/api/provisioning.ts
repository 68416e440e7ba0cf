import * as z from 'zod'
import { Id, Instant } from '../model/id.ts'
import { contract } from './contract.ts'

const tag = 'Provisioning'
const ById = z.object({ id: Id })

const Fetched = z.object({
  at: Instant,
  file: z.string(),
  address: z.string(),
  userAgent: z.string(),
  model: z.string().optional(),
})

export const Provisioning = z.object({
  /** Missing while make, model, MAC address and what the phone calls itself do not tell. */
  family: z.object({ id: z.string(), title: z.string(), models: z.array(z.string()) }).optional(),
  /** What to mend before a desk phone can fetch anything. */
  missing: z.array(z.object({ field: z.string(), message: z.string() })),
  files: z.array(z.object({ name: z.string(), contentType: z.string() })),
  /** What somebody types into a phone by hand, but for the password. */
  sip: z.object({
    username: z.string(),
    domain: z.string(),
    outboundProxy: z.string().optional(),
    transport: z.enum(['udp', 'tcp', 'tls']),
    port: z.int(),
    uri: z.string(),
  }),
  hasFolder: z.boolean(),
  issuedAt: Instant.optional(),
  fetched: Fetched.optional(),
})
export type Provisioning = z.infer<typeof Provisioning>

/** Where a phone is pointed, and what its own menus ask for. */
const Folder = z.object({ url: z.string(), adminPassword: z.string(), issuedAt: Instant })

export const getProvisioning = contract({
  method: 'get',
  path: '/devices/{id}/provisioning',
  tag,
  summary: 'How a device gets its settings, what is missing for it, and when it fetched last; nothing secret',
  params: ById,
  reply: Provisioning,
  status: 200,
  may: 'config:read',
  refusals: [409, 501],
})

export const revealProvisioningFolder = contract({
  method: 'post',
  path: '/devices/{id}/provisioning/reveal',
  tag,
  summary: "Show the secret address of a device's files, made at the first time; who asked is noted in the audit log",
  params: ById,
  reply: Folder,
  status: 200,
  may: 'secrets:read',
  refusals: [409, 501],
})

export const rotateProvisioningFolder = contract({
  method: 'post',
  path: '/devices/{id}/provisioning/rotate',
  tag,
  summary: 'Give a device a new secret address; what is fetched at the old one meanwhile names the new one',
  params: ById,
  body: z.object({
    graceHours: z.int().min(0).max(168).default(0).meta({ title: 'The old one works for', unit: 'h' }),
  }),
  reply: Folder,
  status: 200,
  may: 'secrets:write',
  refusals: [409, 501],
})

export const revokeProvisioningFolder = contract({
  method: 'delete',
  path: '/devices/{id}/provisioning',
  tag,
  summary: 'Close the address of a device at once',
  params: ById,
  status: 204,
  may: 'secrets:write',
})

export const previewProvisioningFile = contract({
  method: 'get',
  path: '/devices/{id}/provisioning/files/{file}',
  tag,
  summary: 'A file as the phone would get it, every secret masked',
  params: ById.extend({ file: z.string().regex(/^[\w.-]{1,64}$/) }),
  reply: z.object({ name: z.string(), contentType: z.string(), text: z.string() }),
  status: 200,
  may: 'config:read',
  refusals: [409, 501],
})

export const resyncDevice = contract({
  method: 'post',
  path: '/devices/{id}/resync',
  tag,
  summary: 'Ask a phone to fetch its settings again (NOTIFY with Event: check-sync)',
  params: ById,
  reply: z.object({
    asked: z.array(z.object({ contact: z.string(), userAgent: z.string().optional(), status: z.int() })),
  }),
  status: 200,
  may: 'config:write',
  refusals: [409, 501],
})

export const SoftPhoneApp = z.enum(['linphone', 'acrobits', 'zoiper', 'sip-uri'])
export type SoftPhoneApp = z.infer<typeof SoftPhoneApp>

export const codeMinutesMax = 60

export const issueSoftPhoneCode = contract({
  method: 'post',
  path: '/devices/{id}/soft-phone-code',
  tag,
  summary: 'A QR code that sets a soft phone up: one fetch, for some minutes; never the password itself (R-134)',
  params: ById,
  body: z.object({
    app: SoftPhoneApp,
    minutes: z.int().min(1).max(codeMinutesMax).default(10).meta({ title: 'Good for', unit: 'min' }),
    /** Acrobits Cloud Softphone: the app's Cloud ID. Zoiper: the provider id at oem.zoiper.com. */
    providerId: z
      .string()
      .regex(/^[A-Za-z0-9]{1,64}\*?$/)
      .optional(),
  }),
  reply: z.object({
    app: SoftPhoneApp,
    /** What the picture says. */
    text: z.string(),
    svg: z.string(),
    /** Missing where there is nothing secret in it. */
    expiresAt: Instant.optional(),
  }),
  status: 200,
  may: 'secrets:read',
  refusals: [409, 501],
})
