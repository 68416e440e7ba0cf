/** an account id opens that account and no other, whatever else is asked for. */
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { FactKey } from '@offhook/shared/callflow/vocabulary.ts'
import { type Kind, nouns, type SavedKind, savedNouns } from '@offhook/shared/model/document.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { callerNote, cdrOf, legs } from './testing/sample-calls.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

/** In every piece of text that account A owns. */
const mark = 'zzsecretzz'
const by = { by: mark }
const at = '2026-11-24T15:00:00.000Z'
const week = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-26T00:00:00.000Z' }
const objectKey = `voicemail/acme/box/call/${mark}.wav`
/** Everything of A that somebody could know or guess. */
const known = {
  acme: ['acme', '1001', 'user', 'device', 'box', 'flow', 'call', 'menu', 'routing', 'account', 'p16045550100'],
  username: 'desk-1001',
  login: 'ann@acme.example',
}

async function fill(store: Store): Promise<readonly string[]> {
  await store.accounts.create({ id: 'acme', name: mark, address: 'acme' })
  const ids = {
    userId: 'user',
    deviceId: 'device',
    voicemailBoxId: 'box',
    callflowId: 'flow',
    username: known.username,
  }
  await store.extensions.create('acme', { number: '1001', firstName: mark }, by, { ...ids, password: mark })
  await store.documents.save(
    'acme',
    'phone-number',
    { id: '16045550100', number: '+16045550100', callflowId: 'flow' },
    by,
  )
  for (const name of ['menu', 'menu-2']) await store.documents.save('acme', 'menu', { id: name, name: mark }, by)
  await store.drafts.save(
    'acme',
    { id: 'flow', name: mark, numbers: [], patterns: [], nodes: {}, hideFromContactList: false },
    by,
  )
  const started: CallRecord = {
    kind: 'started',
    id: 'up/started',
    accountId: 'acme',
    callId: 'up',
    at,
    direction: 'inbound',
    from: mark,
    to: '1001',
    configRevision: 1,
  }
  const common = { accountId: 'acme', at }
  const cdrs = ['call', 'call-2'].map((callId) => ({ ...cdrOf('acme', callId, at), fromName: mark, ownerId: 'user' }))
  await store.calls.share([
    started,
    ...cdrs.map((cdr) => ({ ...common, kind: 'ended' as const, id: `${cdr.callId}/ended`, callId: cdr.callId, cdr })),
    legs('acme', 'call', 'part', [{ ...callerNote(at), reason: mark }]),
  ])
  await store.facts.change('acme', 'c/1/0', { kind: 'voicemail-box', id: 'box' }, { pin: '4711', greetingKey: mark })
  for (const key of [objectKey, `${objectKey}2`])
    await store.messages.arrive('acme', {
      boxId: 'box',
      callId: 'call',
      at,
      objectKey: key,
      durationMs: 5_000,
      callerName: mark,
    })
  const binding = {
    id: 'b',
    accountId: 'acme',
    deviceId: 'device',
    username: known.username,
    contact: `sip:${mark}@127.0.0.1`,
    path: [],
    q: 1,
    transport: 'udp' as const,
    remoteAddress: '127.0.0.1',
    remotePort: 5_060,
    sipCallId: mark,
    cseq: 1,
    registeredAt: at,
    expiresAt: '2099-01-01T00:00:00.000Z',
    edgeId: 'local',
  }
  await store.bindings.saveBatch([binding, { ...binding, id: 'b2' }])
  await store.people.set(
    { accountId: 'acme', username: known.login, role: 'admin', enabled: true, subject: mark },
    `${mark}-password`,
  )
  await store.people.createApiKey('acme', mark, 'admin')
  await store.audit.append('acme', { by: mark, act: 'sign-in', kind: 'person', targetId: mark })
  const pages = await Promise.all([
    store.documents.list('acme', 'menu', { limit: 1 }),
    store.documents.revisions('acme', 'menu', 'menu', { limit: 1 }),
    store.cdrs.list('acme', week, { limit: 1 }),
    store.messages.list('acme', 'box', 'new', { limit: 1 }),
    store.bindings.list('acme', { limit: 1 }),
    store.audit.list('acme', { limit: 1 }),
  ])
  return pages.flatMap(({ cursor }) => (cursor === undefined ? [] : [cursor]))
}

interface Asked {
  readonly account: string
  readonly id: string
  readonly other: string
  readonly kind: Kind
  readonly saved: SavedKind
  readonly fact: FactKey['kind']
  readonly cursor: string | undefined
}

