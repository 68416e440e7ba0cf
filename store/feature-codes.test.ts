/** Feature codes as they are saved: what they may be dialled by, and how accounts of an older version get the new ones. */
import {
  defaultFeatureCodes,
  featureCodeGeneration,
  featureCodesSince,
} from '@offhook/shared/callflow/feature-codes.ts'
import type { FeatureCode } from '@offhook/shared/model/feature-code.ts'
import { Routing } from '@offhook/shared/model/number-route.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTable } from './create-table.ts'
import { paddedRevision } from './entity.ts'
import type { Store } from './store.ts'
import { Table } from './table-client.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'
import { version } from './versions.ts'

const by = { by: 'test' }

let engine: TestEngine
let store: Store
let table: Table
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  const tableName = `codes-${crypto.randomUUID()}`
  await createTable(engine.client, tableName)
  store = await engine.store({ tableName })
  table = new Table(engine.client, tableName)
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
})

const save = (code: Partial<FeatureCode>) =>
  store.documents.save('acme', 'feature-code', { module: 'do-not-disturb', params: {}, ...code }, by)
const change = async (id: string, part: Partial<FeatureCode>) =>
  save({ ...(await store.documents.get('acme', 'feature-code', id))?.document, ...part })
const callflow = (id: string, numbers: readonly string[], patterns: readonly string[] = []) =>
  store.documents.save('acme', 'callflow', { id, name: id, numbers, patterns }, by)
const routing = async () => (await store.documents.get('acme', 'routing', 'account'))?.document
const codes = async () => new Map((await routing())?.featureCodes.map((code) => [code.id, code]))

describe('digits of a feature code', () => {
  it.each([
    ['those of another code', 'call-forward-off', { digits: '72' }, 'call-forward-on'],
    ['digits that run into a code which takes more', 'call-forward-off', { digits: '971' }, 'voicemail-check'],
    ['digits that others begin with, and more behind them', 'privacy', { digits: '7' }, '*7'],
  ])('R-161: %s are refused, naming the other code', async (_, id, part, named) => {
    await expect(change(id, part)).rejects.toMatchObject({
      code: 'feature-code-taken',
      status: 409,
      message: expect.stringContaining(named),
      details: { field: 'digits' },
    })
  })

  it('R-161: free digits are taken, and the old ones are free again', async () => {
    await change('call-forward-off', { digits: '8473' })
    await change('call-forward-on', { digits: '73' })

    expect((await codes()).get('call-forward-off')?.digits).toBe('8473')
    expect((await codes()).get('call-forward-on')?.digits).toBe('73')
  })

  it('R-161: a number of a callflow is none for a code, nor a code one for a callflow', async () => {
    await callflow('night', ['*88'])

    await expect(save({ id: 'mine', digits: '88' })).rejects.toMatchObject({
      code: 'feature-code-taken',
      message: expect.stringContaining('night'),
    })
    await expect(callflow('other', ['*97'])).rejects.toMatchObject({ code: 'number-taken' })
    await expect(callflow('other', ['*971001'])).rejects.toMatchObject({
      code: 'number-taken',
      message: expect.stringContaining('voicemail-check'),
      details: { field: 'numbers', number: '*971001' },
    })
  })

  it('R-158: digits of a code that is off can be a number, and then it cannot be switched on under them', async () => {
    await change('privacy', { enabled: false })
    await callflow('private', ['*67'])

    await expect(change('privacy', { enabled: true })).rejects.toMatchObject({ code: 'feature-code-taken' })
    await change('privacy', { enabled: true, digits: '68' })
    expect((await codes()).get('privacy')).toMatchObject({ enabled: true, digits: '68' })
  })

  it('what overlaps in the default list may be saved as it is', async () => {
    for (const { id } of defaultFeatureCodes) await change(id, {})
    await change('voicemail-check', { enabled: false })
    await change('voicemail-check', { enabled: true })

    expect((await routing())?.featureCodes).toHaveLength(defaultFeatureCodes.length)
  })

  it('an account has at most 100 codes', async () => {
    for (let n = defaultFeatureCodes.length; n < 100; n += 1) await save({ id: `code-${n}`, digits: `8${n + 100}` })

    await expect(save({ id: 'one-more', digits: '8999' })).rejects.toMatchObject({ code: 'feature-codes-full' })
    expect((await routing())?.featureCodes).toHaveLength(100)
  })
})

describe('an account that was made before some codes were', () => {
  const newIds = featureCodesSince(1).map(({ id }) => id)
  const had = async () => [...(await codes()).keys()].filter((id) => newIds.includes(id))
  /** The account as a version left it that knew the first generation alone. */
  async function older(): Promise<void> {
    for (const id of await had()) await store.documents.remove('acme', 'feature-code', id, by)
    const { configRevision } = (await store.accounts.head('acme')) ?? { configRevision: 0 }
    const revision = configRevision + 1
    const { featureCodesGiven: _, ...rest } = (await routing()) ?? Routing.parse({ id: 'account' })
    const note = { revision, at: '2026-11-24T15:00:00.000Z', by: 'test', act: 'update', document: rest }
    const key = { accountId: 'acme', kind: 'routing', id: 'account', revision: paddedRevision(revision) }
    await store.documents.saveMany('acme', [], by, () => [table.putting(version.item(key, note))])
  }

  it('R-160: gets them, once, and keeps its own changes', async () => {
    await change('do-not-disturb-on', { enabled: false, digits: '8888' })
    await older()
    expect(await had()).toEqual([])

    expect(await store.documents.bringUpToDate('acme')).toBe(true)
    const after = await store.accounts.head('acme')

    expect(await had()).toEqual(newIds)
    expect((await codes()).get('do-not-disturb-on')).toMatchObject({ enabled: false, digits: '8888' })
    expect((await store.documents.all('acme', 'feature-code')).map(({ id }) => id)).toEqual(
      expect.arrayContaining(newIds),
    )
    expect(await store.documents.bringUpToDate('acme')).toBe(false)
    expect(await store.accounts.head('acme')).toEqual(after)
  })

  it('R-160: gets them with any save; what it deletes then stays deleted', async () => {
    await older()
    await store.documents.save('acme', 'user', { id: 'ann', firstName: 'Ann' }, by)
    expect((await routing())?.featureCodesGiven).toBe(featureCodeGeneration)

    await store.documents.remove('acme', 'feature-code', 'time', by)
    await store.documents.save('acme', 'user', { id: 'ann', firstName: 'Anna' }, by)
    expect(await store.documents.bringUpToDate('acme')).toBe(false)

    expect(await had()).toEqual(newIds.filter((id) => id !== 'time'))
  })

  it('R-160: loses nothing of its own that is dialled the same way: a code, a number, a pattern, what is being saved', async () => {
    for (const { id } of featureCodesSince(1)) await store.documents.remove('acme', 'feature-code', id, by)
    await save({ id: 'mine', digits: '98' })
    await callflow('clock', ['*60'])
    await callflow('sound', [], [String.raw`^\*43$`])
    await older()
    await save({ id: 'just-now', digits: '77' })

    expect(await had()).toEqual(['directory', 'call-return'])
    expect((await codes()).get('mine')?.digits).toBe('98')
    expect((await codes()).get('just-now')?.digits).toBe('77')
  })
})
