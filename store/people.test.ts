import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

const password = 'correct horse battery'
const ann = { accountId: 'acme', username: 'ann@acme.example', role: 'admin' as const, enabled: true }

let engine: TestEngine
let store: Store
let nowMs = Date.parse('2026-11-24T15:00:00.000Z')
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  store = await engine.store({ now: () => nowMs })
})

describe('people', () => {
  it('sign in with their password, however their name is written', async () => {
    const { subject } = await store.people.set(ann, password)

    expect(await store.people.signIn('acme', 'Ann@Acme.example', password)).toEqual({ person: { ...ann, subject } })
    expect(await store.people.signIn('acme', ann.username, `${password}!`)).toEqual({ refused: 'wrong' })
    expect(await store.people.signIn('acme', 'nobody', password)).toEqual({ refused: 'wrong' })
  })

  it('R-008: who is switched off or loses a role feels it at the next request', async () => {
    const { subject } = await store.people.set(ann, password)
    await store.people.change('acme', ann.username, { role: 'read-only', enabled: false })

    expect(await store.people.bySubject('acme', subject)).toMatchObject({ role: 'read-only', enabled: false })
    expect(await store.people.signIn('acme', ann.username, password)).toEqual({ refused: 'wrong' })
    await expect(store.people.change('acme', 'nobody', {})).rejects.toMatchObject({ code: 'person-not-found' })
  })

  it('R-008: a sign-in follows its user in the same save: name, privilege, switched off, switched on, gone', async () => {
    await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    const by = { by: 'test' }
    const user = { id: 'robin', firstName: 'Robin', username: 'robin', role: 'user' }
    const save = (more: object) => store.documents.save('acme', 'user', { ...user, ...more }, by)
    await save({})
    const own = { accountId: 'acme', username: 'robin', role: 'user', enabled: true, userId: 'robin' } as const
    await store.people.set(own, password)
    const now = () => store.people.bySubject('acme', 'robin')
    const signsIn = async (username: string) => 'person' in (await store.people.signIn('acme', username, password))

    await save({ role: 'admin' })
    expect(await now()).toMatchObject({ role: 'admin', enabled: true })
    await save({ role: 'admin', enabled: false })
    expect([await now(), await signsIn('robin')]).toMatchObject([{ role: 'admin', enabled: false }, false])
    await save({ username: 'Robin.B', role: 'read-only' })
    expect(await now()).toMatchObject({ role: 'read-only', enabled: true, username: 'robin.b' })
    expect([await signsIn('robin'), await signsIn('robin.b')]).toEqual([false, true])
    await store.documents.remove('acme', 'user', 'robin', by)
    expect([await now(), await signsIn('robin.b')]).toEqual([undefined, false])
  })

  it('a user of the operators is no less an operator for what is saved of them', async () => {
    await store.accounts.create({ id: 'operator', name: 'Operator', address: 'operator' })
    const olga = { id: 'olga', firstName: 'Olga', username: 'olga', role: 'admin' }
    await store.documents.save('operator', 'user', olga, { by: 'test' })
    const own = { accountId: 'operator', username: 'olga', role: 'operator', enabled: true, userId: 'olga' } as const
    await store.people.set(own, password)

    await store.documents.save('operator', 'user', { ...olga, role: 'read-only' }, { by: 'test' })

    expect(await store.people.bySubject('operator', 'olga')).toMatchObject({ role: 'operator', enabled: true })
  })

  it('are locked out for a quarter of an hour after ten wrong passwords, guessed at once or one by one', async () => {
    await store.people.set(ann, password)
    const guesses = await Promise.all(
      Array.from({ length: 14 }, (_, index) => store.people.signIn('acme', ann.username, `guess ${index}`)),
    )

    expect(guesses.filter((guess) => 'refused' in guess && guess.refused === 'wrong')).toHaveLength(10)
    expect(await store.people.signIn('acme', ann.username, password)).toEqual({ refused: 'locked' })
    nowMs += 15 * 60_000
    expect(await store.people.signIn('acme', ann.username, password)).toHaveProperty('person')
  })

  it('keep one name each, and a known one who gets a new name lets the old one go', async () => {
    const { subject } = await store.people.set(ann, password)
    await expect(store.people.set({ ...ann, subject: 'another' }, password)).rejects.toMatchObject({
      code: 'username-taken',
    })
    await store.people.set({ ...ann, subject, username: 'ann.b' }, password)

    expect(await store.people.find('acme', ann.username)).toBeUndefined()
    expect(await store.people.find('acme', 'ann.b')).toMatchObject({ subject })
    await expect(store.people.set(ann, 'short')).rejects.toMatchObject({ code: 'weak-password' })
  })

  it('who are users are renamed and removed with them', async () => {
    await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    const user = (username: string) =>
      store.documents.save('acme', 'user', { id: 'u', firstName: 'Ann', username }, { by: 'a' })
    await user('ann')
    await store.people.set({ ...ann, username: 'ann', userId: 'u' }, password)
    await user('ann.b')

    expect(await store.people.find('acme', 'ann')).toBeUndefined()
    expect(await store.people.signIn('acme', 'ann.b', password)).toMatchObject({
      person: { subject: 'u', username: 'ann.b' },
    })
    await store.documents.remove('acme', 'user', 'u', { by: 'a' })
    expect(await store.people.find('acme', 'ann.b')).toBeUndefined()
    expect(await store.people.bySubject('acme', 'u')).toBeUndefined()
  })

  it('give programs keys that are shown once and can be taken back', async () => {
    const key = await store.people.createApiKey('acme', 'Wallboard', 'read-only')

    expect(await store.people.verifyApiKey(key.secret)).toMatchObject({ accountId: 'acme', role: 'read-only' })
    expect(JSON.stringify(await store.people.listApiKeys('acme'))).not.toContain(key.secret)
    expect(await store.people.verifyApiKey(`${key.secret.slice(0, -1)}!`)).toBeUndefined()
    expect(await store.people.revokeApiKey('bolt', key.id)).toBe(false)
    expect(await store.people.revokeApiKey('acme', key.id)).toBe(true)
    expect(await store.people.verifyApiKey(key.secret)).toBeUndefined()
  })
})
