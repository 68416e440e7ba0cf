import type { LockOutEvent } from '@offhook/edge/registrar/lock-out.ts'
import type { Store } from '@offhook/store/store.ts'

/**
 * Notes in the audit log of the account whose phone it is that an address was locked out for guessing its password. A name that
 * nobody has belongs to no account: that address stands in the log of the process alone.
 */
export function lockOutRecords(store: Pick<Store, 'credentials' | 'audit'>): (event: LockOutEvent) => Promise<void> {
  return async ({ address, username, untilMs }) => {
    const credential = username === undefined ? undefined : await store.credentials.byUsername(username)
    if (credential === undefined) return
    await store.audit.append(credential.accountId, {
      by: 'system',
      act: 'lock-out',
      kind: 'device',
      targetId: credential.deviceId,
      summary: `${address} tried too many wrong passwords for ${credential.username}; it is not believed until ${new Date(untilMs).toISOString()}`,
    })
  }
}
