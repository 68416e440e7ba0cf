import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultFeatureCodes } from '@offhook/shared/callflow/feature-codes.ts'
import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { folderObjects } from './objects/folder.ts'
import type { Store } from './store.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'
import { readWhole } from './testing/whole-account.ts'

const by = { by: 'ann' }
const numbered = (count: number, first = 3_000) => Array.from({ length: count }, (_, index) => String(first + index))

let engine: TestEngine
let store: Store
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  store = await engine.store()
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
})

const save = (kind: Parameters<Store['documents']['save']>[1], document: object) =>
  store.documents.save('acme', kind, document, by)
const routeOf = async (number: string) =>
  (await store.documents.get('acme', 'number-route', numberRouteId(number)))?.document.callflowId

describe('a document', () => {
  it('at an old revision stays what it was', async () => {
    const first = await save('menu', { id: 'main', name: 'One' })
    await save('menu', { id: 'else', name: 'Else' })
    const second = await save('menu', { id: 'main', name: 'Two' })

    const names = await Promise.all(
      [first.revision - 1, first.revision, second.revision - 1, second.revision, second.revision + 100].map(
        async (revision) => (await store.documents.at('acme', 'menu', 'main', revision))?.name,
      ),
    )
    expect(names).toEqual([undefined, 'One', 'One', 'Two', 'Two'])
  })

  it('rolled back is a new revision with the old content, of this document alone', async () => {
    const first = await save('menu', { id: 'main', name: 'One' })
    const second = await save('menu', { id: 'main', name: 'Two' })
    const other = await save('menu', { id: 'else', name: 'Else' })

    const back = await store.documents.rollBack('acme', 'menu', 'main', first.revision, by)

    expect(back).toMatchObject({ revision: other.revision + 1, document: { name: 'One' } })
    expect((await store.documents.revisions('acme', 'menu', 'main')).items).toMatchObject([
      { revision: back.revision, act: 'roll-back', by: 'ann', deleted: false },
      { revision: second.revision },
      { revision: first.revision },
    ])
    expect((await store.documents.get('acme', 'menu', 'else'))?.revision).toBe(other.revision)
  })

  it('that is deleted leaves a tombstone: calls that began before still find it', async () => {
    const { revision } = await save('menu', { id: 'main', name: 'One' })
    const gone = await store.documents.remove('acme', 'menu', 'main', { ...by, ifMatch: revision })

    expect(await store.documents.get('acme', 'menu', 'main')).toBeUndefined()
    expect((await store.documents.at('acme', 'menu', 'main', revision))?.name).toBe('One')
    expect((await store.documents.fetch('acme', gone, [{ kind: 'menu', id: 'main' }])).get('menu/main')).toBeNull()
    expect((await store.documents.revisions('acme', 'menu', 'main')).items[0]).toMatchObject({
      deleted: true,
      act: 'delete',
    })
    await expect(store.documents.remove('acme', 'menu', 'main', by)).rejects.toMatchObject({ code: 'not-found' })
    await store.documents.rollBack('acme', 'menu', 'main', revision, by)
    expect((await store.documents.get('acme', 'menu', 'main'))?.document.name).toBe('One')
  })

  it('is made only where there is none, when that is asked', async () => {
    const make = () => store.documents.save('acme', 'menu', { id: 'main', name: 'One' }, { ...by, ifMatch: 'new' })
    await make()

    await expect(make()).rejects.toMatchObject({ code: 'already-exists', status: 409 })
  })

  it('asked for at a revision that is still to come is not taken for it later', async () => {
    await save('menu', { id: 'main', name: 'One' })
    expect((await store.documents.at('acme', 'menu', 'main', 3))?.name).toBe('One')
    const { revision } = await save('menu', { id: 'main', name: 'Two' })

    expect(revision).toBe(3)
    expect((await store.documents.fetch('acme', 3, [{ kind: 'menu', id: 'main' }])).get('menu/main')).toMatchObject({
      name: 'Two',
    })
  })

  it('is saved as itself and in its own account', async () => {
    const menu = { id: 'main', name: 'One' }
    for (const edit of [
      { kind: 'menu', id: 'other', document: menu },
      { kind: 'account', id: 'account', document: { id: 'bolt', name: 'Bolt', address: 'bolt' } },
      { kind: 'account', id: 'acme', document: { id: 'acme', name: 'Acme', address: 'acme' } },
    ] as const)
      await expect(store.documents.saveMany('acme', [edit], by)).rejects.toMatchObject({ code: 'id-mismatch' })
    await expect(store.documents.saveMany('acme', [{ kind: 'account', id: 'account' }], by)).rejects.toMatchObject({
      code: 'account-needed',
    })
  })

  it('that is not what its noun says is refused', async () => {
    await expect(save('menu', { id: 'main', name: '' })).rejects.toMatchObject({ name: 'ZodError' })
    expect((await store.accounts.head('acme'))?.configRevision).toBe(1)
  })

  it('is listed in pages that follow each other, and a cursor of another list is refused', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await save('menu', { id, name: id })
    const first = await store.documents.list('acme', 'menu', { limit: 3 })
    const second = await store.documents.list('acme', 'menu', { limit: 3, cursor: first.cursor })

    expect([...first.items, ...second.items].map(({ document }) => document.id)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(second.cursor).toBeUndefined()
    await expect(store.documents.revisions('acme', 'menu', 'a', { cursor: '' })).rejects.toMatchObject({
      code: 'bad-cursor',
    })
  })

  it('longer than an item lies in the object store, with a pointer to it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-long-'))
    const objects = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: 'http://localhost' })
    const withObjects = await engine.store({ objects })
    await withObjects.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    const numbers = Array.from({ length: 5_000 }, (_, index) => ({ number: `+1604555${index}`, note: 'x'.repeat(80) }))
    const blacklist = { id: 'long', name: 'Long', numbers, names: [], blockAnonymous: false }

    const { revision } = await withObjects.documents.save('acme', 'blacklist', blacklist, by)
    await withObjects.documents.save('acme', 'blacklist', { ...blacklist, numbers: [] }, by)

    expect(await withObjects.documents.at('acme', 'blacklist', 'long', revision)).toEqual(blacklist)
    expect((await withObjects.documents.get('acme', 'blacklist', 'long'))?.document.numbers).toEqual([])
    expect(await objects.list('documents/acme/blacklist/long/', 10)).toHaveLength(1)
    await expect(save('blacklist', blacklist)).rejects.toMatchObject({ code: 'document-too-large', status: 413 })
    rmSync(folder, { recursive: true })
  })
})

