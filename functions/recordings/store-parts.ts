import { singletonId } from '@offhook/shared/model/document.ts'
import { voicemailRecipients } from '@offhook/shared/notices/voicemail-recipients.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import type { ErrandParts } from './errands.ts'
import { forgetNote, forwardedCaller } from './forward-message.ts'
import type { BoxToTell, Caller, RecordingParts } from './voicemail-arrival.ts'

type Parts = Pick<RecordingParts, 'messages' | 'findCaller' | 'findBox' | 'read'> &
  Pick<ErrandParts, 'store' | 'objects'>

/** What an arrival needs of the store and of the objects, on AWS and on one machine alike. */
export function storeParts(
  store: Pick<Store, 'messages' | 'documents' | 'facts' | 'calls' | 'cdrs'>,
  objects: ObjectStore,
): Parts {
  const { messages } = store
  return {
    store,
    objects,
    messages: {
      async arrive(accountId, { callerNumber, callerName, forwardedBy, ...arrival }) {
        const isNew = await messages.arrive(accountId, {
          ...arrival,
          ...(callerNumber === undefined ? {} : { callerNumber }),
          ...(callerName === undefined ? {} : { callerName }),
          ...(forwardedBy === undefined ? {} : { forwardedBy }),
        })
        await forgetNote(objects, arrival.objectKey)
        return isNew
      },
      noticeOf: (accountId, boxId, key) => messages.noticeOf(accountId, boxId, key),
      noticed: (accountId, boxId, id, isTold) => messages.noticed(accountId, boxId, id, isTold),
      transcribed: (accountId, boxId, id, transcript) => messages.transcribed(accountId, boxId, id, transcript),
      async file(accountId, boxId, id, to) {
        // Somebody may have heard it meanwhile: what they did with it stands.
        if ((await messages.get(accountId, boxId, id))?.folder === 'new') await messages.move(accountId, boxId, id, to)
      },
    },
    findCaller: async (accountId, callId, key) =>
      (await forwardedCaller(objects, key)) ?? callerOf(store, accountId, callId),
    findBox: (accountId, boxId) => boxToTell(store, accountId, boxId),
    async read(key, bytesMax) {
      const head = await objects.head(key)
      return head === undefined || head.bytes > bytesMax ? undefined : objects.get(key)
    },
  }
}

/** The language and the time are the owner's where there is one, else the account's; a box may have a time of its own. */
async function boxToTell(
  { documents }: Pick<Store, 'documents'>,
  accountId: string,
  boxId: string,
): Promise<BoxToTell | undefined> {
  const [saved, account] = await Promise.all([
    documents.get(accountId, 'voicemail-box', boxId),
    documents.get(accountId, 'account', singletonId),
  ])
  if (saved === undefined) return undefined
  const box = saved.document
  const owner = box.ownerId === undefined ? undefined : (await documents.get(accountId, 'user', box.ownerId))?.document
  return {
    box: { ...box, notifyEmails: voicemailRecipients(box, owner) },
    language: owner?.language ?? account?.document.language ?? 'en-US',
    timeZone: box.timeZone ?? owner?.timeZone ?? account?.document.timeZone ?? 'UTC',
  }
}

/** From the record when the call is over, else from the call that is up. */
async function callerOf(store: Pick<Store, 'calls' | 'cdrs'>, accountId: string, callId: string): Promise<Caller> {
  const cdr = await store.cdrs.get(accountId, callId)
  if (cdr !== undefined)
    return caller(
      cdr.from,
      [cdr.prefix, cdr.fromName]
        .filter((part) => part !== undefined)
        .join(' ')
        .slice(0, 64),
    )
  const call = (await store.calls.up(accountId)).find((one) => one.callId === callId)
  return call === undefined ? {} : caller(call.from, call.shownAs)
}

/** Records print `anonymous` for a caller who showed no number. */
const caller = (number: string, name?: string): Caller => ({
  ...(number === '' || number === 'anonymous' ? {} : { callerNumber: number.slice(0, 36) }),
  ...(name === undefined || name === '' ? {} : { callerName: name }),
})
