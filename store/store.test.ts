import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

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

const by = { by: 'test' }
const create = (number = '1001') =>
  store.extensions.create('acme', { number, firstName: 'Alex', lastName: 'Example' }, by)

describe('an extension', () => {
  it('R-025: is a user, a device, a voicemail box and a callflow, linked to each other, in one act', async () => {
    const { extension, sip } = await create()

    const head = await store.accounts.head('acme')
    const found = await store.documents.fetch('acme', head?.configRevision ?? 0, [
      { kind: 'extension', id: '1001' },
      { kind: 'user', id: extension.userId },
      { kind: 'device', id: extension.deviceId },
      { kind: 'voicemail-box', id: extension.voicemailBoxId },
      { kind: 'callflow', id: extension.callflowId },
      { kind: 'ownership', id: extension.userId },
      { kind: 'number-route', id: numberRouteId('1001') },
    ])
    expect([...found.values()].every((document) => document !== null)).toBe(true)
    expect(found.get(`callflow/${extension.callflowId}`)).toMatchObject({ name: '1001 Alex Example' })
    expect(found.get(`ownership/${extension.userId}`)).toMatchObject({
      deviceIds: [extension.deviceId],
      voicemailBoxIds: [extension.voicemailBoxId],
    })
    expect(await store.credentials.byUsername(sip.username)).toMatchObject({
      deviceId: extension.deviceId,
      password: sip.password,
    })
    expect(Buffer.from(sip.password, 'base64url').length * 8).toBeGreaterThanOrEqual(128)
  })

  it('R-034: the next free number is proposed and a used one refused with its owner', async () => {
    await create()

    expect(await store.extensions.nextFree('acme')).toBe('1002')
    await expect(create()).rejects.toMatchObject({ code: 'number-taken', status: 409 })
    await store.documents.save('acme', 'callflow', { id: 'other', name: 'Front desk', numbers: ['1002'] }, by)
    await expect(create('1002')).rejects.toMatchObject({
      code: 'number-taken',
      message: expect.stringContaining('Front desk'),
    })
  })

  it('is removed as one act and gives its number free', async () => {
    const { extension } = await create()
    await store.extensions.remove('acme', '1001', by)

    expect(await store.documents.get('acme', 'user', extension.userId)).toBeUndefined()
    await create()
  })
})

describe('revisions', () => {
  it('two writers of one revision: one wins, the other is told so', async () => {
    const { revision } = await store.documents.save('acme', 'menu', { id: 'main', name: 'One' }, by)
    const results = await Promise.allSettled(
      ['Two', 'Three'].map((name) =>
        store.documents.save('acme', 'menu', { id: 'main', name }, { ...by, ifMatch: revision }),
      ),
    )

    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
      code: 'revision-conflict',
      status: 412,
    })
  })

  it('an old revision stays what it was, and rolling back is a new one with the old content', async () => {
    const first = await store.documents.save('acme', 'menu', { id: 'main', name: 'One' }, by)
    const second = await store.documents.save('acme', 'menu', { id: 'main', name: 'Two' }, by)
    await store.documents.save('acme', 'menu', { id: 'else', name: 'Else' }, by)
    const back = await store.documents.rollBack('acme', 'menu', 'main', first.revision, by)

    expect(back.document.name).toBe('One')
    expect((await store.documents.at('acme', 'menu', 'main', second.revision + 1))?.name).toBe('Two')
    expect((await store.documents.revisions('acme', 'menu', 'main')).items.map((one) => one.revision)).toEqual([
      back.revision,
      second.revision,
      first.revision,
    ])
  })

  it('many savers at once lose nothing', async () => {
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        store.documents.save('acme', 'menu', { id: `m${index}`, name: `M${index}` }, by),
      ),
    )

    expect(await store.documents.all('acme', 'menu')).toHaveLength(6)
    expect((await store.accounts.head('acme'))?.configRevision).toBe(7)
  })

  it('R-052: a number belongs to one callflow, and can be moved in one save', async () => {
    await store.documents.save('acme', 'callflow', { id: 'a', name: 'A', numbers: ['8000'] }, by)
    await expect(
      store.documents.save('acme', 'callflow', { id: 'b', name: 'B', numbers: ['8000'] }, by),
    ).rejects.toMatchObject({ code: 'number-taken', details: { callflowId: 'a' } })
    await store.documents.saveMany(
      'acme',
      [
        { kind: 'callflow', id: 'b', document: { id: 'b', name: 'B', numbers: ['8000'] } },
        { kind: 'callflow', id: 'a', document: { id: 'a', name: 'A', numbers: [] } },
      ],
      by,
    )

    expect((await store.documents.get('acme', 'number-route', numberRouteId('8000')))?.document.callflowId).toBe('b')
  })

  it('R-050: fifty numbers on one callflow each lead to it', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => String(3_000 + index))
    await store.documents.save('acme', 'callflow', { id: 'a', name: 'A', numbers: numbers.slice(0, 40) }, by)
    await store.documents.save('acme', 'callflow', { id: 'a', name: 'A', numbers }, by)

    for (const number of numbers)
      expect((await store.documents.get('acme', 'number-route', numberRouteId(number)))?.document.callflowId).toBe('a')
  })

  it('R-125: assigning a device to another user moves it', async () => {
    await store.documents.save('acme', 'user', { id: 'u1', firstName: 'A' }, by)
    await store.documents.save('acme', 'user', { id: 'u2', firstName: 'B' }, by)
    const device = { id: 'd', type: 'cell', name: 'Cell', number: '+16045550111' }
    await store.documents.save('acme', 'device', { ...device, ownerId: 'u1' }, by)
    await store.documents.save('acme', 'device', { ...device, ownerId: 'u2' }, by)

    expect((await store.documents.get('acme', 'ownership', 'u1'))?.document.deviceIds).toEqual([])
    expect((await store.documents.get('acme', 'ownership', 'u2'))?.document.deviceIds).toEqual(['d'])
  })
})

