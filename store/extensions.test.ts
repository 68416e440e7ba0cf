import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'
import { readWhole, savedKeys } from './testing/whole-account.ts'

const by = { by: 'test' }

describe('an extension', () => {
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

  const create = (number = '1001', more: object = {}) =>
    store.extensions.create('acme', { number, firstName: 'Alex', lastName: 'Example', ...more }, by)

  it('R-025: is a user, a device, a voicemail box and a callflow, linked to each other, in one act', async () => {
    const { extension, revision } = await create()

    const found = await store.documents.fetch('acme', revision, [
      { kind: 'extension', id: '1001' },
      { kind: 'user', id: extension.userId },
      { kind: 'device', id: extension.deviceId },
      { kind: 'voicemail-box', id: extension.voicemailBoxId },
      { kind: 'callflow', id: extension.callflowId },
      { kind: 'ownership', id: extension.userId },
      { kind: 'number-route', id: numberRouteId('1001') },
      { kind: 'mailbox-route', id: '1001' },
    ])
    const { userId, deviceId, voicemailBoxId, callflowId } = extension
    expect(Object.fromEntries(found)).toMatchObject({
      'extension/1001': extension,
      [`user/${userId}`]: { firstName: 'Alex', extension: '1001' },
      [`device/${deviceId}`]: { ownerId: userId },
      [`voicemail-box/${voicemailBoxId}`]: { ownerId: userId, number: '1001' },
      [`ownership/${userId}`]: { deviceIds: [deviceId], voicemailBoxIds: [voicemailBoxId] },
      'number-route/n1001': { callflowId },
      'mailbox-route/1001': { voicemailBoxId },
    })
  })

  it('R-027: its callflow is named after number and person', async () => {
    const { extension } = await create()

    expect((await store.documents.get('acme', 'callflow', extension.callflowId))?.document.name).toBe(
      '1001 Alex Example',
    )
  })

  it('R-029: its callflow rings the user for 20 seconds, then takes a message', async () => {
    const { extension } = await create()

    const callflow = (await store.documents.get('acme', 'callflow', extension.callflowId))?.document
    const ring = callflow?.nodes[callflow.root ?? '']
    expect(ring).toMatchObject({ type: 'user', params: { userId: extension.userId, timeoutSeconds: 20 } })
    expect(callflow?.nodes[ring?.exits['no-answer'] ?? '']).toMatchObject({
      type: 'voicemail',
      params: { voicemailBoxId: extension.voicemailBoxId },
    })
  })

  it('R-031: its device is a SIP phone with a username of its own and a password of at least 128 bits', async () => {
    const made = [await create('1001'), await create('1002')]

    for (const { extension, sip } of made) {
      expect((await store.documents.get('acme', 'device', extension.deviceId))?.document).toMatchObject({
        type: 'sip-phone',
        username: sip.username,
      })
      expect(await store.credentials.byUsername(sip.username)).toEqual({
        accountId: 'acme',
        deviceId: extension.deviceId,
        ...sip,
      })
      expect(Buffer.from(sip.password, 'base64url').length * 8).toBeGreaterThanOrEqual(128)
    }
    expect(new Set(made.map(({ sip }) => sip.username)).size).toBe(2)
    expect(JSON.stringify(await store.documents.all('acme', 'device'))).not.toContain(made[0]?.sip.password)
  })

  it('R-034: the next free number is proposed, whatever uses the others', async () => {
    expect(await store.extensions.nextFree('acme')).toBe('1001')
    for (const number of ['1001', '1002', '1005']) await create(number)
    expect(await store.extensions.nextFree('acme')).toBe('1003')
    await store.documents.save('acme', 'callflow', { id: 'desk', name: 'Front desk', numbers: ['1003'] }, by)
    await store.documents.save('acme', 'voicemail-box', { id: 'box', name: 'Shared', number: '1004' }, by)
    expect(await store.extensions.nextFree('acme')).toBe('1006')
  })

  it('R-034: a used number is refused with its owner', async () => {
    await create('1001')
    await store.documents.save('acme', 'callflow', { id: 'desk', name: 'Front desk', numbers: ['1003'] }, by)
    await store.documents.save('acme', 'voicemail-box', { id: 'box', name: 'Shared', number: '1004' }, by)

    for (const [number, code, owner] of [
      ['1001', 'number-taken', 'Alex Example'],
      ['1003', 'number-taken', 'Front desk'],
      ['1004', 'mailbox-number-taken', 'Shared'],
    ] as const)
      await expect(create(number)).rejects.toMatchObject({ code, status: 409, message: expect.stringContaining(owner) })
    expect(await store.documents.all('acme', 'user')).toHaveLength(1)
  })

  it('R-032: a direct number may be attached to the same callflow', async () => {
    await store.documents.save('acme', 'phone-number', { id: '16045550100', number: '+16045550100' }, by)

    const { extension } = await create('1001', { numbers: ['+16045550100'] })

    expect(await store.numbers.findDid('+16045550100')).toEqual({
      accountId: 'acme',
      phoneNumberId: '16045550100',
      callflowId: extension.callflowId,
    })
  })

  it('is removed as one act, gives its number free and leaves what else its person owned without an owner', async () => {
    const { extension, sip } = await create()
    const { userId } = extension
    await store.documents.save(
      'acme',
      'device',
      { id: 'cell', type: 'cell', name: 'Cell', number: '+16045550111', ownerId: userId },
      by,
    )
    await store.people.set(
      { accountId: 'acme', username: 'alex', role: 'user', enabled: true, userId },
      'a long password',
    )
    const before = (await store.accounts.head('acme'))?.configRevision ?? 0

    const revision = await store.extensions.remove('acme', '1001', by)

    expect(revision).toBe(before + 1)
    const whole = await readWhole(store, 'acme')
    expect(savedKeys(whole)).toEqual(['account/account', 'device/cell'])
    expect(whole.documents.get('device/cell')).not.toHaveProperty('ownerId')
    expect(await store.credentials.byUsername(sip.username)).toBeUndefined()
    expect(await store.people.bySubject('acme', userId)).toBeUndefined()
    await create()
  })

  it('R-035: what refers to its parts can be listed before it goes', async () => {
    const { extension } = await create()
    const member = { kind: 'user', id: extension.userId }
    await store.documents.save('acme', 'ring-group', { id: 'sales', name: 'Sales', members: [member] }, by)
    const node = { id: 'n', type: 'ring-group', params: { ringGroupId: 'sales' } }
    await store.documents.save('acme', 'callflow', { id: 'main', name: 'Main', root: 'n', nodes: { n: node } }, by)

    const found = await store.references('acme', 'user', extension.userId)

    expect(found.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
      'callflow 1001 Alex Example',
      "device Alex Example's phone",
      'extension 1001',
      'ring-group Sales',
      "voicemail-box Alex Example's voicemail",
    ])
    expect(await store.references('acme', 'ring-group', 'sales')).toMatchObject([{ kind: 'callflow', id: 'main' }])
  })
})
