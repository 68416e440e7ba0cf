import * as contracts from '@offhook/shared/api/provisioning.ts'
import { type Device, registers } from '@offhook/shared/model/device.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type Family, familyOf } from '@offhook/shared/provisioning/families.ts'
import { type PhoneSettings, withoutSecrets } from '@offhook/shared/provisioning/phone-settings.ts'
import { fileNamed } from '@offhook/shared/provisioning/provisioning-file.ts'
import { qrSvg } from '@offhook/shared/provisioning/qr-code.ts'
import { sipUriOf, softPhoneFiles } from '@offhook/shared/provisioning/soft-phones.ts'
import type { ProvisioningRecord } from '@offhook/store/provisioning.ts'
import { notFound } from './auth.ts'
import { getDocument } from './documents.ts'
import { findSettings, folderUrl, provisioningOf } from './provisioning-source.ts'
import { type Api, type Scene, serve } from './serve.ts'

/** Throws not-found (404), or does-not-register (409). */
async function deviceOf(api: Api, accountId: string, id: string): Promise<Device> {
  const { value: device } = await getDocument(api, accountId, 'device', id)
  if (registers(device.type) && device.type !== 'browser') return device
  throw new PbxError('does-not-register', {
    status: 409,
    message: 'This device does not register by itself, or is the browser phone: there is nothing to set up.',
  })
}

async function settingsOf(
  api: Api,
  accountId: string,
  device: Device,
  record?: ProvisioningRecord,
): Promise<PhoneSettings> {
  const none = { secret: 'none', adminPassword: '', adminPin: '' }
  const settings = await findSettings(api, accountId, device, record ?? none)
  if (settings !== undefined) return settings
  throw new PbxError('no-credential', { status: 409, message: 'This device has no SIP password. Save it once more.' })
}

const isSoft = ({ type }: Device): boolean => type === 'softphone' || type === 'smartphone'

function missingFor(device: Device, family: Family | undefined): { field: string; message: string }[] {
  if (isSoft(device)) return []
  return [
    ...(device.mac === undefined ? [{ field: 'mac', message: 'Enter the MAC address: phones ask by it.' }] : []),
    ...(family === undefined
      ? [{ field: 'make', message: 'Enter the make: Yealink, Poly, Mitel, Grandstream or Cisco.' }]
      : []),
    ...(device.enabled
      ? []
      : [{ field: 'enabled', message: 'Switch the device on: nothing is given to one that is off.' }]),
  ]
}

const filesOf = (device: Device, family: Family | undefined, settings: PhoneSettings) =>
  isSoft(device) ? softPhoneFiles(settings) : device.mac === undefined ? [] : (family?.files(settings) ?? [])

const familyOfDevice = (device: Device, record: ProvisioningRecord | undefined): Family | undefined =>
  familyOf({ ...device, userAgent: record?.fetched?.userAgent })

/** The settings as people may see them. */
async function shown(api: Api, accountId: string, id: string) {
  const device = await deviceOf(api, accountId, id)
  const record = await api.store.provisioning.find(accountId, id)
  const settings = withoutSecrets(await settingsOf(api, accountId, device, record))
  const family = familyOfDevice(device, record)
  return { device, record, settings, family, files: filesOf(device, family, settings) }
}

function folderOf(api: Api, device: Device, record: ProvisioningRecord) {
  const usesPin = familyOfDevice(device, record)?.id === 'mitel'
  const { secret, adminPassword, adminPin, issuedAt } = record
  return { url: folderUrl(provisioningOf(api), secret), adminPassword: usesPin ? adminPin : adminPassword, issuedAt }
}

const needed = (what: string, providerId: string | undefined): string => {
  if (providerId !== undefined) return providerId
  throw new PbxError('bad-request', {
    message: `Enter ${what}.`,
    details: { errors: [{ field: 'providerId', message: `Enter ${what}.` }] },
  })
}

/** What a soft phone scans. A code stands where a password would. */
const textFor = {
  linphone: (origin: string, code: string) => `${origin}/provision/${code}/linphone.xml`,
  /** doc.acrobits.net, "QR Codes": the app asks the external provisioning address of its Cloud ID, with the code as its password. */
  acrobits: (_: string, code: string, username: string, cloudId?: string) =>
    `csc:${encodeURIComponent(username)}:${code}@${needed('the Cloud ID of your app', cloudId)}`,
  /** oem.zoiper.com, "Token based provisioning": Zoiper appends the token to the Token URL, `<origin>/provision/zoiper/`. */
  zoiper: (_: string, code: string, _username: string, providerId?: string) =>
    `https://oem.zoiper.com/qr-howto.php?provider_id=${needed('your provider id at oem.zoiper.com', providerId)}&u=&p=&a=&t=${code}`,
} as const

