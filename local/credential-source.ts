import type { Credential, CredentialSource, DeviceCredential } from '@offhook/edge/registrar/credentials.ts'
import { emergencyAddressId, emergencyFactsOf } from '@offhook/shared/emergency/emergency.ts'
import { registers } from '@offhook/shared/model/device.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { fullName } from '@offhook/shared/model/user.ts'
import type { Store } from '@offhook/store/store.ts'

/** The revision of an account is asked for again after this, ms: a thousand phones that come back at once ask once. */
const headMs = 1_000
/** Accounts and devices remembered; the one that came first goes first. */
const [accountsMax, devicesMax] = [10_000, 20_000]

type Device = Omit<DeviceCredential, 'username' | 'password'>

/** A map that forgets its oldest entry beyond `max`. */
class Remembered<Value> extends Map<string, Value> {
  readonly #max: number

  constructor(max: number) {
    super()
    this.#max = max
  }

  override set(key: string, value: Value): this {
    super.delete(key)
    super.set(key, value)
    if (this.size > this.#max)
      for (const oldest of this.keys()) {
        this.delete(oldest)
        break
      }
    return this
  }
}

/** A device as saved, its owner, and the facts a 911 call needs; `undefined` when it is gone or does not register. */
async function readDevice(store: Store, accountId: string, deviceId: string): Promise<Device | undefined> {
  const [device, account, routing] = await Promise.all([
    store.documents.get(accountId, 'device', deviceId),
    store.documents.get(accountId, 'account', singletonId),
    store.documents.get(accountId, 'routing', singletonId),
  ])
  if (device === undefined || account === undefined || !registers(device.document.type)) return undefined
  const { ownerId } = device.document
  const user = ownerId === undefined ? undefined : (await store.documents.get(accountId, 'user', ownerId))?.document
  const facts = emergencyFactsOf({
    account: account.document,
    device: device.document,
    user,
    routing: routing?.document,
  })
  const addressId = emergencyAddressId(facts)
  const address =
    addressId === undefined
      ? undefined
      : (await store.documents.get(accountId, 'emergency-address', addressId))?.document
  return {
    kind: 'device',
    accountId,
    deviceId,
    ...(ownerId === undefined ? {} : { userId: ownerId }),
    enabled: device.document.enabled && account.document.enabled && user?.enabled !== false,
    digest: device.document.digest,
    codecs: device.document.codecs,
    srtp: device.document.srtp,
    callsMax: account.document.caps.perDeviceMax,
    displayName: user === undefined ? device.document.name : fullName(user),
    emergency: { ...facts, addresses: address === undefined ? [] : [address] },
  }
}

/**
 * What the edge must know of a SIP username, from the table. The password is read every time; all else belongs to a revision of the
 * account and is read again only when that has moved on.
 */
export function storeCredentials(store: Store, nowMs: () => number = Date.now): CredentialSource {
  const revisions = new Remembered<{ readonly atMs: number; readonly revision: Promise<number | undefined> }>(
    accountsMax,
  )
  const devices = new Remembered<{ readonly revision: number; readonly device: Promise<Device | undefined> }>(
    devicesMax,
  )

  function revisionOf(accountId: string): Promise<number | undefined> {
    const known = revisions.get(accountId)
    if (known !== undefined && nowMs() - known.atMs < headMs) return known.revision
    const revision = store.accounts.head(accountId).then((head) => head?.configRevision)
    revisions.set(accountId, { atMs: nowMs(), revision })
    revision.catch(() => revisions.delete(accountId))
    return revision
  }

  /** The revision is read before the documents, so what is remembered is at least as new as its number says. */
  async function deviceOf(accountId: string, deviceId: string): Promise<Device | undefined> {
    const revision = await revisionOf(accountId)
    if (revision === undefined) return undefined
    const key = `${accountId} ${deviceId}`
    const known = devices.get(key)
    if (known?.revision === revision) return known.device
    const device = readDevice(store, accountId, deviceId)
    devices.set(key, { revision, device })
    device.catch(() => devices.delete(key))
    return device
  }

  return {
    async lookUp(username): Promise<Credential | undefined> {
      const credential = await store.credentials.byUsername(username)
      if (credential === undefined) return undefined
      const { accountId, deviceId, password } = credential
      const device = await deviceOf(accountId, deviceId)
      return device === undefined ? undefined : { ...device, username, password }
    },
  }
}
