/** Feature codes as an administrator changes them, and what whoever dials them hears next: the API and the handler over one table. */
import { getCallflowDraft, getCallflowVersion, saveCallflowDraft } from '@offhook/shared/api/callflows.ts'
import { callflows, featureCodes } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToldCalls } from '../sma/testing/calls.ts'
import { handlerUnderTest } from '../sma/testing/handler-under-test.ts'
import { type Answered, type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
let calls: ToldCalls
beforeAll(async () => {
  api = await apiUnderTest()
  await api.store.extensions.create('acme', { number: '1001', firstName: 'Ann' }, { by: 'test' }, { deviceId: 'desk' })
  calls = new ToldCalls(handlerUnderTest({}, { store: api.store }))
})
afterAll(() => api.stop())

/** Changes a code as the portal does: read, changed in part, put back. */
async function change(id: string, part: object): Promise<Answered> {
  const { body, etag } = await api.ask('admin@acme', featureCodes.get, { params: { id } })
  return api.ask('admin@acme', featureCodes.replace, {
    params: { id },
    body: { ...body, ...part },
    headers: { 'if-match': etag ?? '' },
  })
}
let dialled = 0
/** What is to be done for somebody who dials, as JSON. */
async function heard(code: string): Promise<string> {
  dialled += 1
  const actions = JSON.stringify(await calls.arrive(`call-${dialled}`, { deviceId: 'desk' }, code))
  await calls.hangUp(`call-${dialled}`)
  return actions
}
const fields = ({ body }: Answered) => (body.errors as { field: string }[] | undefined)?.map(({ field }) => field)

describe('digits of a code', () => {
  it('R-161: can be changed, and count from the next call on', async () => {
    expect((await change('do-not-disturb-on', { digits: '81' })).status).toBe(200)

    expect(await heard('*81')).toContain('dnd-on')
    expect(await heard('*78')).toContain('number-not-in-service')
    expect((await change('do-not-disturb-on', { digits: '78' })).status).toBe(200)
  })

  it('R-161: that are used are refused, with the code that has them', async () => {
    const refused = await change('do-not-disturb-on', { digits: '72' })

    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({ code: 'feature-code-taken', featureCode: 'call-forward-on' })
    expect(fields(refused)).toEqual(['digits'])
    expect(refused.text).toContain('*72 is in use by call-forward-on')
    expect(await heard('*78')).toContain('dnd-on')
  })

  it.each([['7#'], ['#7'], ['a'], ['7*'], ['12345'], ['**7']])(
    'R-161: the star is fixed and digits are digits: %s is refused',
    async (digits) => {
      const refused = await change('do-not-disturb-on', { digits })

      expect([refused.status, fields(refused)]).toEqual([400, ['digits']])
    },
  )

  it('R-161: are no number for a callflow', async () => {
    const refused = await api.ask('admin@acme', callflows.create, { body: { name: 'Star', numbers: ['*78'] } })

    expect([refused.status, refused.body.code]).toEqual([409, 'number-taken'])
  })
})

describe('a code', () => {
  it('R-158: that is switched off says so on the next call, and works on the next after it is switched on', async () => {
    expect(await heard('*78')).toContain('dnd-on')
    await change('do-not-disturb-on', { enabled: false })
    expect(await heard('*78')).toContain('feature-not-available')
    await change('do-not-disturb-on', { enabled: true })
    expect(await heard('*78')).toContain('dnd-on')
  })

  it('that would do nothing, or not what it should, is refused with the field', async () => {
    const create = (body: object) => api.ask('admin@acme', featureCodes.create, { body: { digits: '85', ...body } })
    const magic = await create({ module: 'magic' })
    const unsafe = await create({ module: 'disa', params: {} })
    const wrong = await create({ module: 'call-forward', params: { action: 'sideways' } })

    expect([magic.status, fields(magic)]).toEqual([400, ['module']])
    expect([unsafe.status, fields(unsafe)]).toEqual([400, ['params.pin']])
    expect([wrong.status, fields(wrong)]).toEqual([400, ['params.action']])
  })

  it('R-201: of its own switches schedules by phone, and says so', async () => {
    const body = { name: 'Open', recurrence: { cycle: 'weekly', weekdays: ['monday'] }, start: '09:00', end: '17:00' }
    await api.store.documents.save('acme', 'schedule', { id: 'open', ...body }, { by: 'test' })
    const params = { schedules: ['open'] }
    for (const [digits, action] of [
      ['81', 'on'],
      ['82', 'off'],
      ['83', 'reset'],
    ] as const) {
      const made = await api.ask('admin@acme', featureCodes.create, {
        body: { id: `hours-${action}`, digits, module: 'time-of-day-switch', params: { ...params, action } },
      })
      expect([action, made.status]).toEqual([action, 201])
      expect(await heard(`*${digits}`)).toContain(`schedule-${action}`)
      expect(await api.store.facts.get('acme', 'schedule', 'open')).toEqual({
        forced: action === 'reset' ? 'by-time' : action,
      })
    }
  })
})

describe('the PIN of a DISA', () => {
  it('is seen by nobody who may not see secrets, in no version of the callflow', async () => {
    const node = { id: 'n', type: 'disa', params: { pin: '738291' }, exits: {} }
    const made = await api.ask('admin@acme', callflows.create, { body: { name: 'In', root: 'n', nodes: { n: node } } })
    const id = made.id
    const draft = { ...made.body, name: 'Draft' }
    const saved = await api.ask('admin@acme', saveCallflowDraft, { params: { id }, body: draft })
    const revision = Number((made.etag ?? '').replaceAll('"', ''))

    expect(saved.status).toBe(200)
    for (const [who, sees] of [
      ['admin@acme', true],
      ['reader@acme', false],
    ] as const) {
      const seen = [
        await api.ask(who, callflows.get, { params: { id } }),
        await api.ask(who, callflows.list),
        await api.ask(who, getCallflowDraft, { params: { id } }),
        await api.ask(who, getCallflowVersion, { params: { id, revision } }),
      ]
      expect(seen.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      expect(seen.map(({ text }) => text.includes('738291'))).toEqual([sees, sees, sees, sees])
    }
  })
})
