import { type LiveCall, listCalls, listRegistrations } from '@offhook/shared/api/calls.ts'
import type { Device } from '@offhook/shared/model/device.ts'
import type { Binding } from '@offhook/shared/model/registration.ts'
import { fullName, type User } from '@offhook/shared/model/user.ts'
import type { Store } from '@offhook/store/store.ts'
import type { Caller } from './auth.ts'
import { devicesOf } from './my-phone.ts'
import { type Api, serve } from './serve.ts'

type Registered = Binding & Pick<Device, 'ownerId'> & { readonly deviceName: string; readonly ownerName?: string }

/** Bindings with the words people know them by: the device's name and whose it is. */
async function named(store: Store, accountId: string, bindings: readonly Binding[]): Promise<Registered[]> {
  const revision = (await store.accounts.head(accountId))?.configRevision ?? 0
  const fetch = async <T>(kind: 'device' | 'user', ids: readonly string[]): Promise<Map<string, T>> => {
    const found = await store.documents.fetch(
      accountId,
      revision,
      ids.map((id) => ({ kind, id })),
    )
    return new Map(ids.map((id) => [id, (found.get(`${kind}/${id}`) ?? undefined) as T]))
  }
  const devices = await fetch<Device | undefined>('device', [...new Set(bindings.map(({ deviceId }) => deviceId))])
  const owners = new Set([...devices.values()].flatMap((device) => device?.ownerId ?? []))
  const users = await fetch<User | undefined>('user', [...owners])
  return bindings.map((binding) => {
    const { name: deviceName = binding.username, ownerId } = devices.get(binding.deviceId) ?? {}
    const owner = ownerId === undefined ? undefined : users.get(ownerId)
    return {
      ...binding,
      deviceName,
      ...(ownerId === undefined ? {} : { ownerId }),
      ...(owner === undefined ? {} : { ownerName: fullName(owner) }),
    }
  })
}

/** Phones of the person alone. */
async function ownDevices(store: Store, { accountId, userId }: Caller): Promise<Device[]> {
  return userId === undefined ? [] : devicesOf(store, accountId, userId)
}

async function ownBindings(store: Store, caller: Caller): Promise<Binding[]> {
  const devices = await ownDevices(store, caller)
  const found = await Promise.all(
    devices.map(async ({ id, username }) => {
      const bindings = username === undefined ? [] : await store.bindings.of(caller.accountId, username)
      return bindings.filter(({ deviceId }) => deviceId === id)
    }),
  )
  return found.flat()
}

async function ownCalls(store: Store, caller: Caller, calls: readonly LiveCall[]): Promise<LiveCall[]> {
  const { accountId, userId } = caller
  if (userId === undefined || calls.length === 0) return []
  const devices = new Set((await ownDevices(store, caller)).map(({ id }) => id))
  const extension = (await store.documents.get(accountId, 'user', userId))?.document.extension
  return calls.filter(
    ({ deviceId, from, to }) =>
      (deviceId !== undefined && devices.has(deviceId)) ||
      (extension !== undefined && (from === extension || to === extension)),
  )
}

/** Who is online and who is talking, this moment. */
export function serveLive(api: Api): void {
  const { store, liveCalls = (accountId: string) => store.calls.up(accountId) } = api
  serve(api, listRegistrations, async ({ query }, { accountId, caller }) => {
    if (caller.role === 'user') return { items: await named(store, accountId, await ownBindings(store, caller)) }
    const { items, cursor } = await store.bindings.list(accountId, query)
    return { items: await named(store, accountId, items), ...(cursor === undefined ? {} : { cursor }) }
  })
  serve(api, listCalls, async (_, { accountId, caller }) => {
    const calls = await liveCalls(accountId)
    return { items: caller.role === 'user' ? await ownCalls(store, caller, calls) : [...calls] }
  })
}
