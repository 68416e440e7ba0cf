import { getUsage } from '@offhook/shared/api/account.ts'
import { listAudit } from '@offhook/shared/api/audit.ts'
import * as flows from '@offhook/shared/api/callflows.ts'
import { listCalls, listRegistrations } from '@offhook/shared/api/calls.ts'
import { exportCdrs, getCdr, listCdrs } from '@offhook/shared/api/cdrs.ts'
import { revealDevicePassword, rotateDevicePassword } from '@offhook/shared/api/devices.ts'
import { createExtension, extensionParts, removeExtension } from '@offhook/shared/api/extensions.ts'
import { setUserPassword } from '@offhook/shared/api/me.ts'
import {
  callflows,
  conferences,
  devices,
  extensions,
  faxBoxes,
  ringGroups,
  users,
  voicemailBoxes,
} from '@offhook/shared/api/nouns.ts'
import * as messages from '@offhook/shared/api/voicemail-messages.ts'
import { Cdr } from '@offhook/shared/model/cdr.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noSeatPolicy } from './dependencies.ts'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
let seats = noSeatPolicy
beforeAll(async () => {
  api = await apiUnderTest({ seats: async () => seats })
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)
const newExtension = async (number: string, firstName: string, lastName = 'Example') => {
  const created = await ask(createExtension, { body: { number, firstName, lastName } })
  expect(created.status).toBe(201)
  return created.body.extension as Record<'id' | 'userId' | 'deviceId' | 'voicemailBoxId' | 'callflowId', string>
}
const hangUp = { root: 'end', nodes: { end: { id: 'end', type: 'hang-up' } } }

describe('extensions', () => {
  it('R-025: one request makes a user, a device, a voicemail box and a callflow, each in its own section', async () => {
    const { userId, deviceId, voicemailBoxId, callflowId } = await newExtension('1001', 'Alex')

    const user = await ask(users.get, { params: { id: userId } })
    const device = await ask(devices.get, { params: { id: deviceId } })
    const box = await ask(voicemailBoxes.get, { params: { id: voicemailBoxId } })
    const callflow = await ask(callflows.get, { params: { id: callflowId } })

    expect(user.body).toMatchObject({ firstName: 'Alex', extension: '1001' })
    expect(device.body).toMatchObject({ type: 'sip-phone', ownerId: userId })
    expect(box.body).toMatchObject({ number: '1001', ownerId: userId })
    expect(callflow.body).toMatchObject({ numbers: ['1001'], extension: '1001' })
  })

  it('R-026: a refused extension leaves none of its parts behind', async () => {
    const before = await ask(getUsage)
    const count = async () => (await ask(users.list, { query: { search: 'Orphan' } })).items as unknown[]
    await ask(voicemailBoxes.create, { body: { name: 'Shared', number: '1090' } })
    await ask(callflows.create, { body: { name: 'Taken', numbers: ['1091'], ...hangUp } })

    for (const number of ['1090', '1091', '99999999'])
      expect((await ask(createExtension, { body: { number, firstName: 'Orphan' } })).status).toBeLessThan(410)

    expect(await count()).toEqual([])
    expect((await ask(getUsage)).body.seats).toMatchObject({
      standard: (before.body.seats as { standard: number }).standard,
    })
  })

  it('R-027: the callflow is named number, space, name; R-028: and can be renamed', async () => {
    const { callflowId } = await newExtension('1003', 'Kim')
    const params = { id: callflowId }
    const { body, etag } = await ask(callflows.get, { params })

    const renamed = await ask(callflows.replace, {
      params,
      body: { ...(body as object), name: 'Front desk' },
      headers: { 'if-match': etag ?? '' },
    })

    expect([body.name, renamed.body.name]).toEqual(['1003 Kim Example', 'Front desk'])
    expect((await ask(callflows.list, { query: { search: 'front d' } })).items).toHaveLength(1)
  })

  it('R-031: the phone has a unique username and a random password of at least 128 bits', async () => {
    const made = await Promise.all([newExtension('1011', 'Uma'), newExtension('1012', 'Uri')])
    const shown = await Promise.all(made.map(({ deviceId }) => ask(revealDevicePassword, { params: { id: deviceId } })))
    const of = (field: string) => shown.map(({ body }) => String(body[field]))

    expect(new Set(of('username')).size).toBe(2)
    expect(new Set(of('password')).size).toBe(2)
    // 18 bytes in base64.
    for (const password of of('password')) expect(password.length).toBeGreaterThanOrEqual(22)
  })

  it('R-035: deleting lists its parts and what else refers to them, and is refused until nothing does', async () => {
    const { id, userId } = await newExtension('1021', 'Dee')
    const group = await ask(ringGroups.create, { body: { name: 'Sales', members: [{ kind: 'user', id: userId }] } })

    const parts = await ask(extensionParts, { params: { id } })
    const refused = await ask(removeExtension, { params: { id } })
    await ask(ringGroups.remove, { params: { id: group.id } })
    const done = await ask(removeExtension, { params: { id } })

    expect((parts.body.parts as { kind: string }[]).map((part) => part.kind)).toEqual([
      'extension',
      'user',
      'device',
      'voicemail-box',
      'callflow',
    ])
    expect(parts.body.references).toEqual([{ kind: 'ring-group', id: group.id, name: 'Sales', field: 'members.0' }])
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({ code: 'in-use', references: [{ kind: 'ring-group', name: 'Sales' }] })
    expect(refused.body.detail).toContain('Sales')
    expect(done.status).toBe(204)
    expect((await ask(users.get, { params: { id: userId } })).status).toBe(404)
    expect((await ask(extensions.get, { params: { id } })).status).toBe(404)
  })
})

describe('seats', () => {
  const seatsNow = async () => (await ask(getUsage)).body.seats as Record<string, number>

  it('R-036, R-037: seats count extensions, conference rooms and fax boxes', async () => {
    type Seats = Record<'standard' | 'conference' | 'faxBox' | 'total', number>
    const read = async () => (await ask(getUsage)).body.seats as Seats
    const before = await read()

    await newExtension('1031', 'Sam')
    await ask(conferences.create, { body: { name: 'Room' } })
    await ask(faxBoxes.create, { body: { name: 'Fax' } })

    const after = await read()
    expect(after.standard - before.standard).toBe(1)
    expect(after.conference + after.faxBox - before.conference - before.faxBox).toBe(2)
    expect(after.total - before.total).toBe(3)
  })

  it('R-036: the seats equal the extensions that were made', async () => {
    const { items } = (await ask(extensions.list, { query: { limit: 100 } })).body as { items: unknown[] }

    expect((await ask(getUsage)).body.seats).toMatchObject({ standard: items.length })
  })

  it('R-037: a conference room is a seat and a fax box is a seat', async () => {
    const total = async () => Number((await seatsNow()).total)
    const before = await total()
    await ask(conferences.create, { body: { name: 'Second room' } })
    await ask(faxBoxes.create, { body: { name: 'Second fax' } })

    expect((await total()) - before).toBe(2)
  })

  it('R-038: with enforcement on, a mailbox of nobody needs a Voicemail-Only seat, and uses it', async () => {
    const used = Number((await seatsNow()).voicemailOnly)
    const make = (number: string) => ask(voicemailBoxes.create, { body: { name: 'Nobody', number } })

    seats = { ...noSeatPolicy, enforced: true, voicemailOnly: used }
    const refused = await make('5501')
    seats = { ...seats, voicemailOnly: used + 1 }
    const [first, second] = [await make('5502'), await make('5503')]
    seats = noSeatPolicy

    expect([refused.status, first.status, second.status]).toEqual([402, 201, 402])
    expect(refused.body).toMatchObject({ code: 'seat-needed', seat: 'voicemailOnly' })
  })

  it('R-039: a cell phone needs a Call-Forward seat only where the operator says so', async () => {
    const make = () => ask(devices.create, { body: { type: 'cell', name: 'Cell', number: '+16045550111' } })

    seats = { ...noSeatPolicy, enforced: true }
    const free = await make()
    seats = { ...noSeatPolicy, enforced: true, countsCallForward: true }
    const refused = await make()
    seats = { ...seats, callForward: 2 }
    const bought = await make()
    seats = noSeatPolicy

    expect([free.status, refused.status, bought.status]).toEqual([201, 402, 201])
  })

  it('R-040: with enforcement off everything succeeds and is counted all the same', async () => {
    const before = Number((await seatsNow()).voicemailOnly)

    expect((await ask(voicemailBoxes.create, { body: { name: 'Free', number: '5504' } })).status).toBe(201)

    const { body } = await ask(getUsage)
    expect(body).toMatchObject({ enforced: false, seats: { voicemailOnly: before + 1 } })
  })
})

describe('devices', () => {
  const everyOption = {
    type: 'sip-phone',
    name: 'Desk',
    enabled: false,
    username: 'desk-1',
    restrictions: { international: 'deny' },
    codecs: ['G722', 'PCMA'],
    srtp: 'required',
    t38: true,
    hideFromContactList: true,
    mac: '0015651234ab',
    make: 'Yealink',
    model: 'T54W',
    digest: 'SHA-256',
  }

  it('R-133: type, make, model and MAC are kept; R-144: every option comes back as it was set', async () => {
    const created = await ask(devices.create, { body: everyOption })

    const got = await ask(devices.get, { params: { id: created.id } })

    expect(got.body).toMatchObject(everyOption)
  })

  it('R-144: every device option round-trips', async () => {
    const { body, id } = await ask(devices.create, { body: { ...everyOption, username: 'desk-2', t38: false } })

    expect((await ask(devices.get, { params: { id } })).body).toEqual(body)
  })

  it('R-145: the password is in no list, shown on demand with a note of who asked, and can be rotated', async () => {
    const created = await ask(devices.create, { body: { type: 'softphone', name: 'Soft' } })
    const params = { id: created.id }

    const shown = await ask(revealDevicePassword, { params })
    const rotated = await ask(rotateDevicePassword, { params })
    const password = String(shown.body.password)

    expect(created.text + (await ask(devices.list)).text + (await ask(devices.get, { params })).text).not.toContain(
      password,
    )
    expect(rotated.body.username).toBe(created.body.username)
    expect(rotated.body.password).not.toBe(password)
    expect((await api.store.credentials.byUsername(String(created.body.username)))?.password).toBe(
      rotated.body.password,
    )
    const { items } = (await ask(listAudit, { query: { limit: 2 } })).body as { items: { act: string }[] }
    expect(items.map((entry) => entry.act)).toEqual(['update', 'reveal-secret'])
    expect(JSON.stringify(items)).not.toContain(password)
    expect((await api.ask('reader@acme', revealDevicePassword, { params })).status).toBe(403)
  })

  it('a new SIP username keeps the password, frees the old name, and is one over all accounts', async () => {
    const body = { type: 'sip-phone', name: 'Movable', username: 'movable-1' }
    const { id, etag } = await ask(devices.create, { body })
    const params = { id }
    const before = await ask(revealDevicePassword, { params })

    const moved = await ask(devices.replace, {
      params,
      body: { ...body, username: 'movable-2' },
      headers: { 'if-match': etag ?? '' },
    })
    const after = await ask(revealDevicePassword, { params })

    expect(moved.status).toBe(200)
    expect(after.body).toEqual({ username: 'movable-2', password: before.body.password })
    expect(await api.store.credentials.isFree('movable-1')).toBe(true)
    const taken = await api.ask('admin@bolt', devices.create, {
      account: 'bolt',
      body: { ...body, username: 'movable-2' },
    })
    expect([taken.status, taken.body.errors]).toEqual([409, [{ field: 'username', message: expect.any(String) }]])
    expect((await ask(devices.remove, { params })).status).toBe(204)
    expect(await api.store.credentials.isFree('movable-2')).toBe(true)
  })

  it('R-125: a device given to another user moves, and has one owner', async () => {
    const [first, second] = await Promise.all(
      ['Ann', 'Ben'].map((firstName) => ask(users.create, { body: { firstName } })),
    )
    const body = { type: 'sip-phone', name: 'Shared desk', ownerId: first?.id }
    const { id, body: created, etag } = await ask(devices.create, { body })
    const owned = async (id: unknown) =>
      (await api.store.documents.get('acme', 'ownership', String(id)))?.document.deviceIds ?? []

    expect(await owned(first?.id)).toEqual([created.id])
    await ask(devices.replace, {
      params: { id },
      body: { ...body, ownerId: second?.id },
      headers: { 'if-match': etag ?? '' },
    })

    expect([await owned(first?.id), await owned(second?.id)]).toEqual([[], [created.id]])
    expect((await ask(users.remove, { params: { id: second?.id ?? '' } })).body).toMatchObject({
      references: [{ kind: 'device', name: 'Shared desk', field: 'ownerId' }],
    })
  })
})

describe('callflows', () => {
  it('R-050: 50 numbers on one callflow all route to it', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => String(3_000 + index))

    const { status, id } = await ask(callflows.create, { body: { name: 'Many', numbers, ...hangUp } })

    expect(status).toBe(201)
    const routes = await Promise.all(
      numbers.map((number) => api.store.documents.get('acme', 'number-route', `n${number}`)),
    )
    expect(routes.every((route) => route?.document.callflowId === id)).toBe(true)
    const fewer = await ask(callflows.replace, {
      params: { id },
      body: { name: 'Few', numbers: ['3049', '3100'], ...hangUp },
      headers: { 'if-match': '*' },
    })
    expect([fewer.status, fewer.body.numbers]).toEqual([200, ['3049', '3100']])
    expect(await api.store.documents.get('acme', 'number-route', 'n3000')).toBeUndefined()
  })

  it('R-052: a number belongs to one callflow: 409 names the owner, and moving it is one act', async () => {
    const owner = await ask(callflows.create, { body: { name: 'Owner', numbers: ['4000'], ...hangUp } })
    const other = await ask(callflows.create, { body: { name: 'Other', ...hangUp } })
    const params = { id: other.id }

    const created = await ask(callflows.create, { body: { name: 'Third', numbers: ['4000'] } })
    const refused = await ask(flows.moveNumber, { params, body: { number: '4000' } })
    const moved = await ask(flows.moveNumber, { params, body: { number: '4000', move: true } })

    expect([created.status, refused.status, moved.status]).toEqual([409, 409, 200])
    for (const answer of [created, refused])
      expect(answer.body).toMatchObject({ code: 'number-taken', number: '4000', callflowId: owner.id })
    expect(refused.body.detail).toContain('Owner')
    expect(moved.body.numbers).toEqual(['4000'])
    expect((await ask(callflows.get, { params: { id: owner.id } })).body.numbers).toEqual([])
  })

  it('R-060: a copy has the tree and no numbers; deleting frees the numbers', async () => {
    const nodes = {
      hello: { id: 'hello', type: 'play-media', exits: { next: 'end' } },
      end: { id: 'end', type: 'hang-up' },
    }
    const original = await ask(callflows.create, { body: { name: 'Main', numbers: ['4100'], root: 'hello', nodes } })

    const copy = await ask(flows.duplicateCallflow, { params: { id: original.id }, body: {} })

    expect(copy.status).toBe(201)
    expect(copy.body).toMatchObject({ name: 'Copy of Main', numbers: [], patterns: [] })
    const copied = Object.values(copy.body.nodes as Record<string, { id: string; type: string }>)
    expect(copied.map((node) => node.type).toSorted()).toEqual(['hang-up', 'play-media'])
    expect(copied.every((node) => !(node.id in nodes))).toBe(true)
    expect((await ask(callflows.remove, { params: { id: original.id } })).status).toBe(204)
    expect((await ask(callflows.create, { body: { name: 'New main', numbers: ['4100'] } })).status).toBe(201)
  })

  it('R-100: a pattern that is no linear-time expression is refused, a catastrophic one does no harm', async () => {
    const save = (pattern: string) => ask(callflows.create, { body: { name: 'Pattern', patterns: [pattern] } })

    const invalid = await save('(')
    const backReference = await save('(a)\\1')
    const catastrophic = await save('(a+)+$')

    expect([invalid.status, backReference.status, catastrophic.status]).toEqual([400, 400, 201])
    expect(invalid.body.errors).toMatchObject([{ field: 'patterns.0' }])
  })

  it('a way out that does not exist is refused when saved, and named', async () => {
    const nodes = {
      start: { id: 'start', type: 'hang-up', exits: { next: 'end' } },
      end: { id: 'end', type: 'hang-up' },
    }
    const body = { name: 'Broken', root: 'start', nodes }

    const saved = await ask(callflows.create, { body })
    const checked = await ask(flows.checkCallflowDraft, { body })

    expect(saved.body).toMatchObject({ code: 'callflow-has-errors', errors: [{ field: 'nodes.start.exits.next' }] })
    expect((checked.body.problems as { severity: string }[])[0]).toMatchObject({ severity: 'error', nodeId: 'start' })
  })

  it('a draft changes nothing until it is published, and an old version can be brought back', async () => {
    const created = await ask(callflows.create, { body: { name: 'One', ...hangUp } })
    const params = { id: created.id }
    const nameNow = async () => (await ask(callflows.get, { params })).body.name as string

    const draft = await ask(flows.saveCallflowDraft, { params, body: { name: 'Two', ...hangUp } })
    const late = await ask(flows.saveCallflowDraft, {
      params,
      body: { name: 'Three', ...hangUp },
      headers: { 'if-match': '"99"' },
    })
    const unpublished = await nameNow()
    const published = await ask(flows.publishCallflow, { params })
    const republished = await ask(flows.publishCallflow, { params })

    expect([draft.status, late.status, unpublished, published.status]).toEqual([200, 412, 'One', 200])
    expect([await nameNow(), republished.status]).toEqual(['Two', 404])
    const versions = (await ask(flows.listCallflowVersions, { params })).items as {
      revision: number
      act: string
    }[]
    expect(versions.map((version) => version.act)).toEqual(['publish', 'create'])
    const revision = versions[1]?.revision ?? 0
    expect((await ask(flows.getCallflowVersion, { params: { ...params, revision } })).body.name).toBe('One')
    const back = await ask(flows.rollBackCallflow, { params: { ...params, revision } })
    expect([back.status, await nameNow()]).toEqual([200, 'One'])
    const acts = (await ask(listAudit, { query: { limit: 2 } })).items as { act: string }[]
    expect(acts.map((entry) => entry.act)).toEqual(['roll-back', 'publish'])
  })

  it('a draft with errors is not published', async () => {
    const created = await ask(callflows.create, { body: { name: 'Sound', ...hangUp } })
    const params = { id: created.id }
    const nodes = { a: { id: 'a', type: 'user', params: { userId: 'ghost' }, exits: { 'no-answer': 'b' } } }
    await ask(flows.saveCallflowDraft, { params, body: { name: 'Unsound', root: 'a', nodes } })

    const refused = await ask(flows.publishCallflow, { params })
    const checked = await ask(flows.checkCallflowDraft, { body: { root: 'a', nodes } })

    expect([refused.status, refused.body.code]).toEqual([400, 'callflow-has-errors'])
    expect((checked.body.problems as { field: string }[]).map((problem) => problem.field)).toEqual([
      'nodes.a.exits.no-answer',
      'nodes.a.params.userId',
    ])
    expect((await ask(flows.discardCallflowDraft, { params })).status).toBe(204)
    expect((await ask(flows.getCallflowDraft, { params })).status).toBe(404)
  })
})

