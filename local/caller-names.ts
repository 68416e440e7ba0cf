import type { CallerNames } from '@offhook/functions/sma/dependencies.ts'
import { isForwardType } from '@offhook/shared/model/device.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { fullName } from '@offhook/shared/model/user.ts'
import { sameNumber } from '@offhook/shared/numbers/normalise.ts'
import type { Store } from '@offhook/store/store.ts'
import { outsideNames } from './carrier/outside-number.ts'

type Known = Pick<Store, 'documents' | 'numbers'>

/** Whose cell phone or landline calls: the names of an account's own people come before all others. */
async function ownName({ documents }: Known, accountId: string, number: string): Promise<string | undefined> {
  const device = (await documents.all(accountId, 'device')).find(
    (one) => isForwardType(one.type) && one.number !== undefined && sameNumber(one.number, number, 'US'),
  )
  if (device?.ownerId === undefined) return undefined
  const owner = await documents.get(accountId, 'user', device.ownerId)
  return owner === undefined ? undefined : fullName(owner.document)
}

/** What another account of this machine shows to the outside: no more than its calls show anyhow. */
async function neighbourName({ documents, numbers }: Known, number: string): Promise<string | undefined> {
  const owner = await numbers.findDid(number)
  if (owner === undefined) return undefined
  const account = (await documents.get(owner.accountId, 'account', singletonId))?.document
  return account?.callerId.external?.name ?? account?.name
}

/**
 * Caller names of one machine: people of the account by their cell phones and landlines, accounts of this machine by their
 * numbers, and the numbers of the simulated carrier. A carrier with a directory takes the place of the last.
 */
export const localCallerNames = (store: Known): CallerNames => ({
  async nameOf(accountId, number) {
    const [own, neighbour] = await Promise.all([ownName(store, accountId, number), neighbourName(store, number)])
    return own ?? neighbour ?? outsideNames.get(number)
  },
})