describe('numbers of callflows', () => {
  it('R-052: belong to one callflow, which a refusal names; one save can move one', async () => {
    await save('callflow', { id: 'a', name: 'Front desk', numbers: ['8000'] })
    await expect(save('callflow', { id: 'b', name: 'B', numbers: ['8000'] })).rejects.toMatchObject({
      code: 'number-taken',
      status: 409,
      message: '8000 is in use by the callflow Front desk.',
      details: { number: '8000', callflowId: 'a' },
    })

    await store.documents.saveMany(
      'acme',
      [
        { kind: 'callflow', id: 'b', document: { id: 'b', name: 'B', numbers: ['8000'] } },
        { kind: 'callflow', id: 'a', document: { id: 'a', name: 'Front desk', numbers: [] } },
      ],
      by,
    )
    expect(await routeOf('8000')).toBe('b')
    await store.documents.remove('acme', 'callflow', 'b', by)
    expect(await routeOf('8000')).toBeUndefined()
  })

  it('R-050: fifty numbers on one callflow come in one save and each leads to it', async () => {
    const { revision } = await save('callflow', { id: 'a', numbers: numbered(50) })

    expect(revision).toBe(2)
    for (const number of numbered(50)) expect(await routeOf(number)).toBe('a')
  })

  it('R-050: two hundred come in several saves, each whole, and go again', async () => {
    await save('callflow', { id: 'a', name: 'Many', numbers: numbered(200) })
    const { documents } = await readWhole(store, 'acme')
    expect(documents.get('callflow/a')).toMatchObject({ name: 'Many', numbers: numbered(200) })
    await save('callflow', { id: 'a', name: 'Others', numbers: numbered(200, 5_000) })
    await readWhole(store, 'acme')

    await store.documents.remove('acme', 'callflow', 'a', by)
    expect(await routeOf('5199')).toBeUndefined()
  })

  it('R-050: sixty public numbers come and go in one act', async () => {
    const dids = Array.from({ length: 60 }, (_, index) => `+1604555${1_000 + index}`)
    const edits = dids.map((number) => ({
      kind: 'phone-number' as const,
      id: number.slice(1),
      document: { id: number.slice(1), number },
    }))
    await store.documents.saveMany('acme', edits, by)
    await save('callflow', { id: 'a', numbers: dids })
    for (const did of dids) expect((await store.numbers.findDid(did))?.callflowId).toBe('a')
    await store.documents.remove('acme', 'callflow', 'a', by)

    expect(
      (await store.documents.all('acme', 'phone-number')).filter(({ callflowId }) => callflowId !== undefined),
    ).toEqual([])
    await readWhole(store, 'acme')
  })

  it('are matched by patterns, which belong to one callflow too', async () => {
    await save('callflow', { id: 'a', name: 'A', patterns: ['^9(\\d{3})$', '^8$'] })
    await expect(save('callflow', { id: 'b', name: 'B', patterns: ['^8$'] })).rejects.toMatchObject({
      code: 'pattern-taken',
      details: { pattern: '^8$', callflowId: 'a' },
    })
    await save('callflow', { id: 'a', name: 'A', patterns: ['^8$'] })
    await save('callflow', { id: 'b', name: 'B', patterns: ['^9(\\d{3})$'] })

    expect((await store.documents.get('acme', 'routing', 'account'))?.document.patterns).toEqual([
      { pattern: '^8$', callflowId: 'a' },
      { pattern: '^9(\\d{3})$', callflowId: 'b' },
    ])
  })

  it('and phone numbers say the same, whichever was edited', async () => {
    const number = { id: '16045550100', number: '+16045550100' }
    const callflowOfNumber = async () =>
      (await store.documents.get('acme', 'phone-number', number.id))?.document.callflowId
    await save('callflow', { id: 'a', numbers: [] })
    await save('callflow', { id: 'b', numbers: [] })

    await save('phone-number', { ...number, callflowId: 'a' })
    expect(await routeOf(number.number)).toBe('a')
    await save('phone-number', { ...number, callflowId: 'b' })
    expect([await routeOf(number.number), await callflowOfNumber()]).toEqual(['b', 'b'])
    expect((await store.documents.get('acme', 'callflow', 'a'))?.document.numbers).toEqual([])
    await save('callflow', { id: 'b', numbers: [] })
    expect([await callflowOfNumber(), (await store.numbers.findDid(number.number))?.callflowId]).toEqual([
      undefined,
      undefined,
    ])
    await save('callflow', { id: 'a', numbers: [number.number] })
    expect([await callflowOfNumber(), (await store.numbers.findDid(number.number))?.callflowId]).toEqual(['a', 'a'])
    await store.documents.remove('acme', 'phone-number', number.id, by)
    expect([await routeOf(number.number), await store.numbers.findDid(number.number)]).toEqual([undefined, undefined])
    await save('callflow', { id: 'b', numbers: [number.number] })
    await save('phone-number', number)
    expect(await callflowOfNumber()).toBe('b')
  })
})

