import { createHash } from 'node:crypto'
import { operatorAccountId } from '@offhook/shared/api/permission.ts'
import type { Device } from '@offhook/shared/model/device.ts'
import { type Family, familyOf, modelIn } from '@offhook/shared/provisioning/families.ts'
import { fileNamed, type ProvisioningFile } from '@offhook/shared/provisioning/provisioning-file.ts'
import { softPhoneFiles } from '@offhook/shared/provisioning/soft-phones.ts'
import type { Folder } from '@offhook/store/provisioning.ts'
import type { Context } from 'hono'
import { createGuesses, type Guesses } from './provisioning-guesses.ts'
import { findSettings, provisioningOf } from './provisioning-source.ts'
import type { Api } from './serve.ts'

/** A wrong secret, a wrong name, a phone that is switched off: nobody is told which. */
const nothing = (): Response =>
  new Response('Not Found\n', { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } })

const etagOf = (text: string): string => `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`

const isKnown = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag)

function answer(context: Context, { text, contentType }: ProvisioningFile): Response {
  const etag = etagOf(text)
  const headers = { etag, 'content-type': contentType, 'cache-control': 'private, no-cache' }
  return isKnown(context.req.header('if-none-match'), etag)
    ? new Response(null, { status: 304, headers })
    : new Response(text, { headers: { ...headers, 'content-length': String(Buffer.byteLength(text)) } })
}

/** Link previews and crawlers must not use a code up: Linphone says that it is Linphone. */
const maySpend = (context: Context, file: string): boolean =>
  context.req.method === 'GET' &&
  (file.toLowerCase() !== 'linphone.xml' || context.req.header('x-linphone-provisioning') !== undefined)

interface Asked {
  readonly secret: string
  readonly file: string
  readonly userAgent: string
  readonly address: string
}

/** The device of a folder, if its account is open and it is switched on. */
async function findDevice({ store }: Api, { accountId, deviceId }: Folder): Promise<Device | undefined> {
  const head = await store.accounts.head(accountId)
  if (head?.enabled !== true) return undefined
  const saved = await store.documents.get(accountId, 'device', deviceId)
  return saved?.document.enabled === true ? saved.document : undefined
}

const familyFor = (device: Device, userAgent: string): Family | undefined => familyOf({ ...device, userAgent })

async function deskFile(api: Api, folder: Folder, asked: Asked): Promise<ProvisioningFile | undefined> {
  const { accountId, deviceId } = folder
  const [device, record] = await Promise.all([
    findDevice(api, folder),
    api.store.provisioning.find(accountId, deviceId),
  ])
  // Without a MAC address there is no name it could ask for.
  if (device?.mac === undefined || record === undefined) return undefined
  const family = familyFor(device, asked.userAgent)
  const settings = family === undefined ? undefined : await findSettings(api, accountId, device, record)
  if (family === undefined || settings === undefined) return undefined
  const file = fileNamed(family.files(settings), asked.file)
  const model = modelIn(family, asked.userAgent)
  if (file !== undefined)
    await api.store.provisioning.noteFetch(accountId, deviceId, { ...asked, ...(model === undefined ? {} : { model }) })
  return file
}

async function softFile(
  api: Api,
  context: Context,
  folder: Folder,
  asked: Asked,
): Promise<ProvisioningFile | undefined> {
  const { accountId, deviceId } = folder
  const device = await findDevice(api, folder)
  if (device === undefined || !maySpend(context, asked.file)) return undefined
  const settings = await findSettings(api, accountId, device, { secret: '', adminPassword: '', adminPin: '' })
  const file = settings === undefined ? undefined : fileNamed(softPhoneFiles(settings), asked.file)
  if (file === undefined || !(await api.store.provisioning.useOnce(asked.secret))) return undefined
  await api.store.audit.append(accountId, {
    by: 'system',
    act: 'reveal-secret',
    kind: 'device',
    targetId: deviceId,
    summary: `a soft phone at ${asked.address} was set up by its code (${asked.userAgent.slice(0, 100)})`,
  })
  return file
}

async function noteGuessing({ store }: Api, address: string): Promise<void> {
  await store.audit.append(operatorAccountId, {
    by: 'system',
    act: 'lock-out',
    kind: 'provisioning',
    targetId: address.slice(0, 128),
    summary: `${address} guessed at addresses of phones' files; it is not listened to for 15 minutes`,
  })
}

async function find(api: Api, guesses: Guesses, context: Context, asked: Asked): Promise<ProvisioningFile | undefined> {
  const { secret, address } = asked
  if (guesses.isBlocked(address, secret, Date.now())) return undefined
  const folder = await api.store.provisioning.folder(secret)
  if (folder === undefined) {
    if (guesses.wrong(address, Date.now())) await noteGuessing(api, address)
    return undefined
  }
  // A phone that goes on asking at its old address guesses at nothing.
  if (folder.closedAt !== undefined) return undefined
  const file = await (folder.kind === 'once' ? softFile(api, context, folder, asked) : deskFile(api, folder, asked))
  if (file !== undefined && folder.kind === 'folder') guesses.right(address, secret)
  return file
}

/** `/provision/<secret>/<file>`: what phones ask for by themselves. */
export function serveProvisioningFiles(api: Api): void {
  if (api.provisioning === undefined) return
  const guesses = createGuesses()
  const serve = async (context: Context, secret: string, file: string) => {
    const { address, isPrivate } = provisioningOf(api).connectionOf(context)
    if (!isPrivate) return nothing()
    const userAgent = (context.req.header('user-agent') ?? '').slice(0, 256)
    const found = await find(api, guesses, context, { secret, file, userAgent, address: address.slice(0, 64) })
    return found === undefined ? nothing() : answer(context, found)
  }
  // Zoiper puts its token at the end of an address.
  api.app.get('/provision/zoiper/:code', (context) => serve(context, context.req.param('code'), 'zoiper.xml'))
  api.app.get('/provision/:secret/:file', (context) =>
    serve(context, context.req.param('secret'), context.req.param('file')),
  )
  api.app.all('/provision/*', nothing)
}
