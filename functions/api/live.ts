import { listCalls, listRegistrations } from '@offhook/shared/api/calls.ts'
import { type Api, serve } from './serve.ts'

/** Who is online and who is talking, this moment. */
export function serveLive(api: Api): void {
  const { store, liveCalls = (accountId: string) => store.calls.up(accountId) } = api
  serve(api, listRegistrations, async ({ query }, { accountId }) => {
    const { items, cursor } = await store.bindings.list(accountId, query)
    const head = await store.accounts.head(accountId)
    const keys = items.map(({ deviceId }) => ({ kind: 'device' as const, id: deviceId }))
    const devices = await store.documents.fetch(accountId, head?.configRevision ?? 0, keys)
    return {
      items: items.map((binding) => {
        const device = devices.get(`device/${binding.deviceId}`) as { readonly name: string } | null | undefined
        return { ...binding, deviceName: device?.name ?? binding.username }
      }),
      ...(cursor === undefined ? {} : { cursor }),
    }
  })
  serve(api, listCalls, async (_, { accountId }) => ({ items: [...(await liveCalls(accountId))] }))
}
