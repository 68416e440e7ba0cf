import { callflows, devices, groups, phoneNumbers, schedules, users } from '@offhook/shared/api/nouns.ts'
import { listReferences } from '@offhook/shared/api/used-by.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
async function made(contract: Contract, body: object): Promise<string> {
  const answer = await api.ask('admin@acme', contract, { body } satisfies Ask)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.id
}

it('R-232: a group holds users and devices, and is refused members that are not there', async () => {
  const userId = await made(users.create, { firstName: 'Robin' })
  const deviceId = await made(devices.create, { type: 'sip-phone', name: 'Lobby' })
  const members = [
    { kind: 'user', id: userId },
    { kind: 'device', id: deviceId },
  ]
  const id = await made(groups.create, { name: 'Reception', members })

  const got = await api.ask('admin@acme', groups.get, { params: { id } })
  const wrong = await api.ask('admin@acme', groups.create, {
    body: { name: 'Ghosts', members: [{ kind: 'user', id: 'nobody' }] },
  })
  const removed = await api.ask('admin@acme', devices.remove, { params: { id: deviceId } })

  expect(got.body.members).toMatchObject(members)
  expect([wrong.status, wrong.body.errors]).toEqual([
    400,
    [{ field: 'members.0', message: expect.stringContaining('nobody') }],
  ])
  expect([removed.status, removed.text]).toEqual([409, expect.stringContaining('Reception')])
})

it('R-203: twenty numbers with destinations of their own share one schedule; it cannot go while they do', async () => {
  const scheduleId = await made(schedules.create, { name: 'Office hours', recurrence: { cycle: 'daily' } })
  const flows: string[] = []
  for (let n = 0; n < 20; n += 1) {
    const number = `+1604555${String(2_000 + n)}`
    await made(phoneNumbers.create, { number })
    flows.push(
      await made(callflows.create, {
        name: `Line ${n}`,
        numbers: [number],
        root: 'hours',
        nodes: {
          hours: {
            id: 'hours',
            type: 'time-of-day',
            params: { branches: [{ exit: 'open', id: scheduleId }] },
            exits: { open: 'end', other: 'end' },
          },
          end: { id: 'end', type: 'hang-up' },
        },
      }),
    )
  }

  const refused = await api.ask('admin@acme', schedules.remove, { params: { id: scheduleId } })
  const references = refused.body.references as { kind: string; id: string }[]

  expect(refused.status).toBe(409)
  expect(new Set(references.map(({ id }) => id))).toEqual(new Set(flows))
  expect(new Set(flows).size).toBe(20)
})

it('R-191: a schedule is made, edited and deleted, and tells who uses it', async () => {
  const id = await made(schedules.create, {
    name: 'Lunch',
    recurrence: { cycle: 'daily' },
    start: '12:00',
    end: '13:00',
  })
  const usedBy = async () =>
    (await api.ask('admin@acme', listReferences, { params: { kind: 'schedule', id } })).body.references
  expect(await usedBy()).toEqual([])
  const flow = await made(callflows.create, {
    name: 'Main line',
    root: 'hours',
    nodes: {
      hours: {
        id: 'hours',
        type: 'time-of-day',
        params: { branches: [{ exit: 'lunch', id }] },
        exits: { other: 'end' },
      },
      end: { id: 'end', type: 'hang-up' },
    },
  })
  const phone = await made(devices.create, { type: 'sip-phone', name: 'Kitchen', followMeSchedule: id })

  const edit = { name: 'Late lunch', recurrence: { cycle: 'daily' }, start: '13:00', end: '14:00' }
  const edited = await api.ask('admin@acme', schedules.replace, {
    params: { id },
    body: edit,
    headers: { 'if-match': '*' },
  })

  expect(edited.body).toMatchObject(edit)
  expect(await usedBy()).toEqual([
    { kind: 'device', id: phone, name: 'Kitchen', field: 'followMeSchedule' },
    { kind: 'callflow', id: flow, name: 'Main line', field: 'nodes.hours.params.branches.0' },
  ])
  for (const [contract, user] of [
    [callflows.remove, flow],
    [devices.remove, phone],
    [schedules.remove, id],
  ] as const)
    expect((await api.ask('admin@acme', contract, { params: { id: user } })).status).toBe(204)
  const gone = await api.ask('admin@acme', listReferences, { params: { kind: 'schedule', id } })
  expect(gone.status).toBe(404)
  expect((await api.ask('admin@acme', listReferences, { params: { kind: 'planet', id: 'x' } })).status).toBe(404)
})

it('R-271: a number that a callflow answers, or that calls and calls for help show, tells so and cannot be released', async () => {
  const number = '+16045559001'
  const id = await made(phoneNumbers.create, { number })
  const flow = await made(callflows.create, { name: 'Sales line', numbers: [number] })
  const user = await made(users.create, { firstName: 'Shown', callerId: { external: { number } } })
  const phone = await made(devices.create, { type: 'sip-phone', name: 'Till', callerId: { emergency: { number } } })

  const refused = await api.ask('admin@acme', phoneNumbers.remove, { params: { id } })

  expect([refused.status, refused.body.references]).toEqual([
    409,
    [
      { kind: 'callflow', id: flow, name: 'Sales line', field: 'numbers' },
      { kind: 'user', id: user, name: 'Shown', field: 'callerId.external.number' },
      { kind: 'device', id: phone, name: 'Till', field: 'callerId.emergency.number' },
    ],
  ])
  for (const [contract, used] of [
    [callflows.remove, flow],
    [users.remove, user],
    [devices.remove, phone],
  ] as const)
    await api.ask('admin@acme', contract, { params: { id: used } })
  const released = await api.ask('admin@acme', phoneNumbers.remove, { params: { id } })
  expect([released.status, released.text]).toEqual([204, ''])
})
