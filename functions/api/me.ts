import { getMe, getSignIn, setUserPassword } from '@offhook/shared/api/me.ts'
import { permissionsOf } from '@offhook/shared/api/permission.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { notFound } from './auth.ts'
import { getDocument } from './documents.ts'
import { type Api, serve } from './serve.ts'

export function serveMe(api: Api): void {
  const { store, signIn } = api
  serve(api, getSignIn, async ({ params: { address } }) => {
    const found = await store.accounts.byAddress(address)
    if (found === undefined) throw notFound(`Nobody is at the address ${address}.`)
    return { ...signIn, account: { id: found.accountId, name: found.name, address } }
  })
  serve(api, getMe, async (_, { caller }) => {
    const { subject, username, role, userId, accountId } = caller
    const account = (await store.documents.get(accountId, 'account', singletonId))?.document
    return {
      subject,
      role,
      permissions: permissionsOf(role),
      ...(username === undefined ? {} : { username }),
      ...(userId === undefined ? {} : { userId }),
      ...(account === undefined ? {} : { account }),
    }
  })
  serve(api, setUserPassword, async ({ params, body }, { accountId, by }) => {
    const { value: user } = await getDocument(api, accountId, 'user', params.id)
    const { id, username, role, enabled } = user
    if (username === undefined)
      throw new PbxError('username-missing', {
        status: 409,
        message: 'Give the user a username first.',
        details: { field: 'username' },
      })
    // The sign-in is the user's: it carries the user's id, so that it goes when the user goes.
    await store.people.set({ accountId, username, role, userId: id, enabled, subject: id }, body.password)
    await store.audit.append(accountId, { by, act: 'update', kind: 'user', targetId: id, summary: 'new password' })
    return undefined
  })
}
