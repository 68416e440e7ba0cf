import { notedLegsMax } from '@offhook/shared/model/leg-note.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { callerNote, cdrOf, ended, legs } from './testing/sample-calls.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

const at = '2026-11-24T15:00:00.000Z'
const caller = callerNote(at)
const callee = { ...caller, legId: 'leg-b', role: 'callee' as const, address: '1002' }

let engine: TestEngine
let store: Store
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  store = await engine.store()
})

describe('legs of a call', () => {
  it('stand beside its record, callers first, in whatever order they were told', async () => {
    await store.calls.share([legs('acme', 'c1', 'late', [callee])])
    await store.calls.share([ended(cdrOf('acme', 'c1', at)), legs('acme', 'c1', 'early', [caller])])
    await store.calls.share([legs('acme', 'c2', 'other', [{ ...caller, legId: 'other' }])])

    expect(await store.legs.of('acme', 'c1')).toEqual([caller, callee])
    expect(await store.cdrs.get('acme', 'c1')).toMatchObject({ callId: 'c1' })
    expect(await store.legs.of('acme', 'nobody')).toEqual([])
  })

  it('told again, as a restart does, in one batch or in two, are there once', async () => {
    const record = legs('acme', 'c1', 'part', [caller, callee])
    await store.calls.share([record, record])
    await store.calls.share([record])

    expect(await store.legs.of('acme', 'c1')).toHaveLength(2)
  })

  it('make no call: one that was cut off has its record, and says nothing of its legs', async () => {
    await store.calls.share([ended(cdrOf('acme', 'cut-off', at))])

    expect(await store.legs.of('acme', 'cut-off')).toEqual([])
    await store.calls.share([legs('acme', 'no-record', 'part', [caller])])
    expect(await store.cdrs.get('acme', 'no-record')).toBeUndefined()
    expect(await store.calls.up('acme')).toEqual([])
  })

  it('are as many as one call may show, and a hundred calls at once are no matter', async () => {
    const many = Array.from({ length: notedLegsMax + 10 }, (_, index) =>
      legs('acme', 'c1', `${index}`, [{ ...callee, legId: `${index}` }]),
    )
    await store.calls.share([...many, legs('acme', 'c1', 'caller', [caller])])

    const shown = await store.legs.of('acme', 'c1')
    expect(shown).toHaveLength(notedLegsMax)
    expect(shown[0]).toEqual(caller)
  })
})