describe('what follows from documents', () => {
  it('R-125: a device assigned to another user moves; it has one owner at most', async () => {
    for (const id of ['u1', 'u2']) await save('user', { id, firstName: id })
    const device = { id: 'd', type: 'cell', name: 'Cell', number: '+16045550111' }
    const devicesOf = async (id: string) => (await store.documents.get('acme', 'ownership', id))?.document.deviceIds

    await save('device', { ...device, ownerId: 'u1' })
    await save('device', { ...device, ownerId: 'u2' })
    expect([await devicesOf('u1'), await devicesOf('u2')]).toEqual([[], ['d']])
    await save('device', device)
    expect(await devicesOf('u2')).toEqual([])
  })

  it('two boxes can exchange their numbers in one save', async () => {
    const box = (id: string, number: string) => ({ id, name: id, number })
    await save('voicemail-box', box('a', '1'))
    await save('voicemail-box', box('b', '2'))
    await store.documents.saveMany(
      'acme',
      [
        { kind: 'voicemail-box', id: 'a', document: box('a', '2') },
        { kind: 'voicemail-box', id: 'b', document: box('b', '1') },
      ],
      by,
    )

    await readWhole(store, 'acme')
    await expect(save('voicemail-box', box('c', '1'))).rejects.toMatchObject({ code: 'mailbox-number-taken' })
  })

  it('feature codes are routed, and digits belong to one', async () => {
    const code = (id: string, digits: string) => ({ id, digits, module: 'check-voicemail' })
    const all = async () => (await store.documents.get('acme', 'routing', 'account'))?.document.featureCodes ?? []
    await save('feature-code', code('voicemail-check', '97'))
    await expect(save('feature-code', code('other', '97'))).rejects.toMatchObject({ code: 'feature-code-taken' })
    await save('feature-code', code('voicemail-check', '87'))

    expect((await all()).filter(({ id }) => id === 'voicemail-check')).toMatchObject([{ digits: '87' }])
  })

  it('R-158, R-160: a new account has the usual feature codes, routed from the first call on', async () => {
    const routing = (await store.documents.get('acme', 'routing', 'account'))?.document
    const saved = await store.documents.all('acme', 'feature-code')
    expect(saved.map(({ id }) => id).toSorted()).toEqual(defaultFeatureCodes.map(({ id }) => id).toSorted())
    expect(routing?.featureCodes).toEqual(defaultFeatureCodes)

    await save('feature-code', { ...saved.find(({ id }) => id === 'voicemail-check'), enabled: false })
    const after = (await store.documents.get('acme', 'routing', 'account'))?.document.featureCodes
    expect(after?.find(({ id }) => id === 'voicemail-check')?.enabled).toBe(false)
    expect(after).toHaveLength(defaultFeatureCodes.length)
  })

  it('a number is fit for emergency caller ID while it is in service and its address is confirmed', async () => {
    const address = { id: 'hq', name: 'HQ', street: '1 Main', city: 'Vancouver', region: 'BC', postalCode: 'V5K 0A1' }
    const fit = async () => (await store.documents.get('acme', 'routing', 'account'))?.document.emergencyNumbers
    await save('emergency-address', address)
    for (const id of ['16045550102', '16045550101'])
      await save('phone-number', { id, number: `+${id}`, emergencyAddressId: 'hq' })

    expect(await fit()).toEqual([])
    await save('emergency-address', { ...address, status: 'confirmed' })
    expect(await fit()).toEqual([
      { number: '+16045550101', addressId: 'hq' },
      { number: '+16045550102', addressId: 'hq' },
    ])
    await save('phone-number', { id: '16045550102', number: '+16045550102' })
    expect(await fit()).toEqual([{ number: '+16045550101', addressId: 'hq' }])
  })

  it("a device's SIP username is claimed, renamed and released with it, and keeps its password", async () => {
    const device = { id: 'd', type: 'sip-phone', name: 'Desk', username: 'desk' }
    await save('device', device)
    const { password } = (await store.credentials.byUsername('desk')) ?? {}
    expect(password).toMatch(/^[\w-]{24}$/)
    await save('device', { ...device, username: 'desk-2' })

    expect(await store.credentials.byUsername('desk')).toBeUndefined()
    expect((await store.credentials.reveal('acme', 'desk-2'))?.password).toBe(password)
    const rotated = await store.credentials.rotate('acme', 'd')
    expect(rotated.password).not.toBe(password)
    expect(await store.credentials.byUsername('desk-2')).toEqual(rotated)
    await expect(save('device', { ...device, id: 'e', username: 'desk-2' })).rejects.toMatchObject({
      code: 'username-taken',
      status: 409,
    })
    await store.documents.remove('acme', 'device', 'd', by)
    expect(await store.credentials.isFree('desk-2')).toBe(true)
  })

  it('a SIP username that two devices want in one save is refused', async () => {
    const edits = ['d', 'e'].map((id) => ({
      kind: 'device' as const,
      id,
      document: { id, type: 'sip-phone', name: id, username: 'desk' },
    }))

    await expect(store.documents.saveMany('acme', edits, by)).rejects.toMatchObject({ code: 'username-taken' })
    expect(await store.documents.all('acme', 'device')).toEqual([])
  })

  it('a username of a person belongs to one user of the account, however it is written', async () => {
    await save('user', { id: 'u1', firstName: 'Ann', username: 'Ann' })

    await expect(save('user', { id: 'u2', firstName: 'Anne', username: 'ann' })).rejects.toMatchObject({
      code: 'username-taken',
    })
    await save('user', { id: 'u1', firstName: 'Ann', username: 'ann.b' })
    await save('user', { id: 'u2', firstName: 'Anne', username: 'ann' })
  })

  it('every save is in the audit log, with its revision', async () => {
    const { revision } = await save('menu', { id: 'main', name: 'One' })
    await save('menu', { id: 'main', name: 'Two' })

    expect((await store.audit.list('acme')).items).toMatchObject([
      { act: 'update', kind: 'menu', targetId: 'main', by: 'ann', configRevision: revision + 1 },
      { act: 'create', kind: 'menu', targetId: 'main', by: 'ann', configRevision: revision },
    ])
  })
})

