import { type DeviceState, listDeviceStates, listUserStates, type UserState } from '@offhook/shared/api/live-states.ts'
import type { FactOf } from '@offhook/shared/callflow/vocabulary.ts'
import type { Device } from '@offhook/shared/model/device.ts'
import type { User } from '@offhook/shared/model/user.ts'
import type { Store } from '@offhook/store/store.ts'
import type { Caller } from './auth.ts'
import { type Api, serve } from './serve.ts'

type Noun = { readonly user: User; readonly device: Device }

const off = { enabled: false }

const userState = ({ id, doNotDisturb, callForward }: User, live: FactOf<'user'>): UserState => ({
  id,
  doNotDisturb: live.doNotDisturb ?? doNotDisturb,
  // A code changes where to and whether; how stays as saved.
  forward: { ...callForward, ...live.forward },
  forwardBusy: live.forwardBusy ?? off,
  forwardUnanswered: live.forwardUnanswered ?? off,
  forwardUnregistered: live.forwardUnregistered ?? off,
  hotDeskDeviceIds: live.hotDeskDeviceIds ?? [],
})

const deviceState = ({ id, doNotDisturb, followMe }: Device, live: FactOf<'device'>): DeviceState => ({
  id,
  doNotDisturb: live.doNotDisturb ?? doNotDisturb,
  followMe: live.followMe ?? followMe,
  forward: live.forward ?? off,
  hotDeskUserIds: live.hotDeskUserIds ?? [],
  callsUp: live.callsUp ?? 0,
})

/** Documents with their live facts: one read of each. Those that are not there are left out. */
async function standing<K extends keyof Noun>(
  store: Store,
  accountId: string,
  kind: K,
  ids: readonly string[],
): Promise<{ document: Noun[K]; live: FactOf<K> }[]> {
  const revision = (await store.accounts.head(accountId))?.configRevision ?? 0
  const keys = ids.map((id) => ({ kind, id }))
  const [documents, facts] = await Promise.all([
    store.documents.fetch(accountId, revision, keys),
    store.facts.lookUp(accountId, keys),
  ])
  return ids.flatMap((id, index) => {
    const document = documents.get(`${kind}/${id}`) as Noun[K] | null | undefined
    const live = (facts[index]?.value ?? {}) as FactOf<K>
    return document === null || document === undefined ? [] : [{ document, live }]
  })
}

/** People who serve themselves see their own. */
const isOpenTo = ({ role, userId }: Caller, ownerId: string | undefined): boolean =>
  role !== 'user' || (ownerId !== undefined && ownerId === userId)

/** What people have set by phone, for whoever looks at the list of users or devices. */
export function serveLiveStates(api: Api): void {
  const { store } = api
  serve(api, listUserStates, async ({ query }, { accountId, caller }) => {
    const found = await standing(store, accountId, 'user', query.ids)
    const open = found.filter(({ document }) => isOpenTo(caller, document.id))
    return { items: open.map(({ document, live }) => userState(document, live)) }
  })
  serve(api, listDeviceStates, async ({ query }, { accountId, caller }) => {
    const found = await standing(store, accountId, 'device', query.ids)
    const open = found.filter(({ document }) => isOpenTo(caller, document.ownerId))
    return { items: open.map(({ document, live }) => deviceState(document, live)) }
  })
}
