import type { Usage } from '@offhook/shared/api/account.ts'
import { isForwardType } from '@offhook/shared/model/device.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import { type ApiDependencies, noSeatPolicy } from './dependencies.ts'

type Parts = { readonly store: Store; readonly seats: ApiDependencies['seats'] | undefined }

/** Seats by kind: extensions, mailboxes of nobody, outside phones where the operator counts them, rooms and fax boxes. */
export async function usageOf({ store, seats }: Parts, accountId: string): Promise<Usage> {
  const policy = (await seats?.(accountId)) ?? noSeatPolicy
  const [extensions, boxes, devices, conferences, faxBoxes] = await Promise.all([
    store.documents.all(accountId, 'extension'),
    store.documents.all(accountId, 'voicemail-box'),
    store.documents.all(accountId, 'device'),
    store.documents.all(accountId, 'conference'),
    store.documents.all(accountId, 'fax-box'),
  ])
  const counted = {
    standard: extensions.length,
    voicemailOnly: boxes.filter((box) => box.ownerId === undefined).length,
    callForward: policy.countsCallForward ? devices.filter((device) => isForwardType(device.type)).length : 0,
    conference: conferences.length,
    faxBox: faxBoxes.length,
  }
  const total = Object.values(counted).reduce((sum, seats) => sum + seats, 0)
  return { seats: { ...counted, total }, enforced: policy.enforced }
}

const words = { voicemailOnly: 'Voicemail-Only', callForward: 'Call-Forward' } as const

/** Throws seat-needed (402) where seats are enforced and none of this kind is left. */
export async function requireSeat(parts: Parts, accountId: string, kind: keyof typeof words): Promise<void> {
  const policy = (await parts.seats?.(accountId)) ?? noSeatPolicy
  if (!policy.enforced || (kind === 'callForward' && !policy.countsCallForward)) return
  const { seats } = await usageOf(parts, accountId)
  if (seats[kind] >= policy[kind])
    throw new PbxError('seat-needed', {
      status: 402,
      message: `This needs a ${words[kind]} seat, and all ${policy[kind]} of the account are taken. Ask its operator for another.`,
      details: { seat: kind, bought: policy[kind], used: seats[kind] },
    })
}
