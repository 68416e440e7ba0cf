import type { DocumentOf } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Change, Changes } from '../changes.ts'

type Owned = { readonly ownerId?: string | undefined } | undefined

/** Keeps, for each user, the list of their devices and boxes, so that a call finds them in one read (R-125: one owner at most). */
export async function deriveOwnership(changes: Changes): Promise<void> {
  for (const change of changes.of('device')) await move(changes, change, 'deviceIds')
  for (const change of changes.of('voicemail-box')) await move(changes, change, 'voicemailBoxIds')
  for (const { id, after } of changes.of('user')) if (after === undefined) await changes.put('ownership', id, undefined)
}

async function move(changes: Changes, change: Change, list: 'deviceIds' | 'voicemailBoxIds'): Promise<void> {
  const [old, now] = [(change.before as Owned)?.ownerId, (change.after as Owned)?.ownerId]
  if (old === now) return
  if (old !== undefined) await edit(changes, old, list, (ids) => ids.filter((id) => id !== change.id))
  if (now !== undefined) await edit(changes, now, list, (ids) => [...ids.filter((id) => id !== change.id), change.id])
}

async function edit(
  changes: Changes,
  userId: string,
  list: 'deviceIds' | 'voicemailBoxIds',
  change: (ids: string[]) => string[],
): Promise<void> {
  const ownership = (await changes.find('ownership', userId)) ?? { id: userId, deviceIds: [], voicemailBoxIds: [] }
  await changes.put('ownership', userId, { ...ownership, [list]: change(ownership[list]) })
}

/** Keeps which box a voicemail number names. Throws mailbox-number-taken (409) naming the box that has it. */
export async function deriveMailboxRoutes(changes: Changes): Promise<void> {
  const boxes = changes.of('voicemail-box')
  const numberOf = (document: unknown) => (document as DocumentOf<'voicemail-box'> | undefined)?.number
  // Numbers let go first, so that one save can exchange two.
  for (const { id, before, after } of boxes) {
    const old = numberOf(before)
    if (
      old !== undefined &&
      old !== numberOf(after) &&
      (await changes.find('mailbox-route', old))?.voicemailBoxId === id
    )
      await changes.put('mailbox-route', old, undefined)
  }
  for (const { id, before, after } of boxes) {
    const number = numberOf(after)
    if (number === undefined || number === numberOf(before)) continue
    const taken = await changes.find('mailbox-route', number)
    if (taken !== undefined && taken.voicemailBoxId !== id) throw await mailboxNumberTaken(changes, number, taken)
    await changes.put('mailbox-route', number, { id: number, voicemailBoxId: id })
  }
}

async function mailboxNumberTaken(changes: Changes, number: string, { voicemailBoxId }: DocumentOf<'mailbox-route'>) {
  const owner = await changes.find('voicemail-box', voicemailBoxId)
  return new PbxError('mailbox-number-taken', {
    status: 409,
    message: `Voicemail number ${number} is in use by the box ${owner?.name ?? voicemailBoxId}.`,
    details: { field: 'number', number, voicemailBoxId },
  })
}