/** Every access pattern that takes an account. */
const patterns: Readonly<Record<string, (store: Store, asked: Asked) => Promise<unknown>>> = {
  head: (store, { account }) => store.accounts.head(account),
  get: (store, { account, kind, id }) => store.documents.get(account, kind, id),
  at: (store, { account, kind, id }) => store.documents.at(account, kind, id, 999),
  fetch: async (store, { account, kind, id }) => [...(await store.documents.fetch(account, 999, [{ kind, id }]))],
  list: (store, { account, saved, cursor }) => store.documents.list(account, saved, { cursor }),
  all: (store, { account, saved }) => store.documents.all(account, saved),
  revisions: (store, { account, kind, id, cursor }) => store.documents.revisions(account, kind, id, { cursor }),
  rollBack: (store, { account, saved, id }) => store.documents.rollBack(account, saved, id, 2, { by: 'b' }),
  remove: (store, { account, saved, id }) => store.documents.remove(account, saved, id, { by: 'b' }),
  removeExtension: (store, { account, id }) => store.extensions.remove(account, id, { by: 'b' }),
  references: (store, { account, saved, id }) => store.references(account, saved, id),
  draft: (store, { account, id }) => store.drafts.get(account, id),
  reveal: (store, { account }) => store.credentials.reveal(account, known.username),
  rotate: (store, { account, id }) => store.credentials.rotate(account, id),
  lookUp: (store, { account, fact, id }) => store.facts.lookUp(account, [{ kind: fact, id }]),
  message: (store, { account, id, other }) =>
    store.facts.lookUp(account, [
      { kind: 'voicemail-message', id: `${id}/new/0` },
      { kind: 'caller-name', id: other },
    ]),
  calls: (store, { account }) => store.calls.up(account),
  cdr: (store, { account, id }) => store.cdrs.get(account, id),
  legs: (store, { account, id }) => store.legs.of(account, id),
  cdrs: (store, { account, cursor }) => store.cdrs.list(account, week, { cursor }),
  messages: (store, { account, id, cursor }) => store.messages.list(account, id, 'new', { cursor }),
  oneMessage: (store, { account, id, other }) => store.messages.get(account, id, other),
  moveMessage: (store, { account, id, other }) => store.messages.move(account, id, other, 'deleted'),
  bindings: (store, { account, cursor }) => store.bindings.list(account, { cursor }),
  person: (store, { account }) => store.people.find(account, known.login),
  subject: (store, { account, id }) => store.people.bySubject(account, id),
  apiKeys: (store, { account }) => store.people.listApiKeys(account),
  revoke: (store, { account, id }) => store.people.revokeApiKey(account, id),
  audit: (store, { account, cursor }) => store.audit.list(account, { cursor }),
}

describe('account walls', () => {
  let engine: TestEngine
  let store: Store
  let cursors: readonly string[]
  beforeAll(async () => {
    engine = await testEngine()
    store = await engine.store()
    cursors = await fill(store)
    await store.accounts.create({ id: 'bolt', name: 'Bolt', address: 'bolt' })
  })
  afterAll(() => engine.stop())

  it('the marks are there for their owner', async () => {
    const asked = {
      account: 'acme',
      id: 'user',
      other: '',
      kind: 'user',
      saved: 'user',
      fact: 'user',
      cursor: undefined,
    } as const

    expect(cursors).toHaveLength(6)
    for (const pattern of ['get', 'list', 'calls', 'cdrs', 'bindings', 'person', 'apiKeys', 'audit'])
      expect(JSON.stringify(await patterns[pattern]?.(store, asked))).toContain(mark)
    expect(JSON.stringify(await patterns.legs?.(store, { ...asked, id: 'call' }))).toContain(mark)
  })

  it('R-009: through no access pattern, with no id and no cursor of A, does B reach anything of A', {
    timeout: 60_000,
  }, async () => {
    const hostile = known.acme.flatMap((id) => [id, `acme#${id}`, `../acme/${id}`, `#${id}`])
    const asked = fc.record({
      pattern: fc.constantFrom(...Object.keys(patterns)),
      account: fc.constantFrom('bolt', 'bolt#', 'ACME', 'acme ', 'acme#', '#acme', '', 'bolt#acme', 'acme%23'),
      id: fc.oneof(fc.constantFrom(...hostile), fc.string({ maxLength: 12 })),
      other: fc.oneof(fc.constantFrom(...hostile), fc.string({ maxLength: 12 })),
      kind: fc.constantFrom(...(Object.keys(nouns) as Kind[])),
      saved: fc.constantFrom(...(Object.keys(savedNouns) as SavedKind[])),
      fact: fc.constantFrom<FactKey['kind']>('account', 'user', 'device', 'voicemail-box', 'menu'),
      cursor: fc.option(fc.constantFrom(...cursors), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(asked, async ({ pattern, ...one }) => {
        // Refused is as good as empty.
        const answer = await patterns[pattern]?.(store, one).catch((error: Error) => `${error.message}`)

        expect(JSON.stringify(answer ?? null)).not.toContain(mark)
      }),
      { numRuns: 600 },
    )
  })

  it('R-009: a password of A opens no other account', async () => {
    expect(await store.people.signIn('bolt', known.login, `${mark}-password`)).toEqual({ refused: 'wrong' })
    expect(await store.people.signIn('acme', known.login, `${mark}-password`)).toMatchObject({
      person: { role: 'admin' },
    })
  })

  it('R-009: and what it tried has changed nothing of A', async () => {
    expect((await store.accounts.head('acme'))?.configRevision).toBe(5)
    expect((await store.messages.list('acme', 'box', 'new')).items).toHaveLength(2)
    expect(await store.people.listApiKeys('acme')).toHaveLength(1)
    expect((await store.credentials.byUsername(known.username))?.password).toBe(mark)
  })
})
