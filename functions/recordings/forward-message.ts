import { createHash } from 'node:crypto'
import type { Errand } from '@offhook/store/errands.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import * as z from 'zod'
import { readWav, telephonyHz, toTelephony, type Wav, writeWav } from '../speech/wav.ts'
import type { Caller } from './voicemail-arrival.ts'

type Forward = Extract<Errand, { kind: 'forward' }>

interface Parts {
  readonly store: Pick<Store, 'messages' | 'documents'>
  readonly objects: Pick<ObjectStore, 'get' | 'put' | 'remove'>
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

/** Silence between an introduction and the message, seconds. */
const pauseSeconds = 1

/** Beside a copy, and there before it: whose message it is. */
const Note = z.object({
  callerNumber: z.string().max(36).optional(),
  callerName: z.string().max(64).optional(),
  forwardedBy: z.string().max(128).optional(),
})
const isCopy = (key: string): boolean => /\/forwarded-[0-9a-f]+\.wav$/.test(key)
const noteOf = (key: string): string => key.replace(/\.wav$/, '.json')

/** Who left the message that an object is a copy of; nothing for objects that are none. */
export async function forwardedCaller(objects: Pick<ObjectStore, 'get'>, key: string): Promise<Caller | undefined> {
  const bytes = isCopy(key) ? await objects.get(noteOf(key)) : undefined
  return bytes === undefined ? undefined : Note.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}

/** The note has done its work once the copy is a message. */
export async function forgetNote(objects: Pick<ObjectStore, 'remove'>, key: string): Promise<void> {
  if (isCopy(key)) await objects.remove(noteOf(key))
}

/**
 * Puts a copy of a message into each of other boxes, behind the introduction where there is one. A copy is an object like any message: it
 * becomes one by its arrival, with its mail and its lamp. Its key follows from the errand, so that twice is once.
 */
export async function forwardMessage({ store, objects, log }: Parts, errand: Forward): Promise<void> {
  const { accountId, boxId, callId, messageId, toBoxIds, introductionKey } = errand
  const message = await store.messages.get(accountId, boxId, messageId)
  const audio = message === undefined ? undefined : await objects.get(message.objectKey)
  if (message === undefined || audio === undefined)
    return log({ level: 'WARN', accountId, boxId, messageId, forward: 'the message is gone' })
  const introduction = introductionKey === undefined ? undefined : await objects.get(introductionKey)
  const sound = introduction === undefined ? audio : joined(introduction, audio)
  const from = await store.documents.get(accountId, 'voicemail-box', boxId)
  const note: z.infer<typeof Note> = {
    callerNumber: message.callerNumber,
    callerName: message.callerName,
    forwardedBy: from?.document.name,
  }
  for (const to of toBoxIds) {
    if ((await store.documents.get(accountId, 'voicemail-box', to)) === undefined) continue
    const name = createHash('sha256')
      .update(`${callId} ${messageId} ${introductionKey ?? ''}`)
      .digest('hex')
      .slice(0, 24)
    const key = `voicemail/${accountId}/${to}/${callId}/forwarded-${name}.wav`
    await objects.put(noteOf(key), Buffer.from(JSON.stringify(note)), 'application/json')
    await objects.put(key, sound, 'audio/wav')
  }
  if (introductionKey !== undefined) await objects.remove(introductionKey)
}

/** One recording behind the other, at 8 kHz. A recording that cannot be read is left out: the message itself must arrive. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const [before, after] = [readWav(first), readWav(second)]
  if (before === undefined || after === undefined) return second
  const parts: Wav[] = [before, { sampleRate: telephonyHz, samples: new Int16Array(pauseSeconds * telephonyHz) }, after]
  const samples = parts.map((part) => toTelephony(part).samples)
  const all = new Int16Array(samples.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of samples) {
    all.set(part, at)
    at += part.length
  }
  return writeWav({ sampleRate: telephonyHz, samples: all })
}
