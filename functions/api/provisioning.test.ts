import { devices, users } from '@offhook/shared/api/nouns.ts'
import * as contracts from '@offhook/shared/api/provisioning.ts'
import { leaves, readXml } from '@offhook/shared/provisioning/testing/read-xml.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResyncAnswer } from './dependencies.ts'
import { guessesMax } from './provisioning-guesses.ts'
import { type ApiUnderTest, type Ask, apiUnderTest, type Who } from './testing/api-under-test.ts'

type Contract = Parameters<ApiUnderTest['ask']>[1]

let api: ApiUnderTest
let answers: ResyncAnswer[] = []
const notified: string[][] = []

beforeAll(async () => {
  api = await apiUnderTest({
    provisioning: {
      origin: 'https://pbx.example',
      sipOf: (address) => ({
        domain: `${address}.offhook.local`,
        outboundProxy: 'pbx.example',
        ports: { udp: 5060, tcp: 5060, tls: 5061 },
        isTrusted: false,
        ntpServer: 'pool.ntp.org',
      }),
      connectionOf: ({ req }) => ({
        address: req.header('x-test-address') ?? '192.0.2.1',
        isPrivate: req.header('x-test-plain') === undefined,
      }),
    },
    edge: {
      trace: async () => ({ until: new Date().toISOString() }),
      ladder: async () => [],
      resync: async (...asked) => {
        notified.push([...asked])
        return answers
      },
    },
  })
})
afterAll(() => api.stop())

const ask = (contract: Contract, input?: Ask, who: Who = 'admin@acme') => api.ask(who, contract, input)
const at = (id: string) => ({ params: { id } })

let made = 0
/** A desk phone of somebody, and the folder its files are in. */
async function desk(more: object = {}): Promise<{ id: string; mac: string; folder: string }> {
  made += 1
  const mac = `001565${String(made).padStart(6, '0')}`
  const owner = await ask(users.create, { body: { firstName: 'Eve', lastName: 'Example' } })
  const body = { type: 'sip-phone', name: 'Desk', make: 'Yealink', model: 'T46U', mac, ownerId: owner.id, ...more }
  const { id } = await ask(devices.create, { body })
  const { body: shown } = await ask(contracts.revealProvisioningFolder, at(id))
  return { id, mac, folder: new URL(String(shown.url)).pathname }
}

const fetchFile = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  api.app.request(path, {
    method,
    headers: { 'user-agent': 'Yealink SIP-T46U 108.86.0.20 00:15:65:00:00:01', ...headers },
  })

async function change(id: string, more: object): Promise<void> {
  const { body } = await ask(devices.get, at(id))
  const saved = await ask(devices.replace, { ...at(id), body: { ...body, ...more }, headers: { 'if-match': '*' } })
  expect(saved.status).toBe(200)
}