describe('calls', () => {
  const at = '2026-11-24T15:00:00.000Z'
  const cdr = {
    callId: 'c1',
    accountId: 'acme',
    at,
    endedAt: at,
    direction: 'inbound' as const,
    from: '+1',
    to: '8000',
    durationSeconds: 1,
    talkSeconds: 0,
    disposition: 'answered' as const,
    endedBy: 'caller' as const,
    reason: '',
    emergency: false,
    linkedCallIds: [],
    configRevision: 1,
    engineVersion: '1',
    path: [],
  }
  const common = { accountId: 'acme', callId: 'c1', at }
  const started = {
    ...common,
    kind: 'started' as const,
    id: 'c1/started',
    direction: 'inbound' as const,
    from: '+1',
    to: '8000',
    configRevision: 1,
  }
  const ended = { ...common, kind: 'ended' as const, id: 'c1/ended', cdr }

  it('are up until they end and leave exactly one record, however often and in whatever order that is told', async () => {
    await store.calls.share([started])
    expect((await store.facts.get('acme', 'account', 'account')).callsUp).toBe(1)
    await store.calls.share([ended, started, ended])
    await store.calls.share([started])

    expect((await store.facts.get('acme', 'account', 'account')).callsUp).toBe(0)
    expect(
      (await store.cdrs.list('acme', { from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z' })).items,
    ).toHaveLength(1)
    expect(await store.cdrs.get('acme', 'c1')).toMatchObject({ disposition: 'answered' })
  })

  it('change a fact once', async () => {
    const change = {
      ...common,
      kind: 'change' as const,
      id: 'c1/2/0',
      fact: { kind: 'user' as const, id: 'u' },
      set: { doNotDisturb: true },
    }
    await store.calls.share([change])
    await store.facts.change('acme', 'other', { kind: 'user', id: 'u' }, { doNotDisturb: false })
    await store.calls.share([change])

    expect((await store.facts.get('acme', 'user', 'u')).doNotDisturb).toBe(false)
  })

  it('R-240: history shows a week and refuses eight days with the reason', async () => {
    await expect(
      store.cdrs.list('acme', { from: '2026-11-01T00:00:00.000Z', to: '2026-11-09T00:00:00.000Z' }),
    ).rejects.toMatchObject({ code: 'window-too-long', message: expect.stringContaining('one week') })
  })
})

describe('voicemail messages', () => {
  const arrival = {
    boxId: 'box',
    callId: 'c',
    at: '2026-11-24T15:00:00.000Z',
    objectKey: 'voicemail/acme/box/c/1.wav',
    durationMs: 5_000,
  }

  it('R-153: arrive once, are counted, saved and deleted; less than two seconds is none', async () => {
    expect([await store.messages.arrive('acme', arrival), await store.messages.arrive('acme', arrival)]).toEqual([
      true,
      false,
    ])
    expect(await store.messages.arrive('acme', { ...arrival, objectKey: 'short', durationMs: 1_999 })).toBe(false)
    const [message] = (await store.messages.list('acme', 'box', 'new')).items
    await store.messages.move('acme', 'box', message?.id ?? '', 'saved')
    await store.messages.move('acme', 'box', message?.id ?? '', 'saved')

    expect(await store.facts.get('acme', 'voicemail-box', 'box')).toMatchObject({ newCount: 0, savedCount: 1 })
    expect(await store.facts.get('acme', 'voicemail-message', 'box/saved/0')).toMatchObject({ id: message?.id })
  })

  it('discarded before they arrive do not arrive', async () => {
    await store.messages.discard('acme', 'box', arrival.objectKey)

    expect(await store.messages.arrive('acme', arrival)).toBe(false)
  })
})

describe('account walls', () => {
  it('R-009: through no access pattern does one account reach what another has', async () => {
    await store.accounts.create({ id: 'bolt', name: 'Bolt', address: 'bolt' })
    const { extension, sip } = await create()
    await store.documents.save('acme', 'phone-number', { id: '16045550100', number: '+16045550100' }, by)
    await store.calls.share([
      {
        kind: 'change',
        id: 'x/1/0',
        accountId: 'acme',
        callId: 'x',
        at: '2026-11-24T15:00:00.000Z',
        fact: { kind: 'user', id: extension.userId },
        set: { doNotDisturb: true },
      },
    ])
    await store.messages.arrive('acme', {
      boxId: extension.voicemailBoxId,
      callId: 'c',
      at: '2026-11-24T15:00:00.000Z',
      objectKey: 'k',
      durationMs: 9_000,
    })
    const page = await store.documents.list('acme', 'user', { limit: 1 })

    for (const kind of ['extension', 'user', 'device', 'voicemail-box', 'callflow', 'phone-number'] as const)
      expect((await store.documents.list('bolt', kind)).items).toEqual([])
    expect(await store.documents.get('bolt', 'user', extension.userId)).toBeUndefined()
    expect((await store.documents.list('bolt', 'user', { cursor: page.cursor })).items).toEqual([])
    expect(
      (await store.documents.fetch('bolt', 99, [{ kind: 'user', id: extension.userId }])).get(
        `user/${extension.userId}`,
      ),
    ).toBeNull()
    expect(await store.facts.get('bolt', 'user', extension.userId)).toEqual({})
    expect((await store.messages.list('bolt', extension.voicemailBoxId, 'new')).items).toEqual([])
    expect(await store.credentials.reveal('bolt', sip.username)).toBeUndefined()
    await expect(
      store.documents.save('bolt', 'phone-number', { id: '16045550100', number: '+16045550100' }, by),
    ).rejects.toMatchObject({ code: 'did-taken' })
    expect((await store.audit.list('bolt')).items).toEqual([])
  })
})

describe('people', () => {
  it('sign in with their password, are locked out after ten wrong ones, and names tell nothing', async () => {
    await store.people.set(
      { accountId: 'acme', username: 'admin@acme.example', role: 'admin', enabled: true },
      'correct horse battery',
    )

    expect(await store.people.signIn('acme', 'Admin@acme.example', 'correct horse battery')).toMatchObject({
      person: { role: 'admin' },
    })
    expect(await store.people.signIn('acme', 'nobody', 'x')).toEqual({ refused: 'wrong' })
    for (let tries = 0; tries < 10; tries += 1) await store.people.signIn('acme', 'admin@acme.example', 'wrong')
    expect(await store.people.signIn('acme', 'admin@acme.example', 'correct horse battery')).toEqual({
      refused: 'locked',
    })
  })

  it('give programs keys that are shown once and can be taken back', async () => {
    const key = await store.people.createApiKey('acme', 'Wallboard', 'read-only')

    expect(await store.people.verifyApiKey(key.secret)).toMatchObject({ accountId: 'acme', role: 'read-only' })
    await store.people.revokeApiKey('acme', key.id)
    expect(await store.people.verifyApiKey(key.secret)).toBeUndefined()
  })
})
