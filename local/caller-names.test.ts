import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { localCallerNames } from './caller-names.ts'

const by = { by: 'test' }

let engine: TestEngine
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())

it('R-268: people of the account are known by their own phones, other accounts by their numbers, the rest by the carrier', async () => {
  const store = await engine.store()
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  await store.accounts.create({
    id: 'bolt',
    name: 'Bolt',
    address: 'bolt',
    callerId: { external: { name: 'Bolt GmbH', number: '+16045550190' } },
  })
  await store.documents.save('bolt', 'phone-number', { id: '16045550190', number: '+16045550190' }, by)
  await store.extensions.create('acme', { number: '1001', firstName: 'Alex', lastName: 'Example' }, by, {
    userId: 'alex',
  })
  const cell = { id: 'cell', type: 'cell', name: 'Cell', ownerId: 'alex', number: '206-555-0104' }
  await store.documents.save('acme', 'device', cell, by)
  const names = localCallerNames(store)

  expect(await names.nameOf('acme', '+12065550104')).toBe('Alex Example')
  expect(await names.nameOf('acme', '+16045550190')).toBe('Bolt GmbH')
  expect(await names.nameOf('acme', '+12065550101')).toBe('Echo Line')
  expect(await names.nameOf('acme', '+12065550199')).toBeUndefined()
  // What Acme knows of its people is nobody else's.
  expect(await names.nameOf('bolt', '+12065550104')).not.toBe('Alex Example')
})