describe('call history', () => {
  const at = (day: number, hour = 12) =>
    `2026-11-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000Z`
  const calls = [
    { callId: 'in-1', direction: 'inbound', from: '+16045550123', to: '+16045550100', at: at(1), prefix: 'GEN' },
    {
      callId: 'in-2',
      direction: 'inbound',
      from: '+16045550124',
      fromName: '=HYPERLINK("x")',
      to: '+16045550100',
      at: at(2),
      prefix: 'GEN',
    },
    { callId: 'out-1', direction: 'outbound', from: '1001', to: '+441632960000', at: at(3), ownerId: 'robin' },
    { callId: 'int-1', direction: 'internal', from: '1001', to: '1002', at: at(4), path: [{ callflowId: 'main' }] },
    { callId: 'old-1', direction: 'inbound', from: '+16045550125', to: '1001', at: '2026-10-20T12:00:00.000Z' },
  ]
  beforeAll(async () => {
    const records = calls.map((call) => ({
      kind: 'ended' as const,
      id: `${call.callId}/ended`,
      accountId: 'acme',
      callId: call.callId,
      at: call.at,
      cdr: Cdr.parse({
        accountId: 'acme',
        endedAt: call.at,
        durationSeconds: 30,
        talkSeconds: 20,
        disposition: 'answered',
        endedBy: 'caller',
        reason: 'hung up',
        configRevision: 1,
        engineVersion: '1',
        eventLog: '[]',
        ...call,
      }),
    }))
    await api.store.calls.share(records)
  })
  const list = async (query: Record<string, string | number>) => {
    const answer = await ask(listCdrs, { query: { from: at(1, 0), to: at(7), ...query } })
    return (answer.items as { callId: string }[]).map((cdr) => cdr.callId)
  }

  it('R-238: inbound, outbound and internal calls are rows with the right direction', async () => {
    expect(await list({})).toEqual(['int-1', 'out-1', 'in-2', 'in-1'])
    expect(await list({ direction: 'internal' })).toEqual(['int-1'])
    expect(await list({ direction: 'outbound' })).toEqual(['out-1'])
    expect(await list({ direction: 'inbound' })).toEqual(['in-2', 'in-1'])
  })

  it('R-240: seven days are shown, eight are refused with the reason, in the list and in the CSV', async () => {
    for (const contract of [listCdrs, exportCdrs]) {
      const week = await ask(contract, { query: { from: at(1), to: at(8) } })
      const more = await ask(contract, { query: { from: at(1), to: '2026-11-08T12:00:00.001Z' } })
      const backwards = await ask(contract, { query: { from: at(2), to: at(1) } })

      expect([week.status, more.status, backwards.status]).toEqual([200, 400, 400])
      expect(more.body.errors).toEqual([{ field: 'to', message: expect.stringContaining('one week') }])
    }
  })

  it('R-107: filtering by a prefix gives exactly its calls', async () => {
    expect(await list({ prefix: 'GEN' })).toEqual(['in-2', 'in-1'])
    expect(await list({ prefix: 'ENG' })).toEqual([])
  })

  it('R-245: calls are found by number, user, extension, callflow, prefix and result, and by several together', async () => {
    expect(await list({ number: '0124' })).toEqual(['in-2'])
    expect(await list({ ownerId: 'robin' })).toEqual(['out-1'])
    expect(await list({ extension: '1002' })).toEqual(['int-1'])
    expect(await list({ callflowId: 'main' })).toEqual(['int-1'])
    expect(await list({ disposition: 'busy' })).toEqual([])
    expect(await list({ disposition: 'answered', extension: '1001', direction: 'outbound' })).toEqual(['out-1'])
  })

  it('pages follow each other without a gap', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < 5; page += 1) {
      const answer = await ask(listCdrs, { query: { from: at(1, 0), to: at(7), limit: 3, cursor } })
      seen.push(...answer.items.map((cdr) => String(cdr.callId)))
      cursor = answer.cursor
      if (cursor === undefined) break
    }

    expect(seen).toEqual(['int-1', 'out-1', 'in-2', 'in-1'])
  })

  it('R-239: the CSV has the same rows, is UTF-8 and holds no formula; R-242: and has the prefix', async () => {
    const answer = await ask(exportCdrs, { query: { from: at(1, 0), to: at(7) } })
    const [header = '', ...rows] = answer.text
      .replace(/^\uFEFF/, '')
      .trimEnd()
      .split('\r\n')

    expect(answer.headers.get('content-type')).toContain('utf-8')
    expect(answer.headers.get('content-disposition')).toContain('.csv')
    expect(header.split(',')).toContain('Prefix')
    expect(rows).toHaveLength(4)
    expect(rows.filter((row) => row.includes(',GEN,'))).toHaveLength(2)
    expect(answer.text).toContain(`"'=HYPERLINK(""x"")"`)
    expect(answer.text).not.toMatch(/(^|,)"?[=+@-]/m)
  })

  it('R-242: a count by prefix in the CSV is the count of its calls', async () => {
    const { text } = await ask(exportCdrs, { query: { from: at(1, 0), to: at(7), prefix: 'GEN' } })

    expect(text.trimEnd().split('\r\n')).toHaveLength(3)
  })

  it("R-243: times are the account's, with their offset, across a change of the clocks", async () => {
    const { text } = await ask(exportCdrs, { query: { from: at(1, 0), to: at(7) } })

    // America/New_York left daylight saving time on 1 November 2026 at 06:00Z.
    expect(text).toContain('2026-11-01 07:00:00-05:00')
    const before = await ask(exportCdrs, {
      query: { from: '2026-10-20T00:00:00.000Z', to: '2026-10-21T00:00:00.000Z' },
    })
    expect(before.text).toContain('2026-10-20 08:00:00-04:00')
  })

  it('one call shows its path; people who serve themselves see their own calls only', async () => {
    await ask(users.create, { body: { id: 'robin', firstName: 'Robin', username: 'robin' } })
    await ask(setUserPassword, { params: { id: 'robin' }, body: { password: 'a long enough one' } })
    const robin = { bearer: await api.tokenFor('robin', 'acme') }

    const shown = await ask(getCdr, { params: { callId: 'int-1' } })
    const mine = await api.ask(robin, listCdrs, { query: { from: at(1, 0), to: at(7) } })

    expect(shown.body.path).toEqual([{ callflowId: 'main' }])
    expect((mine.items as { callId: string }[]).map((cdr) => cdr.callId)).toEqual(['out-1'])
    expect((await api.ask(robin, getCdr, { params: { callId: 'int-1' } })).status).toBe(404)
    expect((await api.ask(robin, getCdr, { params: { callId: 'out-1' } })).status).toBe(200)
  })
})

