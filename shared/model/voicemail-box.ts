import * as z from 'zod'
import { Email, Id, Instant, Name, ref, TimeZone } from './id.ts'

export const Pin = z.string().regex(/^\d{4,6}$/, 'Use 4 to 6 digits.')

/** Longest message, seconds, and most messages a box keeps; the ancestor's platform limits. */
export const messageSecondsMax = 500
export const messagesMax = 100
/** Shorter recordings are nobody speaking. */
export const messageMinMs = 2_000

/** Where messages are kept (R-147…R-150). Counters, PIN attempts and a PIN set by phone are live facts. */
export const VoicemailBox = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  /** What callers of *97 key in. */
  number: z
    .string()
    .regex(/^\d{1,15}$/)
    .meta({ title: 'Voicemail number' }),
  ownerId: ref('user', 'Assigned to').optional(),
  pin: Pin.optional().meta({ title: 'PIN' }),
  /** The owner is asked for the PIN too. */
  requirePin: z.boolean().default(false).meta({ title: 'Require PIN' }),
  /** The owner who calls the box is logged in instead of leaving a message. */
  autoLogIn: z.boolean().default(true).meta({ title: 'Auto log-in' }),
  isSetUp: z.boolean().default(false).meta({ title: 'Already set up' }),
  greeting: ref('media', 'Unavailable greeting').optional(),
  temporaryGreeting: ref('media', 'Temporary greeting').optional(),
  /** Said before "is not available" where there is no greeting. */
  recordedName: ref('media', 'Recorded name').optional(),
  skipGreeting: z.boolean().default(false).meta({ title: 'Skip greeting' }),
  skipInstructions: z.boolean().default(false).meta({ title: 'Skip instructions' }),
  skipEnvelope: z.boolean().default(false).meta({ title: 'Skip envelope' }),
  /** Off: nobody changes the PIN or a greeting by phone. */
  configurable: z.boolean().default(true).meta({ title: 'Settings by phone' }),
  announcementOnly: z.boolean().default(false).meta({ title: 'Announcement only' }),
  oldestFirst: z.boolean().default(false).meta({ title: 'Oldest message first' }),
  messageSecondsMax: z.int().min(3).max(messageSecondsMax).default(180).meta({ title: 'Longest message', unit: 's' }),
  notifyEmails: z.array(Email).max(20).default([]).meta({ title: 'Notification e-mails' }),
  attachAudio: z.boolean().default(true).meta({ title: 'Attach the message to notifications' }),
  deleteAfterNotify: z.boolean().default(false).meta({ title: 'Delete after notification' }),
  /** Where both are on, the message is saved. */
  saveAfterNotify: z.boolean().default(false).meta({ title: 'Save after notification' }),
  /** Messages get a text, where the installation has a transcriber. */
  transcribe: z.boolean().default(false).meta({ title: 'Transcribe messages' }),
  includeTranscript: z.boolean().default(true).meta({ title: 'Text of the message in notifications' }),
  operatorNumber: z
    .string()
    .regex(/^\d{1,7}$/)
    .optional()
    .meta({ title: 'Operator number' }),
  timeZone: TimeZone.optional().meta({ title: 'Time zone' }),
})
export type VoicemailBox = z.infer<typeof VoicemailBox>

export const Folder = z.enum(['new', 'saved', 'deleted'])
export type Folder = z.infer<typeof Folder>

/** One message. The object at `objectKey` came first; this item was made from its arrival, idempotent by that key. */
export const VoicemailMessage = z.object({
  id: Id,
  boxId: Id,
  callId: z.string().max(64),
  at: Instant,
  callerNumber: z.string().max(36).optional(),
  callerName: z.string().max(64).optional(),
  /** Name of the box it was forwarded from. */
  forwardedBy: z.string().max(128).optional(),
  durationMs: z.int().min(0),
  folder: Folder.default('new'),
  objectKey: z.string().max(1024),
  transcript: z.string().max(20_000).optional(),
})
export type VoicemailMessage = z.infer<typeof VoicemailMessage>
