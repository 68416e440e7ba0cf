import { activateBlacklist, addToBlacklist, isBlacklistActive } from '@offhook/shared/api/blacklists.ts'
import { pastedNumbers } from '@offhook/shared/blacklist/pasted-numbers.ts'
import { Account } from '@offhook/shared/model/account.ts'
import { Blacklist } from '@offhook/shared/model/blacklist.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { normaliseNumber } from '@offhook/shared/numbers/normalise.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { getDocument } from './documents.ts'
import { Tagged } from './etag.ts'
import { type Api, type Scene, serve } from './serve.ts'

async function add(
  api: Api,
  { accountId, by }: Scene,
  id: string,
  { text, note }: { text: string; note?: string | undefined },
) {
  const { value: list, revision } = await getDocument(api, accountId, 'blacklist', id)
  const { country } = (await getDocument(api, accountId, 'account', singletonId)).value
  const { numbers, anonymous, refused } = pastedNumbers(text, country)
  const before = new Set(list.numbers.map(({ number }) => normaliseNumber(number, country)))
  const fresh = numbers.filter((number) => !before.has(number))
  const counts = { added: fresh.length, known: numbers.length - fresh.length, refused: [...refused] }
  if (fresh.length === 0 && (!anonymous || list.blockAnonymous))
    return new Tagged({ blacklist: list, ...counts }, revision)
  const document = Blacklist.safeParse({
    ...list,
    blockAnonymous: list.blockAnonymous || anonymous,
    numbers: [...list.numbers, ...fresh.map((number) => ({ number, ...(note === undefined ? {} : { note }) }))],
  })
  if (!document.success)
    throw new PbxError('blacklist-full', {
      status: 409,
      message: 'A list holds 5,000 numbers. Begin another one; several can be active.',
      details: { field: 'text' },
    })
  const edit = { kind: 'blacklist' as const, id, document: document.data, ifMatch: revision }
  return new Tagged(
    { blacklist: document.data, ...counts },
    await api.store.documents.saveMany(accountId, [edit], { by }),
  )
}

async function activate(api: Api, { accountId, by }: Scene, id: string, active: boolean) {
  await getDocument(api, accountId, 'blacklist', id)
  const { value: account, revision } = await getDocument(api, accountId, 'account', singletonId)
  const others = account.blacklists.filter((one) => one !== id)
  const blacklists = active ? [...others, id] : others
  if (account.blacklists.includes(id) === active) return { active, blacklists: account.blacklists }
  const document = Account.safeParse({ ...account, blacklists })
  if (!document.success)
    throw new PbxError('too-many-blacklists', {
      status: 409,
      message: 'At most 50 lists can be active. Put numbers of several lists into one.',
      details: { field: 'active' },
    })
  const edit = { kind: 'account' as const, id: singletonId, document: document.data, ifMatch: revision }
  await api.store.documents.saveMany(accountId, [edit], { by })
  return { active, blacklists }
}

export function serveBlacklists(api: Api): void {
  serve(api, addToBlacklist, async ({ params, body }, scene) => add(api, scene, params.id, body))
  serve(api, activateBlacklist, async ({ params, body }, scene) => activate(api, scene, params.id, body.active))
  serve(api, isBlacklistActive, async ({ params }, { accountId }) => {
    await getDocument(api, accountId, 'blacklist', params.id)
    const { blacklists } = (await getDocument(api, accountId, 'account', singletonId)).value
    return { active: blacklists.includes(params.id), blacklists }
  })
}
