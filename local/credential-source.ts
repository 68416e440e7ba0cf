import type { Credential, CredentialSource } from '@offhook/edge/registrar/credentials.ts'
import { emergencyAddressId, emergencyFactsOf } from '@offhook/shared/emergency/emergency.ts'
import { registers } from '@offhook/shared/model/device.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { fullName } from '@offhook/shared/model/user.ts'
import type { Store } from '@offhook/store/store.ts'

/** What the edge must know of a SIP username, from the table: the device as saved, its owner, and the facts a 911 call needs. */
export function storeCredentials(store: Store): CredentialSource {
  return {
    async lookUp(username): Promise<Credential | undefined> {
      const credential = await store.credentials.byUsername(username)
      if (credential === undefined) return undefined
      const { accountId, deviceId, password } = credential
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
      const emergency = { ...facts, addresses: address === undefined ? [] : [address] }
      return {
        kind: 'device',
        username,
        password,
        accountId,
        deviceId,
        ...(ownerId === undefined ? {} : { userId: ownerId }),
        enabled: device.document.enabled && account.document.enabled && user?.enabled !== false,
        digest: device.document.digest,
        codecs: device.document.codecs,
        srtp: device.document.srtp,
        callsMax: account.document.caps.perDeviceMax,
        displayName: user === undefined ? device.document.name : fullName(user),
        emergency,
      }
    },
  }
}
