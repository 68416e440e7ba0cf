import type { AccountTemplate } from '@offhook/shared/api/account-template.ts'
import { usernameToCome } from '@offhook/shared/api/crud.ts'
import { mentionsOf } from '@offhook/shared/api/references.ts'
import { defaultFeatureCodes } from '@offhook/shared/callflow/feature-codes.ts'
import { Device } from '@offhook/shared/model/device.ts'
import { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import { newSipUsername, requireSound } from './noun-rules.ts'

type Entry = AccountTemplate[number]

/** Documents saved at once: each brings revisions and what follows from it, and a transaction has 100 items. */
const batch = 5
const errorsMax = 50

const refused = (field: string, message: string): PbxError =>
  new PbxError('bad-request', { message, details: { field } })

/** Throws bad-request (400) where a template names what it does not bring, or brings something twice. */
function requireWhole(template: AccountTemplate): void {
  const names = template.map(({ kind, id }) => `${kind}/${id}`)
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice >= 0) throw refused(`template.${twice}`, `The template brings ${names[twice]} twice.`)
  const known = new Set([...names, ...defaultFeatureCodes.map(({ id }) => `feature-code/${id}`)])
  const errors = template.flatMap(({ kind, document }, index) =>
    mentionsOf(kind, document)
      .filter((mention) => !known.has(`${mention.kind}/${mention.id}`))
      .map((mention) => ({
        field: `template.${index}.document.${mention.field}`,
        message: `The template brings no ${mention.kind.replaceAll('-', ' ')} ${mention.id}.`,
      })),
  )
  if (errors.length > 0)
    throw new PbxError('bad-request', {
      message: errors[0]?.message ?? '',
      details: { errors: errors.slice(0, errorsMax) },
    })
}

/** Numbers and SIP usernames are unique over the installation. Throws did-taken, username-taken (409). */
async function requireFree(store: Store, { kind, document }: Entry, index: number): Promise<void> {
  const taken = (code: string, what: string, field: string) =>
    new PbxError(code, {
      status: 409,
      message: `${what} is another account's.`,
      details: { field: `template.${index}.document.${field}` },
    })
  if (kind === 'phone-number') {
    const { number } = PhoneNumber.parse(document)
    if ((await store.numbers.findDid(number)) !== undefined) throw taken('did-taken', number, 'number')
  }
  if (kind === 'device') {
    const { username } = Device.parse(document)
    if (username !== undefined && (await store.credentials.byUsername(username)) !== undefined)
      throw taken('username-taken', username, 'username')
  }
}

/** Refuses, before anything is made, a template that could not be made whole. */
export async function requireUsable(store: Store, template: AccountTemplate): Promise<void> {
  requireWhole(template)
  for (const [index, entry] of template.entries()) {
    if (entry.kind === 'callflow') requireSound(entry.document as Parameters<typeof requireSound>[0])
    await requireFree(store, entry, index)
  }
}

const named = ({ kind, document }: Entry): object =>
  kind === 'device' && 'username' in document && document.username === usernameToCome
    ? { ...document, username: newSipUsername() }
    : document

/** Brings everything into a new account. */
export async function bringTemplate(
  store: Store,
  accountId: string,
  template: AccountTemplate,
  by: string,
): Promise<void> {
  const edits = template.map((entry) => ({ kind: entry.kind, id: entry.id, document: named(entry) }))
  for (let start = 0; start < edits.length; start += batch)
    await store.documents.saveMany(accountId, edits.slice(start, start + batch), { by, act: 'create' })
}