describe('voicemail', () => {
  const audio = Uint8Array.from({ length: 1_000 }, (_, index) => index % 256)
  const objectKey = 'voicemail/acme/box-7/call-7/1.wav'
  let params: { boxId: string; id: string }
  beforeAll(async () => {
    await ask(voicemailBoxes.create, { body: { id: 'box-7', name: 'Seven', number: '7777' } })
    await api.objects.put(objectKey, audio, 'audio/wav')
    await api.store.messages.arrive('acme', {
      boxId: 'box-7',
      callId: 'call-7',
      at: '2026-11-20T10:00:00.000Z',
      objectKey,
      durationMs: 4_000,
    })
    const { items } = (await ask(messages.listMessages, { params: { boxId: 'box-7' } })).body as {
      items: { id: string }[]
    }
    params = { boxId: 'box-7', id: items[0]?.id ?? '' }
  })

  it('R-147: a mailbox may belong to a user or to nobody', async () => {
    const { body: user } = await ask(users.create, { body: { firstName: 'Owner' } })

    const owned = await ask(voicemailBoxes.create, { body: { name: 'Owned', number: '7101', ownerId: user.id } })
    const alone = await ask(voicemailBoxes.create, { body: { name: 'Alone', number: '7102' } })

    expect([owned.body.ownerId, alone.status, alone.body.ownerId]).toEqual([user.id, 201, undefined])
  })

  it('R-151: a message is played whole or in part', async () => {
    const play = (range?: string) =>
      api.ask('admin@acme', messages.getMessageAudio, { params, headers: range === undefined ? {} : { range } })

    const whole = await play()
    const part = await play('bytes=100-199')
    const end = await play('bytes=-10')
    const beyond = await play('bytes=2000-')

    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('accept-ranges')]).toEqual([
      200,
      'audio/wav',
      'bytes',
    ])
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100-199/1000'])
    expect(end.headers.get('content-range')).toBe('bytes 990-999/1000')
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */1000'])
    expect(whole.text).not.toContain(objectKey)
  })

  it('R-151: a message is marked, and deleted for good with its audio', async () => {
    const folder = async (name: string) =>
      (await ask(messages.listMessages, { params, query: { folder: name } })).items as unknown[]

    const marked = await ask(messages.markMessage, { params, body: { folder: 'saved' } })
    expect([marked.body.folder, (await folder('new')).length, (await folder('saved')).length]).toEqual(['saved', 0, 1])
    expect(marked.text).not.toContain('objectKey')

    expect((await ask(messages.removeMessage, { params })).status).toBe(204)
    expect((await folder('saved')).length).toBe(0)
    expect(await api.objects.exists(objectKey)).toBe(false)
    expect((await ask(messages.getMessage, { params })).status).toBe(404)
  })
})

