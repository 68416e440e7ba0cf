import { messageMinMs, type VoicemailBox, type VoicemailMessage } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { messageId } from '@offhook/store/messages.ts'
import type { Mail, MailPort } from '../mail/mail-port.ts'
import { wavDurationMs } from '../speech/wav.ts'
import type { TranscribePort } from '../transcribe/transcribe-port.ts'
import { transcriptOf } from '../transcribe/transcript-of.ts'
import { voicemailMail } from './voicemail-mail.ts'

/** Bytes of an object that are read: the longest message (500 s of 16-bit PCM) is 8 MB. */
export const recordingBytesMax = 16 * 1_024 * 1_024

/** A box whose people are told, with whom and in what language and time. */
export interface BoxToTell {
  /** `notifyEmails` are everybody who is told, its owner included. */
  readonly box: VoicemailBox
  readonly language: string
  readonly timeZone: string
}

/** What a recording that has just been stored becomes. The store's and the object store's parts of it. */
export interface RecordingParts {
  readonly messages: {
    /** Makes the message of an object, once; false when it was there already or nobody wants it. */
    arrive(accountId: string, arrival: Arrival): Promise<boolean>
    /** The message of an object if its people are still to be told: then the caller does. */
    noticeOf(
      accountId: string,
      boxId: string,
      objectKey: string,
    ): Promise<VoicemailMessage | 'unknown' | 'held' | 'told'>
    /** They have been; or somebody else may try at once. */
    noticed(accountId: string, boxId: string, id: string, isTold: boolean): Promise<void>
    transcribed(accountId: string, boxId: string, id: string, transcript: string): Promise<void>
    /** Moves a message that is still new. */
    file(accountId: string, boxId: string, id: string, to: 'saved' | 'deleted'): Promise<void>
  }
  /** Who called, as the call itself, its record or whoever forwarded the message tells. */
  readonly findCaller: (accountId: string, callId: string, objectKey: string) => Promise<Caller>
  /** The current voicemail box, or nothing. */
  readonly findBox: (accountId: string, boxId: string) => Promise<BoxToTell | undefined>
  /** The bytes of an object, or nothing when it is gone or larger than `bytesMax`. */
  readonly read: (key: string, bytesMax: number) => Promise<Uint8Array | undefined>
  readonly mail: MailPort
  /** @default no text of messages */
  readonly transcribe?: TranscribePort | undefined
  /** Waits between tries of a mail; tests do not. */
  readonly wait: (ms: number) => Promise<void>
  /** Sender of notices. */
  readonly mailFrom: string
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

export interface Caller {
  readonly callerNumber?: string | undefined
  readonly callerName?: string | undefined
  /** Name of the box it was forwarded from. */
  readonly forwardedBy?: string | undefined
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
 * other objects are none of its business. Rejects where the store or the mail server did, so that the event comes again: the message is
 * there then, and its people are told.
 */
export async function voicemailArrived(parts: RecordingParts, key: string, at: string): Promise<void> {
  const match = voicemailKey.exec(key)
  if (match === null) return
  const [, accountId = '', boxId = '', callId = ''] = match
  const known = await parts.messages.noticeOf(accountId, boxId, key)
  if (known === 'told') return
  if (known === 'held') throw new PbxError('notice-under-way', { status: 503, details: { key } })
  const bytes = await parts.read(key, recordingBytesMax)
  if (bytes === undefined) return parts.log({ level: 'WARN', key, recording: 'gone or too large' })
  const message = known === 'unknown' ? await arrived(parts, { accountId, boxId, callId, key, at, bytes }) : known
  if (message !== undefined) await tell(parts, accountId, message, bytes)
}

interface Arriving {
  readonly accountId: string
  readonly boxId: string
  readonly callId: string
  readonly key: string
  readonly at: string
  readonly bytes: Uint8Array
}

/** The message that an object has just become; nothing when it becomes none. */
async function arrived(
  parts: RecordingParts,
  { accountId, boxId, callId, key, at, bytes }: Arriving,
): Promise<Arrival | undefined> {
  const durationMs = wavDurationMs(bytes)
  if (durationMs === undefined) throw new PbxError('recording-unreadable', { status: 500, details: { key } })
  // Nobody spoke: the object is left to the store's own sweeping.
  if (durationMs < messageMinMs) {
    parts.log({ level: 'INFO', accountId, callId, key, recording: 'too short', durationMs })
    return undefined
  }
  const caller = await parts.findCaller(accountId, callId, key)
  const arrival: Arrival = { boxId, callId, objectKey: key, at, durationMs, ...caller }
  return (await parts.messages.arrive(accountId, arrival)) ? arrival : undefined
}

/** Only after the notice is out is the message saved or deleted, where the box wants that (kazoo semantics §5.4). */
async function tell(parts: RecordingParts, accountId: string, message: Arrival, bytes: Uint8Array): Promise<void> {
  const { boxId, objectKey } = message
  const id = messageId(objectKey)
  try {
    const told = await parts.findBox(accountId, boxId)
    if (told !== undefined) {
      const transcript = await transcribed(parts, told, accountId, { boxId, id }, bytes)
      if (told.box.notifyEmails.length > 0) {
        await sendStubbornly(parts, voicemailMail(told, message, bytes, transcript, parts.mailFrom))
        const { saveAfterNotify, deleteAfterNotify } = told.box
        if (saveAfterNotify || deleteAfterNotify)
          await parts.messages.file(accountId, boxId, id, saveAfterNotify ? 'saved' : 'deleted')
      }
    }
    await parts.messages.noticed(accountId, boxId, id, true)
  } catch (error) {
    await parts.messages.noticed(accountId, boxId, id, false)
    throw error
  }
}

async function transcribed(
  parts: RecordingParts,
  { box, language }: BoxToTell,
  accountId: string,
  { boxId, id }: { readonly boxId: string; readonly id: string },
  bytes: Uint8Array,
): Promise<string | undefined> {
  if (!box.transcribe || parts.transcribe === undefined) return undefined
  const transcript = await transcriptOf(parts.transcribe, bytes, language, (line) =>
    parts.log({ accountId, boxId, messageId: id, ...line }),
  )
  if (transcript !== undefined) await parts.messages.transcribed(accountId, boxId, id, transcript)
  return transcript
}

/** Milliseconds before each try of a mail. */
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
