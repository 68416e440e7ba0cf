import { listMyBoxes, openMyPhone } from '@offhook/shared/api/my-phone.ts'
import { Device } from '@offhook/shared/model/device.ts'
import { fullName } from '@offhook/shared/model/user.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import { type Caller, enterAccount } from './auth.ts'
import { getDocument } from './documents.ts'
import { newSipUsername } from './noun-rules.ts'
import { type Api, type Scene, serve } from './serve.ts'

/** Longest id of a document. */
const idLengthMax = 64

/** The user somebody is. Throws no-user (409) for sign-ins that belong to none, such as API keys and operators. */
function userIdOf({ userId }: Caller): string {
  if (userId !== undefined) return userId
  throw new PbxError('no-user', {
    status: 409,
    message: 'This sign-in belongs to no user of the account, so it has no phone. Sign in as a user.',
  })
}

/** Devices and voicemail boxes of a user. */
export const belongingsOf = async (store: Store, accountId: string, userId: string) =>
  (await store.documents.get(accountId, 'ownership', userId))?.document ?? { deviceIds: [], voicemailBoxIds: [] }

/** Devices of a user, as they are now. */
export async function devicesOf(store: Store, accountId: string, userId: string): Promise<Device[]> {
  const { deviceIds } = await belongingsOf(store, accountId, userId)
  const found = await Promise.all(deviceIds.map((id) => store.documents.get(accountId, 'device', id)))
  return found.flatMap((saved) => (saved?.document.ownerId === userId ? [saved.document] : []))
}

/** Never another's, whatever the device says: it must name this user as its owner. */
const findPhone = async (store: Store, accountId: string, userId: string): Promise<Device | undefined> =>
  (await devicesOf(store, accountId, userId))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .find((device) => device.type === 'browser')

/** The id follows from the user, so that two pages opened at once make one phone. */
async function makePhone(api: Api, accountId: string, userId: string, by: string): Promise<void> {
  const { value: user } = await getDocument(api, accountId, 'user', userId)
  const id = `browser-${userId}`.slice(0, idLengthMax)
  const document = Device.parse({
    id,
    type: 'browser',
    name: `${fullName(user)}'s browser phone`,
    ownerId: userId,
    username: newSipUsername(),
    srtp: 'required',
  })
  const edit = { kind: 'device' as const, id, document, ifMatch: 'new' as const }
  await api.store.documents.saveMany(accountId, [edit], { by, act: 'create' })
}

async function openPhone(api: Api, { caller, accountId, by }: Scene): Promise<Device> {
  const userId = userIdOf(caller)
  const found = await findPhone(api.store, accountId, userId)
  if (found !== undefined) return found
  const failure = await makePhone(api, accountId, userId, by).catch((error: unknown) => error)
  const made = await findPhone(api.store, accountId, userId)
  if (made === undefined) throw failure ?? new Error(`the browser phone of ${userId} is not there`)
  return made
}

/** What people do for themselves, whatever their role. */
export function serveMyPhone(api: Api): void {
  const { store } = api
  serve(api, openMyPhone, async (_, scene) => {
    const { caller, accountId } = scene
    await enterAccount(api, caller, accountId)
    const { id, username, enabled } = await openPhone(api, scene)
    const credential = username === undefined ? undefined : await store.credentials.reveal(accountId, username)
    if (!enabled || credential?.deviceId !== id)
      throw new PbxError('phone-off', {
        status: 409,
        message: 'Your browser phone is switched off. Ask your administrator.',
        details: { deviceId: id },
      })
    return { deviceId: id, username: credential.username, password: credential.password }
  })
  serve(api, listMyBoxes, async (_, { caller, accountId }) => {
    await enterAccount(api, caller, accountId)
    if (caller.userId === undefined) return { items: [] }
    const { voicemailBoxIds } = await belongingsOf(store, accountId, caller.userId)
    const found = await Promise.all(voicemailBoxIds.map((id) => store.documents.get(accountId, 'voicemail-box', id)))
    const own = found.flatMap((saved) => saved?.document ?? []).filter((box) => box.ownerId === caller.userId)
    return { items: own }
  })
}
