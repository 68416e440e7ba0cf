import { randomUUID } from 'node:crypto'
import { getAccount, getUsage, updateAccount } from '@offhook/shared/api/account.ts'
import { createAccount, listAccounts } from '@offhook/shared/api/accounts.ts'
import { operatorAccountId } from '@offhook/shared/api/permission.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { bringTemplate, requireUsable } from './account-template.ts'
import { requireOwnNumbers } from './caller-ids.ts'
import { getDocument } from './documents.ts'
import { Tagged } from './etag.ts'
import { requireMentioned } from './references.ts'
import { usageOf } from './seats.ts'
import { type Api, serve } from './serve.ts'

/** Addresses that lead elsewhere. */
const reservedAddresses = new Set([operatorAccountId, 'v1', 'oidc', 'sip', 'objects', 'assets', 'api', 'admin'])

export function serveAccount(api: Api): void {
  const { store } = api
  serve(api, getAccount, async (_, { accountId }) => getDocument(api, accountId, 'account', singletonId))
  serve(api, updateAccount, async ({ body }, { accountId, by, ifMatch }) => {
    const { value, revision } = await getDocument(api, accountId, 'account', singletonId)
    const { id, address, enabled } = value
    const document = { ...body, id, address, enabled }
    await requireMentioned(store, accountId, 'account', document)
    await requireOwnNumbers(store, accountId, value, document)
    const expected = typeof ifMatch === 'number' ? ifMatch : revision
    const edit = { kind: 'account' as const, id: singletonId, document, ifMatch: expected }
    return new Tagged(document, await store.documents.saveMany(accountId, [edit], { by }))
  })
  serve(api, getUsage, async (_, { accountId }) => usageOf({ store, seats: api.seats }, accountId))
}

/** What only the operator of the installation does. */
export function serveAccounts(api: Api): void {
  const { store } = api
  serve(api, listAccounts, async ({ query }) => store.accounts.list(query))
  serve(api, createAccount, async ({ body }, { by }) => {
    const { admin, template, id = randomUUID(), ...settings } = body
    if (reservedAddresses.has(settings.address) || id === operatorAccountId)
      throw new PbxError('address-taken', {
        status: 409,
        message: `The address ${settings.address} leads elsewhere.`,
        details: { field: 'address' },
      })
    await requireUsable(store, template)
    const account = await store.accounts.create({ ...settings, id })
    await bringTemplate(store, id, template, by)
    const { username, password } = admin
    await store.people.set({ accountId: id, username, role: 'admin', enabled: true }, password)
    await store.audit.append(id, { by, act: 'create', kind: 'account', targetId: id })
    return account
  })
}