export function serveProvisioning(api: Api): void {
  const { store } = api
  const note = (
    { accountId, by }: Scene,
    act: 'reveal-secret' | 'update' | 'delete',
    targetId: string,
    summary: string,
  ) => store.audit.append(accountId, { by, act, kind: 'device', targetId, summary })

  serve(api, contracts.getProvisioning, async ({ params: { id } }, { accountId }) => {
    provisioningOf(api)
    const { device, record, settings, family, files } = await shown(api, accountId, id)
    return {
      ...(family === undefined ? {} : { family: { id: family.id, title: family.title, models: [...family.models] } }),
      missing: missingFor(device, family),
      files: files.map(({ name, contentType }) => ({ name, contentType })),
      sip: { username: settings.username, ...settings.sip, uri: sipUriOf(settings) },
      hasFolder: record !== undefined,
      ...(record === undefined ? {} : { issuedAt: record.issuedAt }),
      ...(record?.fetched === undefined ? {} : { fetched: record.fetched }),
    }
  })
  serve(api, contracts.previewProvisioningFile, async ({ params: { id, file } }, { accountId }) => {
    const { files } = await shown(api, accountId, id)
    const found = fileNamed(files, file)
    if (found === undefined) throw notFound('This device asks for no such file.')
    return { name: found.name, contentType: found.contentType, text: found.text }
  })
  serve(api, contracts.revealProvisioningFolder, async ({ params: { id } }, scene) => {
    provisioningOf(api)
    const device = await deviceOf(api, scene.accountId, id)
    const record = await store.provisioning.open(scene.accountId, id)
    await note(scene, 'reveal-secret', id, 'address of its files')
    return folderOf(api, device, record)
  })
  serve(api, contracts.rotateProvisioningFolder, async ({ params: { id }, body }, scene) => {
    provisioningOf(api)
    const device = await deviceOf(api, scene.accountId, id)
    const record = await store.provisioning.rotate(scene.accountId, id, body.graceHours * 3_600)
    await note(scene, 'update', id, 'new address of its files')
    return folderOf(api, device, record)
  })
  serve(api, contracts.revokeProvisioningFolder, async ({ params: { id } }, scene) => {
    await getDocument(api, scene.accountId, 'device', id)
    if (!(await store.provisioning.revoke(scene.accountId, id))) throw notFound('This device has no such address.')
    await note(scene, 'delete', id, 'address of its files')
    return undefined
  })
  serve(api, contracts.resyncDevice, async ({ params: { id } }, { accountId }) => {
    const device = await deviceOf(api, accountId, id)
    const { edge } = api
    if (edge?.resync === undefined)
      throw new PbxError('no-way-to-the-edge', {
        status: 501,
        message: 'The API of this installation has no way to the servers that phones are registered with.',
      })
    const family = familyOfDevice(device, await store.provisioning.find(accountId, id))
    const asked = await edge.resync(accountId, device.username ?? '', family?.resyncEvent ?? 'check-sync')
    if (asked.length > 0) return { asked: [...asked] }
    throw new PbxError('not-registered', {
      status: 409,
      message: 'The phone is not registered, so nobody can be asked. It fetches its settings when it starts.',
    })
  })
  serve(api, contracts.issueSoftPhoneCode, async ({ params: { id }, body }, scene) => {
    const { origin } = provisioningOf(api)
    const device = await deviceOf(api, scene.accountId, id)
    const { app, minutes, providerId } = body
    if (app === 'sip-uri') {
      const text = sipUriOf(await settingsOf(api, scene.accountId, device))
      return { app, text, svg: qrSvg(text) }
    }
    const username = device.username ?? ''
    // What is wrong with the request is said before a code exists.
    textFor[app](origin, '', username, providerId)
    const code = await store.provisioning.issueOnce(scene.accountId, id, minutes * 60)
    const text = textFor[app](origin, code, username, providerId)
    await note(scene, 'reveal-secret', id, `code for ${app}, ${minutes} minutes`)
    return { app, text, svg: qrSvg(text), expiresAt: new Date(Date.now() + minutes * 60_000).toISOString() }
  })
}
