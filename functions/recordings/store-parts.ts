import { voicemailRecipients } from '@offhook/shared/notices/voicemail-recipients.ts'
import { messageId } from '@offhook/store/messages.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import type { Caller, RecordingParts } from './voicemail-arrival.ts'

/** What an arrival needs of the store and of the objects, on AWS and on one machine alike. */
export function storeParts(
  store: Pick<Store, 'messages' | 'documents' | 'calls' | 'cdrs'>,
  objects: ObjectStore,
): Pick<RecordingParts, 'messages' | 'findCaller' | 'findBox' | 'read'> {
  return {
    messages: {
      arrive: (accountId, arrival) => store.messages.arrive(accountId, arrival),
      has: async (accountId, boxId, key) => (await store.messages.get(accountId, boxId, messageId(key))) !== undefined,
    },
    findCaller: (accountId, callId) => callerOf(store, accountId, callId),
    async findBox(accountId, boxId) {
      const box = (await store.documents.get(accountId, 'voicemail-box', boxId))?.document
      if (box?.ownerId === undefined) return box
      const owner = (await store.documents.get(accountId, 'user', box.ownerId))?.document
      return { ...box, notifyEmails: voicemailRecipients(box, owner) }
    },
    async read(key, bytesMax) {
      const head = await objects.head(key)
      return head === undefined || head.bytes > bytesMax ? undefined : objects.get(key)
    },
  }
}

/** From the record when the call is over, else from the call that is up. */
async function callerOf(store: Pick<Store, 'calls' | 'cdrs'>, accountId: string, callId: string): Promise<Caller> {
  const cdr = await store.cdrs.get(accountId, callId)
  if (cdr !== undefined) return caller(cdr.from, cdr.fromName)
  const call = (await store.calls.up(accountId)).find((one) => one.callId === callId)
  return call === undefined ? {} : caller(call.from)
}

/** Records print `anonymous` for a caller who showed no number. */
const caller = (number: string, name?: string): Caller => ({
  ...(number === '' || number === 'anonymous' ? {} : { callerNumber: number.slice(0, 36) }),
  ...(name === undefined ? {} : { callerName: name }),
})