describe('who is there', () => {
  it('R-154: registrations are exactly the devices with a live binding', async () => {
    const device = await ask(devices.create, { body: { type: 'sip-phone', name: 'Lobby', username: 'lobby' } })
    const binding = (id: string, seconds: number) => ({
      id,
      accountId: 'acme',
      deviceId: String(device.id),
      username: 'lobby',
      contact: 'sip:lobby@192.0.2.7',
      path: [],
      q: 1,
      transport: 'udp' as const,
      remoteAddress: '192.0.2.7',
      remotePort: 5060,
      sipCallId: 'x',
      cseq: 1,
      registeredAt: '2026-11-20T10:00:00.000Z',
      expiresAt: new Date(Date.now() + seconds * 1_000).toISOString(),
      edgeId: 'local',
    })
    await api.store.bindings.saveBatch([binding('live', 600), binding('stale', -600)])

    const { items } = await ask(listRegistrations)
    const other = await api.ask('admin@bolt', listRegistrations, { account: 'bolt' })

    expect(items).toMatchObject([{ id: 'live', deviceName: 'Lobby', remoteAddress: '192.0.2.7' }])
    expect(items).toHaveLength(1)
    expect(other.items).toEqual([])
  })

  it('calls in progress are listed until they end', async () => {
    const started = {
      kind: 'started' as const,
      id: 'up-1/started',
      accountId: 'acme',
      callId: 'up-1',
      at: '2026-11-20T10:00:00.000Z',
      direction: 'internal' as const,
      from: '1001',
      to: '1002',
      configRevision: 1,
    }
    await api.store.calls.share([started])

    expect((await ask(listCalls)).items).toMatchObject([{ callId: 'up-1', from: '1001' }])
    expect((await api.ask('admin@bolt', listCalls, { account: 'bolt' })).items).toEqual([])
  })
})
