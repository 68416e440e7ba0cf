import type { Device } from '@offhook/shared/model/device.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type PhoneSettings, type SipService, settingsOf } from '@offhook/shared/provisioning/phone-settings.ts'
import type { ProvisioningRecord } from '@offhook/store/provisioning.ts'
import type { Context } from 'hono'
import type { ApiDependencies } from './dependencies.ts'

/** What phones outside need to know of this installation. */
export interface ProvisioningSettings {
  /** Where they fetch, without a slash at its end: `https://pbx.example`. */
  readonly origin: string
  /** How phones of the account at a portal address reach the registrar. */
  sipOf(address: string): SipService
  /** Who asks, and whether nobody in between can read along. */
  connectionOf(context: Context): { readonly address: string; readonly isPrivate: boolean }
}

export function provisioningOf({ provisioning }: ApiDependencies): ProvisioningSettings {
  if (provisioning !== undefined) return provisioning
  throw new PbxError('no-provisioning', {
    status: 501,
    message: 'This installation does not say where phones reach it, so it cannot write their settings.',
  })
}

export const folderUrl = ({ origin }: ProvisioningSettings, secret: string): string => `${origin}/provision/${secret}/`

/** Everything a device's files are made of, as it is now; nothing when it has no way to register. */
export async function findSettings(
  parts: ApiDependencies,
  accountId: string,
  device: Device,
  record: Pick<ProvisioningRecord, 'secret' | 'adminPassword' | 'adminPin'>,
): Promise<PhoneSettings | undefined> {
  const { store } = parts
  const settings = provisioningOf(parts)
  const [account, owner, credential, featureCodes] = await Promise.all([
    store.documents.get(accountId, 'account', singletonId),
    device.ownerId === undefined ? undefined : store.documents.get(accountId, 'user', device.ownerId),
    device.username === undefined ? undefined : store.credentials.reveal(accountId, device.username),
    store.documents.all(accountId, 'feature-code'),
  ])
  if (account === undefined || credential?.deviceId !== device.id) return undefined
  const { secret, adminPassword, adminPin } = record
  return settingsOf({
    device,
    account: account.document,
    owner: owner?.document,
    featureCodes,
    service: settings.sipOf(account.document.address),
    password: credential.password,
    adminPassword,
    adminPin,
    folderUrl: folderUrl(settings, secret),
    atMs: Date.now(),
  })
}
