import { listAudit } from '@offhook/shared/api/audit.ts'
import { listMediaLibrary, listMenuOverview } from '@offhook/shared/api/media-library.ts'
import {
  callflows,
  devices,
  groups,
  media,
  menus,
  prompts,
  queues,
  users,
  voicemailBoxes,
} from '@offhook/shared/api/nouns.ts'
import { listSystemPrompts } from '@offhook/shared/api/system-prompts.ts'
import { prompts as systemPrompts } from '@offhook/shared/prompts/prompts.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rendering } from '../speech/render-once.ts'
import { writeWav } from '../speech/wav.ts'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
/** What the voice was asked to say; a text with `mumble` in it is too much for it. */
const said: string[] = []

beforeAll(async () => {
  const voice = {
    name: 'test',
    languages: ['en-US'],
    render: async (text: string) => {
      if (text.includes('mumble')) throw new Error('out of breath')
      said.push(text)
      return writeWav({ sampleRate: 8_000, samples: new Int16Array(text.length * 800) })
    },
  }
  const speech = rendering(voice, {
    exists: (key) => api.objects.exists(key),
    put: (key, bytes, type) => api.objects.put(key, bytes, type),
  })
  api = await apiUnderTest({ speech })
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, options: Ask = {}) => api.ask('admin@acme', contract, options)
async function made(contract: Contract, body: object): Promise<string> {
  const answer = await ask(contract, { body })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.id
}
const spoken = (name: string, more: object = {}) =>
  made(media.create, { name, text: `${name}.`, source: 'speech', ...more })

describe('media that are made of text', () => {
  it('R-186: have their sound when they are saved, and a new one when the words change; the old one stays', async () => {
    const first = await ask(media.create, { body: { name: 'Hours', text: 'We open at nine.', source: 'speech' } })
    const same = await ask(media.replace, {
      params: { id: first.id },
      body: { ...first.body, name: 'Opening hours' },
      headers: { 'if-match': '*' },
    })
    const other = await ask(media.replace, {
      params: { id: first.id },
      body: { ...same.body, text: 'We open at ten.' },
      headers: { 'if-match': '*' },
    })

    expect([first.body.source, first.body.durationMs]).toEqual(['speech', 1_600])
    expect(same.body.objectKey).toBe(first.body.objectKey)
    expect(other.body.objectKey).not.toBe(first.body.objectKey)
    expect(other.body.durationMs).toBe(1_500)
    expect(said).toEqual(['We open at nine.', 'We open at ten.'])
    for (const { objectKey } of [first.body, other.body]) expect(await api.objects.exists(String(objectKey))).toBe(true)
  })

  it('R-186: are spoken anew in another language, and words without a source are a text to speak', async () => {
    const english = await ask(media.create, { body: { name: 'Bye', text: 'Salut' } })
    const french = await ask(media.replace, {
      params: { id: english.id },
      body: { ...english.body, language: 'fr-CA' },
      headers: { 'if-match': '*' },
    })

    expect(english.body.source).toBe('speech')
    expect(french.body.objectKey).not.toBe(english.body.objectKey)
  })

  it('R-186: nothing is saved where the voice fails or there is nothing to say, and both say so', async () => {
    const before = (await ask(media.list)).items.length
    const failed = await ask(media.create, { body: { name: 'Long', text: 'mumble', source: 'speech' } })
    const silent = await ask(media.create, { body: { name: 'Empty', text: '  ', source: 'speech' } })

    expect([failed.status, failed.body.code, failed.body.errors]).toEqual([
      503,
      'speech-failed',
      [{ field: 'text', message: expect.stringContaining('try again') }],
    ])
    expect([silent.status, silent.body.errors]).toEqual([
      400,
      [{ field: 'text', message: expect.stringContaining('Write what callers are to hear') }],
    ])
    expect((await ask(media.list)).items).toHaveLength(before)
  })
})

/** Every kind of user of one piece of media. */
async function usedEverywhere(name: string): Promise<{ readonly id: string; readonly users: Record<string, string> }> {
  const id = await spoken(name)
  const users_: Record<string, string> = {
    menu: await made(menus.create, { name: `${name} menu`, greeting: id }),
    callflow: await made(callflows.create, {
      name: `${name} flow`,
      root: 'a',
      nodes: {
        a: { id: 'a', type: 'play-media', params: { mediaId: id }, exits: { next: 'b' } },
        b: { id: 'b', type: 'play-media', params: { mediaId: id } },
      },
    }),
    'voicemail-box': await made(voicemailBoxes.create, {
      name: `${name} box`,
      number: String(600 + said.length),
      greeting: id,
      temporaryGreeting: id,
    }),
    user: await made(users.create, { firstName: name, holdMusic: id }),
    device: await made(devices.create, { type: 'sip-phone', name: `${name} phone`, holdMusic: id }),
    group: await made(groups.create, { name: `${name} group`, holdMusic: id }),
    queue: await made(queues.create, { name: `${name} queue`, holdMusic: id }),
    prompt: await made(prompts.create, { promptId: 'vm-record-message', language: 'en-US', mediaId: id }),
  }
  const account = await api.store.documents.get('acme', 'account', 'account')
  await api.store.documents.save('acme', 'account', { ...account?.document, holdMusic: id }, { by: 'test' })
  return { id, users: users_ }
}

describe('media in use', () => {
  it('R-187: are not deleted, each user is named; with a replacement all users have that, in one save', async () => {
    const { id, users: by } = await usedEverywhere('Tune')
    const other = await spoken('Other')
    const refused = await ask(media.remove, { params: { id } })
    const stranger = await ask(media.remove, { params: { id }, query: { replaceWith: 'no-such' } })
    const itself = await ask(media.remove, { params: { id }, query: { replaceWith: id } })
    const revision = (await api.store.accounts.head('acme'))?.configRevision ?? 0
    const stale = await ask(media.remove, {
      params: { id },
      query: { replaceWith: other },
      headers: { 'if-match': '"1"' },
    })
    const before = (await api.store.accounts.head('acme'))?.configRevision
    const removed = await ask(media.remove, { params: { id }, query: { replaceWith: other } })

    const named = (refused.body.references as { kind: string; name: string; field: string }[]).map((one) => one.kind)
    expect([refused.status, refused.body.code]).toEqual([409, 'in-use'])
    expect([...new Set(named)].toSorted()).toEqual([...Object.keys(by), 'account'].toSorted())
    expect(JSON.stringify(refused.body.references)).toContain('nodes.b.params.mediaId')
    expect([stranger.status, stranger.text]).toEqual([400, expect.stringContaining('replaceWith')])
    expect([itself.status, itself.text]).toEqual([400, expect.stringContaining('replaceWith')])
    expect([stale.status, before]).toEqual([412, revision])
    expect(removed.status).toBe(204)
    expect((await api.store.accounts.head('acme'))?.configRevision).toBe(revision + 1)
    expect((await ask(media.get, { params: { id } })).status).toBe(404)
    const uses = await api.store.references('acme', 'media', other)
    expect(uses.map(({ kind, field }) => `${kind} ${field}`).toSorted()).toEqual(
      [
        'account holdMusic',
        'callflow nodes.a.params.mediaId',
        'callflow nodes.b.params.mediaId',
        'device holdMusic',
        'group holdMusic',
        'menu greeting',
        'prompt mediaId',
        'queue holdMusic',
        'user holdMusic',
        'voicemail-box greeting',
        'voicemail-box temporaryGreeting',
      ].toSorted(),
    )
    // A call that began before still finds what it was to play.
    expect(await api.store.documents.at('acme', 'media', id, revision)).toMatchObject({ name: 'Tune' })
    expect((await ask(listAudit)).items[0]).toMatchObject({ act: 'delete', kind: 'media', targetId: id })
  })

  it('R-184: one list has all kinds with what uses them, narrowed by kind, inside the account only', async () => {
    const kinds = ['recording', 'menu-greeting', 'hold-music', 'voicemail-greeting'] as const
    const ids = await Promise.all(kinds.map((kind) => spoken(`Of ${kind}`, { kind })))
    await made(menus.create, { name: 'Front door', greeting: ids[1] })
    await made(users.create, { firstName: 'Robin', lastName: 'Hold', holdMusic: ids[2] })
    await made(voicemailBoxes.create, { name: 'Night box', number: '699', greeting: ids[3] })

    const listed = await ask(listMediaLibrary, { query: { search: 'of ' } })
    const music = await ask(listMediaLibrary, { query: { kind: 'hold-music' } })

    const facts = listed.items.map((one) => [
      one.kind,
      one.hasSound,
      (one.usedBy as { kind: string; name: string }[]).map(({ kind, name }) => `${kind} ${name}`),
    ])
    expect(facts).toHaveLength(4)
    expect(facts).toEqual(
      expect.arrayContaining([
        ['recording', true, []],
        ['menu-greeting', true, ['menu Front door']],
        ['hold-music', true, ['user Robin Hold']],
        ['voicemail-greeting', true, ['voicemail-box Night box']],
      ]),
    )
    expect(listed.text).not.toContain('objectKey')
    expect(music.items.map(({ kind }) => kind)).toEqual(['hold-music'])
    expect((await api.ask('reader@acme', listMediaLibrary)).status).toBe(200)
    expect((await api.ask('admin@bolt', listMediaLibrary, { account: 'bolt' })).items).toEqual([])
  })

  it('R-181: menus tell their greeting, the keys they use and the callflows that use them', async () => {
    const greeting = await spoken('Welcome')
    const id = await made(menus.create, { name: 'Overview', greeting, attempts: 3 })
    await made(callflows.create, {
      id: 'flow-overview',
      name: 'Main line',
      root: 'm',
      nodes: {
        m: { id: 'm', type: 'menu', params: { menuId: id }, exits: { '1': 'end', '#': 'end', default: 'end' } },
        end: { id: 'end', type: 'hang-up' },
      },
    })

    const { items } = await ask(listMenuOverview, { query: { search: 'overview' } })

    expect(items).toEqual([
      {
        id,
        name: 'Overview',
        greeting: { id: greeting, name: 'Welcome', hasSound: true },
        attempts: 3,
        dialExtensions: false,
        keys: ['#', '1'],
        usedBy: [
          { callflowId: 'flow-overview', callflow: 'Main line', nodeId: 'm', keys: ['#', '1'], hasDefault: true },
        ],
      },
    ])
  })
})

describe('what the PBX says', () => {
  const promptOf = async (promptId: string, language: string) =>
    (await ask(listSystemPrompts, { query: { language } })).items.find((one) => one.promptId === promptId)

  it('R-188 R-189 R-190: is listed with its words, replaced per language, and restored by a deletion', async () => {
    const mediaId = await spoken('Bonjour', { language: 'fr-CA' })
    const before = await promptOf('vm-goodbye', 'fr-CA')
    const id = await made(prompts.create, { promptId: 'vm-goodbye', language: 'fr-CA', mediaId })
    const replaced = await promptOf('vm-goodbye', 'fr-CA')
    const english = await promptOf('vm-goodbye', 'en-US')
    const twice = await ask(prompts.create, { body: { promptId: 'vm-goodbye', language: 'fr-CA', mediaId } })
    const restored = await ask(prompts.remove, { params: { id } })

    expect((await ask(listSystemPrompts)).items).toHaveLength(Object.keys(systemPrompts).length)
    expect(before?.text).toBe('Au revoir.')
    expect(replaced?.replacedBy).toEqual({ id, mediaId, name: 'Bonjour', language: 'fr-CA', hasSound: true })
    expect(english?.replacedBy).toBeUndefined()
    expect(twice.status).toBe(409)
    expect(restored.status).toBe(204)
    expect((await promptOf('vm-goodbye', 'fr-CA'))?.replacedBy).toBeUndefined()
    // Each step is a revision that can be gone back to.
    const { items } = await api.store.documents.revisions('acme', 'prompt', id)
    expect(items.map(({ act }) => act)).toEqual(['delete', 'create'])
  })

  it('R-189: a replacement that could never be heard is refused with the field and what to do', async () => {
    const silent = await made(media.create, { name: 'Nothing yet' })
    const mediaId = await spoken('Something')
    const refused = async (body: object) => {
      const { status, body: problem } = await ask(prompts.create, { body })
      return [status, (problem.errors as { field: string }[])[0]?.field]
    }

    expect(await refused({ promptId: 'vm-nonsense', language: 'en-US', mediaId })).toEqual([400, 'promptId'])
    expect(await refused({ promptId: 'vm-fail', language: 'english', mediaId })).toEqual([400, 'language'])
    expect(await refused({ promptId: 'vm-fail', language: 'en-US', mediaId: 'no-such' })).toEqual([400, 'mediaId'])
    expect(await refused({ promptId: 'vm-fail', language: 'en-US', mediaId: silent })).toEqual([400, 'mediaId'])
  })
})
