import { setCarrierPassword, testCarrier } from '@offhook/shared/api/carriers.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { getDocument } from './documents.ts'
import { type Api, serve } from './serve.ts'

/** What a carrier has besides its document: a password that goes in and never out, and a test. */
export function serveCarriers(api: Api): void {
  const { store } = api
  serve(api, setCarrierPassword, async ({ params: { id }, body }, { accountId, by }) => {
    await getDocument(api, accountId, 'carrier', id)
    await store.carrierPasswords.set(accountId, id, body.password)
    await store.audit.append(accountId, { by, act: 'update', kind: 'carrier', targetId: id, summary: 'new password' })
    return undefined
  })
  serve(api, testCarrier, async ({ params: { id } }, { accountId }) => {
    const { value: carrier } = await getDocument(api, accountId, 'carrier', id)
    if (api.edge?.testCarrier === undefined)
      throw new PbxError('no-way-to-the-edge', {
        status: 501,
        message: 'This installation cannot test carriers yet: its API has no way to the servers that carry calls.',
      })
    return { results: [...(await api.edge.testCarrier(accountId, carrier))] }
  })
}