describe('an account', () => {
  it('that is switched off or moved to another address says so at once', async () => {
    const account = { id: 'acme', name: 'Acme', address: 'acme-2', enabled: false }
    await save('account', account)

    expect(await store.accounts.head('acme')).toEqual({ configRevision: 2, enabled: false })
    expect(await store.accounts.byAddress('acme')).toBeUndefined()
    expect(await store.accounts.byAddress('acme-2')).toEqual({ accountId: 'acme', name: 'Acme' })
    expect((await store.accounts.list()).items).toEqual([{ id: 'acme', name: 'Acme', address: 'acme-2' }])
    await store.accounts.create({ id: 'bolt', name: 'Bolt', address: 'acme' })
    await expect(save('account', { ...account, address: 'acme' })).rejects.toMatchObject({ code: 'address-taken' })
    await expect(store.documents.remove('acme', 'account', 'account', by)).rejects.toMatchObject({
      code: 'account-needed',
    })
  })

  it('that is not there is not saved into', async () => {
    await expect(store.documents.save('none', 'menu', { id: 'm', name: 'M' }, by)).rejects.toMatchObject({
      code: 'account-not-found',
      status: 404,
    })
  })
})

describe('a draft', () => {
  it('is never live, and two who draw it learn of each other', async () => {
    const drawn = (name: string) => ({
      id: 'main',
      name,
      numbers: ['8000'],
      patterns: [],
      nodes: {},
      hideFromContactList: false,
    })
    expect(await store.drafts.save('acme', drawn('One'), by)).toBe(1)
    expect(await store.drafts.save('acme', drawn('Two'), { ...by, ifMatch: 1 })).toBe(2)

    await expect(store.drafts.save('acme', drawn('Three'), { ...by, ifMatch: 1 })).rejects.toMatchObject({
      code: 'revision-conflict',
      status: 412,
      details: { yours: 1, current: 2 },
    })
    expect(await store.drafts.get('acme', 'main')).toMatchObject({ version: 2, callflow: { name: 'Two' } })
    expect([await store.documents.get('acme', 'callflow', 'main'), await routeOf('8000')]).toEqual([
      undefined,
      undefined,
    ])
    await store.drafts.remove('acme', 'main')
    expect(await store.drafts.get('acme', 'main')).toBeUndefined()
  })
})
