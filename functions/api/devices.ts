import { revealDevicePassword, rotateDevicePassword } from '@offhook/shared/api/devices.ts'
import type { SipCredential } from '@offhook/shared/model/device.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { getDocument } from './documents.ts'
import { type Api, serve } from './serve.ts'

/** Throws not-found (404), or no-credential (409) for phones that do not register. */
async function credentialOf(api: Api, accountId: string, deviceId: string): Promise<SipCredential> {
  const { value: device } = await getDocument(api, accountId, 'device', deviceId)
  const credential =
    device.username === undefined ? undefined : await api.store.credentials.reveal(accountId, device.username)
  if (credential?.deviceId !== deviceId)
    throw new PbxError('no-credential', {
      status: 409,
      message: 'This device does not register, so it has no password.',
    })
  return credential
}

export function serveDevices(api: Api): void {
  const { store } = api
  serve(api, revealDevicePassword, async ({ params }, { accountId, by }) => {
    const { username, password } = await credentialOf(api, accountId, params.id)
    await store.audit.append(accountId, { by, act: 'reveal-secret', kind: 'device', targetId: params.id })
    return { username, password }
  })
  serve(api, rotateDevicePassword, async ({ params }, { accountId, by }) => {
    await credentialOf(api, accountId, params.id)
    const { username, password } = await store.credentials.rotate(accountId, params.id)
    await store.audit.append(accountId, {
      by,
      act: 'update',
      kind: 'device',
      targetId: params.id,
      summary: 'new SIP password',
    })
    return { username, password }
  })
}
