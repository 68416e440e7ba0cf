import { getDeviceCallerIds, getUserCallerIds } from '@offhook/shared/api/caller-ids.ts'
import {
  callerIdFor,
  emergencyCallerId,
  type InsideLevels,
  insideCallerId,
} from '@offhook/shared/caller-id/caller-id.ts'
import { type DocumentOf, singletonId } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import { getDocument } from './documents.ts'
import { type Api, serve } from './serve.ts'

/** Asked of the very functions that calls ask. */
async function effective({ store }: Api, accountId: string, levels: InsideLevels) {
  const routing = await store.documents.get(accountId, 'routing', singletonId)
  const emergency = emergencyCallerId(levels, routing?.document.emergencyNumbers ?? [])
  return {
    internal: insideCallerId(levels),
    external: callerIdFor('external', levels),
    emergency: { ...emergency, unregistered: [...emergency.unregistered] },
  }
}

export function serveCallerIds(api: Api): void {
  const accountOf = async (accountId: string) => (await getDocument(api, accountId, 'account', singletonId)).value
  serve(api, getDeviceCallerIds, async ({ params }, { accountId }) => {
    const { value: device } = await getDocument(api, accountId, 'device', params.id)
    const owner =
      device.ownerId === undefined ? undefined : await api.store.documents.get(accountId, 'user', device.ownerId)
    const user = owner?.document
    return effective(api, accountId, { device, user, account: await accountOf(accountId) })
  })
  serve(api, getUserCallerIds, async ({ params }, { accountId }) => {
    const { value: user } = await getDocument(api, accountId, 'user', params.id)
    return effective(api, accountId, { user, account: await accountOf(accountId) })
  })
}

type WithCallerId = Pick<DocumentOf<'user'>, 'callerId'>

/**
 * Refuses numbers that leave the building and are none of the account's: carriers believe what they are told, and a call for help would
 * show an address nobody registered. What was saved before stays. Throws bad-request (400) with the fields.
 */
export async function requireOwnNumbers(
  store: Store,
  accountId: string,
  before: WithCallerId | undefined,
  after: WithCallerId,
): Promise<void> {
  const errors: { field: string; message: string }[] = []
  for (const kind of ['external', 'emergency'] as const) {
    const number = after.callerId[kind]?.number
    if (number === undefined || number === before?.callerId[kind]?.number) continue
    const owned = await store.documents.get(accountId, 'phone-number', number.replace('+', ''))
    if (owned === undefined)
      errors.push({
        field: `callerId.${kind}.number`,
        message: `${number} is no number of this account. Choose one of its phone numbers, written like +16045550100.`,
      })
  }
  if (errors.length > 0) throw new PbxError('bad-request', { message: errors[0]?.message ?? '', details: { errors } })
}
