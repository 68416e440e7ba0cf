import { messageMinMs, type VoicemailBox } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Mail, MailPort } from '../mail/mail-port.ts'
import { wavDurationMs } from '../speech/wav.ts'
import { voicemailMail } from './voicemail-mail.ts'

/** Bytes of an object that are read: the longest message (500 s of 16-bit PCM) is 8 MB. */
export const recordingBytesMax = 16 * 1_024 * 1_024

/** What a recording that has just been stored becomes. The store's and the object store's parts of it. */
export interface RecordingParts {
  readonly messages: {
    /** Makes the message of an object, once; false when it was there already or nobody wants it. */
    arrive(accountId: string, arrival: Arrival): Promise<boolean>
    /** Whether the object has its message: then it need not even be read. */
    has(accountId: string, boxId: string, objectKey: string): Promise<boolean>
  }
  /** Who called, as the call itself or its record tells. */
  readonly findCaller: (accountId: string, callId: string) => Promise<Caller>
  /** The current voicemail box, or nothing. */
  readonly findBox: (accountId: string, boxId: string) => Promise<VoicemailBox | undefined>
  /** The bytes of an object, or nothing when it is gone or larger than `bytesMax`. */
  readonly read: (key: string, bytesMax: number) => Promise<Uint8Array | undefined>
  readonly mail: MailPort
  /** Waits between tries of a mail; tests do not. */
  readonly wait: (ms: number) => Promise<void>
  /** Sender of notices. */
  readonly mailFrom: string
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

export interface Caller {
  readonly callerNumber?: string
  readonly callerName?: string
}

export interface Arrival extends Caller {
  readonly boxId: string
  readonly callId: string
  readonly objectKey: string
  /** When the object arrived, ISO 8601. */
  readonly at: string
  readonly durationMs: number
}

const voicemailKey = /^voicemail\/([^/]+)\/([^/]+)\/([^/]+)\/[^/]+\.wav$/

/**
 * Makes a voicemail message of an object `voicemail/{account}/{box}/{call}/….wav`, and tells the box's people. Idempotent by the key;
 * other objects are none of its business. Rejects where the store or the mail server did, so that the event comes again.
 */
export async function voicemailArrived(parts: RecordingParts, key: string, at: string): Promise<void> {
  const match = voicemailKey.exec(key)
  if (match === null) return
  const [, accountId = '', boxId = '', callId = ''] = match
  if (await parts.messages.has(accountId, boxId, key)) return
  const bytes = await parts.read(key, recordingBytesMax)
  if (bytes === undefined) return parts.log({ level: 'WARN', key, recording: 'gone or too large' })
  const durationMs = wavDurationMs(bytes)
  if (durationMs === undefined) throw new PbxError('recording-unreadable', { status: 500, details: { key } })
  // Nobody spoke: the object is left to the store's own sweeping.
  if (durationMs < messageMinMs)
    return parts.log({ level: 'INFO', accountId, callId, key, recording: 'too short', durationMs })
  const caller = await parts.findCaller(accountId, callId)
  const arrival: Arrival = { boxId, callId, objectKey: key, at, durationMs, ...caller }
  if (!(await parts.messages.arrive(accountId, arrival))) return
  const box = await parts.findBox(accountId, boxId)
  if (box === undefined || box.notifyEmails.length === 0) return
  await sendStubbornly(parts, voicemailMail(box, arrival, bytes, parts.mailFrom))
}

/** Milliseconds before each try of a mail. An event that comes again finds the message there and sends none, so the tries are made here. */
const triesAfterMs = [0, 1_000, 3_000]

async function sendStubbornly(parts: RecordingParts, mail: Mail): Promise<void> {
  const causes: unknown[] = []
  for (const afterMs of triesAfterMs) {
    if (afterMs > 0) await parts.wait(afterMs)
    try {
      return await parts.mail.send(mail)
    } catch (cause) {
      causes.push(cause)
    }
  }
  throw new AggregateError(causes, `The notice of ${mail.id ?? 'a message'} could not be sent.`)
}