/** Every one of these must look the same. */
async function seesNothing(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<void> {
  const answer = await fetchFile(path, headers, method)
  const { status } = answer
  expect({
    path,
    status,
    text: method === 'HEAD' ? '' : await answer.text(),
    etag: answer.headers.get('etag'),
  }).toEqual({
    path,
    status: 404,
    text: method === 'HEAD' ? '' : 'Not Found\n',
    etag: null,
  })
}

describe('files of a desk phone', () => {
  it('R-133: it fetches them from its secret folder, by its MAC address in either case', async () => {
    const { id, mac, folder } = await desk()
    const credential = await api.store.credentials.reveal(
      'acme',
      String((await ask(devices.get, at(id))).body.username),
    )

    const file = await fetchFile(`${folder}${mac.toUpperCase()}.cfg`)
    const text = await file.text()

    expect(file.status).toBe(200)
    expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(text).toContain(`account.1.password = ${credential?.password}`)
    expect(text).toContain('account.1.sip_server.1.address = acme.offhook.local')
    expect(text).toContain(`static.auto_provision.server.url = https://pbx.example${folder}`)
    expect(folder.split('/')[2]).toMatch(/^[\w-]{43}$/)
  })

  it.each([
    ['Yealink', 'T46U', (mac: string) => `${mac}.cfg`],
    ['Poly', 'VVX 450', (mac: string) => `${mac}-offhook.cfg`],
    ['Mitel', '6867i', (mac: string) => `${mac.toUpperCase()}.cfg`],
    ['Grandstream', 'GRP2614', (mac: string) => `cfg${mac}.xml`],
    ['Cisco', '8851', (mac: string) => `${mac}.xml`],
    ['Cisco', 'CP-7965G', (mac: string) => `SEP${mac.toUpperCase()}.cnf.xml`],
  ])('R-133: a %s %s gets the file it asks for', async (make, model, nameOf) => {
    const { id, mac, folder } = await desk({ make, model })
    const shown = await ask(contracts.getProvisioning, at(id))
    expect((shown.body.files as { name: string }[]).map(({ name }) => name)).toContain(nameOf(mac))

    const file = await fetchFile(`${folder}${nameOf(mac)}`)

    expect(file.status).toBe(200)
    const { username } = (await ask(devices.get, at(id))).body
    expect(await file.text()).toContain(String(username))
  })

  it('what did not change is not sent again; what changed is', async () => {
    const { id, mac, folder } = await desk()
    const first = await fetchFile(`${folder}${mac}.cfg`)
    const etag = first.headers.get('etag') ?? ''

    expect((await fetchFile(`${folder}${mac}.cfg`, { 'if-none-match': etag })).status).toBe(304)
    const head = await fetchFile(`${folder}${mac}.cfg`, {}, 'HEAD')
    expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', etag])
    await change(id, { keys: [{ does: 'lamp', label: 'Robin', number: '1002' }], timeZone: 'Europe/Paris' })
    const second = await fetchFile(`${folder}${mac}.cfg`, { 'if-none-match': etag })
    expect(second.status).toBe(200)
    expect(await second.text()).toMatch(/time_zone = \+1\n(.*\n)*linekey.2.value = 1002/)
  })

  it('who fetched last is shown', async () => {
    const { id, mac, folder } = await desk()
    expect((await ask(contracts.getProvisioning, at(id))).body).not.toHaveProperty('fetched')

    await fetchFile(`${folder}${mac}.cfg`, { 'x-test-address': '198.51.100.7' })

    expect((await ask(contracts.getProvisioning, at(id))).body.fetched).toMatchObject({
      file: `${mac}.cfg`,
      address: '198.51.100.7',
      model: 'T46U',
    })
  })

  it('R-145: nothing is told apart: wrong secret, wrong MAC address, other names, no encryption, a phone that is off', async () => {
    const { id, mac, folder } = await desk()
    const file = `${folder}${mac}.cfg`
    expect((await fetchFile(file)).status).toBe(200)

    await seesNothing(`/provision/${'A'.repeat(43)}/${mac}.cfg`)
    await seesNothing('/provision/short/x.cfg')
    await seesNothing('/provision/')
    await seesNothing(`${folder}0004f2000000.cfg`)
    await seesNothing(`${folder}${mac}-license.cfg`)
    await seesNothing(folder)
    await seesNothing(`${folder}linphone.xml`, { 'x-linphone-provisioning': '1' })
    await seesNothing(file, { 'x-test-plain': '1' })
    await seesNothing(file, {}, 'POST')
    await change(id, { enabled: false })
    await seesNothing(file)
    await change(id, { enabled: true })
    expect((await fetchFile(file)).status).toBe(200)
    await change(id, { mac: undefined })
    await seesNothing(file)
  })

  it('a rotated folder goes on for its grace and names the new one; a revoked one is closed at once', async () => {
    const { id, mac, folder } = await desk()

    const rotated = await ask(contracts.rotateProvisioningFolder, { ...at(id), body: { graceHours: 1 } })
    const next = new URL(String(rotated.body.url)).pathname
    expect(next).not.toBe(folder)
    expect(await (await fetchFile(`${folder}${mac}.cfg`)).text()).toContain(`https://pbx.example${next}`)
    await ask(contracts.rotateProvisioningFolder, { ...at(id), body: {} })
    await seesNothing(`${next}${mac}.cfg`)
    const last = new URL(String((await ask(contracts.revealProvisioningFolder, at(id))).body.url)).pathname
    expect((await fetchFile(`${last}${mac}.cfg`)).status).toBe(200)

    expect((await ask(contracts.revokeProvisioningFolder, at(id))).status).toBe(204)

    await seesNothing(`${last}${mac}.cfg`)
    expect((await ask(contracts.revokeProvisioningFolder, at(id))).status).toBe(404)
  })

  it('R-146: who guesses is not listened to, the operator is told, and a phone behind the same address goes on', async () => {
    const { mac, folder } = await desk()
    const there = { 'x-test-address': '203.0.113.9' }
    expect((await fetchFile(`${folder}${mac}.cfg`, there)).status).toBe(200)
    const other = await desk()

    for (let guess = 0; guess < guessesMax; guess += 1)
      await seesNothing(`/provision/${String(guess).padStart(43, 'x')}/${mac}.cfg`, there)

    expect((await fetchFile(`${folder}${mac}.cfg`, there)).status).toBe(200)
    await seesNothing(`${other.folder}${other.mac}.cfg`, there)
    expect((await fetchFile(`${other.folder}${other.mac}.cfg`)).status).toBe(200)
    const { items } = await api.store.audit.list('operator')
    expect(items.filter(({ act, targetId }) => act === 'lock-out' && targetId === '203.0.113.9')).toHaveLength(1)
  })

  it('what is missing is said with its field', async () => {
    const { id } = await ask(devices.create, { body: { type: 'sip-phone', name: 'Bare' } })

    const { body } = await ask(contracts.getProvisioning, at(id))

    expect((body.missing as { field: string }[]).map(({ field }) => field)).toEqual(['mac', 'make'])
    expect(body.files).toEqual([])
  })
})

describe('who may see what', () => {
  it('R-145: a preview and the overview hold no secret, even for those who may only read', async () => {
    const { id, mac, folder } = await desk()
    const { username } = (await ask(devices.get, at(id))).body
    const credential = await api.store.credentials.reveal('acme', String(username))
    const record = await api.store.provisioning.find('acme', id)

    const preview = await ask(contracts.previewProvisioningFile, { params: { id, file: `${mac}.cfg` } }, 'reader@acme')
    const overview = await ask(contracts.getProvisioning, at(id), 'reader@acme')

    expect(preview.body.text).toContain('account.1.password = ********')
    for (const secret of [
      credential?.password,
      record?.secret,
      record?.adminPassword,
      record?.adminPin,
      folder.split('/')[2],
    ])
      expect(`${preview.text}${overview.text}`).not.toContain(secret)
    for (const contract of [
      contracts.revealProvisioningFolder,
      contracts.rotateProvisioningFolder,
      contracts.issueSoftPhoneCode,
    ])
      expect((await ask(contract, { ...at(id), body: { app: 'linphone' } }, 'reader@acme')).status).toBe(403)
  })

  it('R-009: another account sees nothing of it', async () => {
    const { id } = await desk()
    for (const contract of [
      contracts.getProvisioning,
      contracts.revealProvisioningFolder,
      contracts.rotateProvisioningFolder,
      contracts.revokeProvisioningFolder,
      contracts.resyncDevice,
      contracts.issueSoftPhoneCode,
    ]) {
      const input = { ...at(id), ...(contract.method === 'get' ? {} : { body: { app: 'linphone' } }) }
      expect((await ask(contract, input, 'admin@bolt')).status).toBe(404)
      expect((await ask(contract, { ...input, account: 'bolt' }, 'admin@bolt')).status).toBe(404)
    }
  })

  it('showing and changing an address is in the audit log', async () => {
    const { id } = await desk()
    await ask(contracts.rotateProvisioningFolder, { ...at(id), body: {} })

    const { items } = await api.store.audit.list('acme')

    expect(items.filter(({ targetId, act }) => targetId === id && act !== 'create').map(({ act }) => act)).toEqual([
      'update',
      'reveal-secret',
    ])
  })
})

describe('soft phones', () => {
  const softphone = async () =>
    (await ask(devices.create, { body: { type: 'softphone', name: "Eve's mobile", username: `soft-${++made}` } })).id

  it('R-134: Linphone is set up by a code that works once, and is no password', async () => {
    const id = await softphone()
    const { username } = (await ask(devices.get, at(id))).body
    const credential = await api.store.credentials.reveal('acme', String(username))
    const code = await ask(contracts.issueSoftPhoneCode, { ...at(id), body: { app: 'linphone' } })
    const path = new URL(String(code.body.text)).pathname
    expect(code.body.svg).toContain('<svg')
    expect(code.text).not.toContain(credential?.password)

    // Whoever only looks at a link, as chats do, does not use it up.
    await seesNothing(path)
    await seesNothing(path, { 'x-linphone-provisioning': '1' }, 'HEAD')
    const file = await fetchFile(path, { 'x-linphone-provisioning': '1' })
    expect(file.status).toBe(200)
    const auth = readXml(await file.text()).children.find(({ attributes }) => attributes.name === 'auth_info_0')
    expect(auth?.children.find(({ attributes }) => attributes.name === 'passwd')?.text).toBe(credential?.password)

    await seesNothing(path, { 'x-linphone-provisioning': '1' })
  })

  it('R-134: Acrobits and Zoiper fetch theirs by the code; an address to scan holds nothing secret', async () => {
    const id = await softphone()
    const issue = (body: object) => ask(contracts.issueSoftPhoneCode, { ...at(id), body })
    const acrobits = await issue({ app: 'acrobits', providerId: 'OFFHOOK' })
    const [, code] = /^csc:soft-\d+:([\w-]{43})@OFFHOOK$/.exec(String(acrobits.body.text)) ?? []
    const zoiper = await issue({ app: 'zoiper', providerId: 'abc123' })
    const token = new URL(String(zoiper.body.text)).searchParams.get('t')

    expect(leaves(readXml(await (await fetchFile(`/provision/${code}/acrobits.xml`)).text())).get('host')).toBe(
      'acme.offhook.local',
    )
    expect(leaves(readXml(await (await fetchFile(`/provision/zoiper/${token}`)).text())).get('username')).toMatch(
      /^soft-/,
    )
    await seesNothing(`/provision/zoiper/${token}`)
    expect((await issue({ app: 'sip-uri' })).body.text).toMatch(/^sip:soft-\d+@acme\.offhook\.local;transport=udp$/)
    expect((await issue({ app: 'zoiper' })).status).toBe(400)
  })

  it('two that scan the same code at once: one is set up', async () => {
    const id = await softphone()
    const code = await ask(contracts.issueSoftPhoneCode, { ...at(id), body: { app: 'linphone' } })
    const path = new URL(String(code.body.text)).pathname

    const all = await Promise.all(Array.from({ length: 6 }, () => fetchFile(path, { 'x-linphone-provisioning': '1' })))

    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 404)).toHaveLength(5)
  })
})

describe('asking a phone to fetch again', () => {
  it('it is asked with the event of its family, and what it answered is told', async () => {
    const { id } = await desk()
    answers = [{ contact: 'sip:p@192.0.2.5', status: 200, userAgent: 'Yealink' }]

    const { status, body } = await ask(contracts.resyncDevice, at(id))

    expect([status, body.asked]).toEqual([200, answers])
    const { username } = (await ask(devices.get, at(id))).body
    expect(notified.at(-1)).toEqual(['acme', username, 'check-sync;reboot=false'])
  })

  it('one that is not registered cannot be asked', async () => {
    const { id } = await desk()
    answers = []

    expect((await ask(contracts.resyncDevice, at(id))).body.code).toBe('not-registered')
  })
})

it('an installation that does not say where phones reach it answers 501, and nothing below /provision/', async () => {
  const bare = await apiUnderTest()
  const { id } = await bare.ask('admin@acme', devices.create, { body: { type: 'sip-phone', name: 'Desk' } })

  expect((await bare.ask('admin@acme', contracts.getProvisioning, at(id))).body.code).toBe('no-provisioning')
  expect((await bare.app.request(`/provision/${'A'.repeat(43)}/x.cfg`)).status).toBe(404)
  await bare.stop()
})
