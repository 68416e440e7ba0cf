/** What calls leave behind, done over the real table and a real folder of objects. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { Errands } from '@offhook/store/errands.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { cdrOf } from '@offhook/store/testing/sample-calls.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Mail } from '../mail/mail-port.ts'
import { readWav, writeWav } from '../speech/wav.ts'
import { createRecordingsHandler } from './create-handler.ts'
import { storeParts } from './store-parts.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const at = '2026-11-24T15:00:00.000Z'
const by = { by: 'test' }
const tone = (seconds: number, value: number) =>
  writeWav({ sampleRate: 8_000, samples: new Int16Array(8_000 * seconds).fill(value) })

async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'voicemail-errands-'))
  folders.push(folder)
  const errors: unknown[] = []
  const objects = folderObjects({
    folder,
    secret: 's'.repeat(32),
    baseUrl: 'http://x',
    onError: (error) => errors.push(error),
  })
  const store = await engine.store({ objects })
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme', language: 'fr-CA' })
  for (const [id, number] of [
    ['alex', '1001'],
    ['dana', '1002'],
    ['sam', '1003'],
  ] as const)
    await store.documents.save(
      'acme',
      'voicemail-box',
      { id, name: `Box of ${id}`, number, notifyEmails: [`${id}@acme.example`] },
      by,
    )
  await store.documents.save('acme', 'menu', { id: 'main', name: 'Main' }, by)
  const mails: Mail[] = []
  const handler = createRecordingsHandler({
    ...storeParts(store, objects),
    mail: { send: async (mail) => void mails.push(mail) },
    wait: async () => {},
    mailFrom: 'pbx@acme.example',
    log: () => {},
  })
  for (const prefix of ['voicemail/', 'errands/']) objects.onArrival(prefix, handler)
  /** Errands put objects that arrive in turn. */
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      await objects.settled()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const share = async (...records: CallRecord[]) => {
    await store.calls.share(records)
    await settled()
  }
  const document = async (kind: 'voicemail-box' | 'menu', id: string) =>
    (await store.documents.get('acme', kind, id))?.document as Record<string, unknown> | undefined
  const media = async () => (await store.documents.list('acme', 'media')).items.map((saved) => saved.document)
  return { store, objects, mails, errors, settled, share, document, media, handler }
}

const common = { accountId: 'acme', callId: 'call', at }
const recorded = (
  turn: number,
  kind: 'voicemail-box' | 'menu',
  id: string,
  set: Record<string, unknown>,
): CallRecord => ({ ...common, kind: 'change', id: `call/${turn}/0`, fact: { kind, id }, set })

describe('media recorded by phone', () => {
  const key = 'media/acme/hello/call/1.wav'
  const change = (turn: number, objectKey: string): CallRecord => ({
    ...common,
    kind: 'change',
    id: `call/${turn}/0`,
    fact: { kind: 'media', id: 'hello' },
    set: { objectKey, revision: 0 },
  })
  const hello = { id: 'hello', name: 'Hello', text: 'Hello.', source: 'speech' }

  it('R-186: have that sound in place of their text, once, however often the change is told', async () => {
    const { store, objects, share } = await start()
    await store.documents.save('acme', 'media', hello, by)
    await objects.put(key, tone(3, 1_000), 'audio/wav')

    await share(change(1, key))
    const filed = await store.documents.get('acme', 'media', 'hello')
    await share(change(1, key))

    expect(filed?.document).toMatchObject({ source: 'phone', objectKey: key, durationMs: 3_000, name: 'Hello' })
    expect(filed?.document.text).toBeUndefined()
    expect(filed?.by).toBe('system')
    expect((await store.documents.get('acme', 'media', 'hello'))?.revision).toBe(filed?.revision)
  })

  it('an upload that comes later stays, and of two recordings the later one', async () => {
    const { store, objects, share } = await start()
    await store.documents.save('acme', 'media', hello, by)
    for (const one of [key, 'media/acme/hello/call/2.wav']) await objects.put(one, tone(2, 1_000), 'audio/wav')
    await share(change(1, key))
    await share(change(2, 'media/acme/hello/call/2.wav'))
    expect((await store.documents.get('acme', 'media', 'hello'))?.document.objectKey).toBe(
      'media/acme/hello/call/2.wav',
    )

    await store.documents.save(
      'acme',
      'media',
      { ...hello, source: 'upload', objectKey: 'media/acme/hello/up.wav' },
      by,
    )
    await new Errands(objects).give('again', {
      kind: 'recording',
      accountId: 'acme',
      mediaId: 'hello',
      what: 'sound',
      objectKey: 'media/acme/hello/call/2.wav',
      at,
    })
    await objects.scan()
    await objects.settled()

    expect((await store.documents.get('acme', 'media', 'hello'))?.document.objectKey).toBe('media/acme/hello/up.wav')
  })

  it('that are gone meanwhile stay gone', async () => {
    const { store, errors, share } = await start()

    await share(change(1, key))

    expect(await store.documents.get('acme', 'media', 'hello')).toBeUndefined()
    expect(errors).toEqual([])
  })
})

describe('a greeting recorded by phone', () => {
  const key = 'media/acme/voicemail-greeting-alex/call/1.wav'

  it.each([
    ['greeting', 'greetingKey', 'greetingRevision', 'voicemail-greeting'],
    ['temporaryGreeting', 'temporaryGreetingKey', 'temporaryGreetingRevision', 'voicemail-greeting'],
    ['recordedName', 'nameKey', 'nameRevision', 'name'],
  ] as const)(
    'R-152: becomes the %s of the box and is in Media, with who recorded it and how long it is',
    async (field, fact, revision, kind) => {
      const { store, objects, share, document, media, errors } = await start()
      await objects.put(key, tone(4, 1), 'audio/wav')

      await share(recorded(1, 'voicemail-box', 'alex', { [fact]: key, [revision]: 0 }))

      const [filed, ...others] = await media()
      expect([errors, others]).toEqual([[], []])
      expect(filed).toMatchObject({ kind, source: 'phone', objectKey: key, durationMs: 4_000, language: 'fr-CA' })
      expect(filed?.name).toContain('Box of alex')
      expect((await document('voicemail-box', 'alex'))?.[field]).toBe(filed?.id)
      expect(await store.references('acme', 'media', filed?.id ?? '')).toMatchObject([
        { kind: 'voicemail-box', id: 'alex', field },
      ])
      const head = await store.accounts.head('acme')
      expect((await store.facts.get('acme', 'voicemail-box', 'alex'))[revision]).toBe(head?.configRevision)
      expect(await objects.list('errands/', 9)).toEqual([])
    },
  )

  it('R-183: becomes the greeting of the menu', async () => {
    const { objects, share, document, media } = await start()
    const menuKey = 'media/acme/menu-main/call/1.wav'
    await objects.put(menuKey, tone(4, 1), 'audio/wav')

    await share(recorded(1, 'menu', 'main', { greetingKey: menuKey, greetingRevision: 0 }))

    const [filed] = await media()
    expect(filed).toMatchObject({ kind: 'menu-greeting', source: 'phone', objectKey: menuKey })
    expect((await document('menu', 'main'))?.greeting).toBe(filed?.id)
  })

  it('told twice, and done twice, is filed once', async () => {
    const { store, objects, share, media, handler, settled } = await start()
    await objects.put(key, tone(4, 1), 'audio/wav')
    const record = recorded(1, 'voicemail-box', 'alex', { greetingKey: key, greetingRevision: 0 })
    await share(record)
    const revision = (await store.accounts.head('acme'))?.configRevision

    await share(record)
    await store.calls.share([{ ...record, id: 'call/9/9' } as CallRecord])
    await handler({
      Records: [{ eventName: 'ObjectCreated:Put', eventTime: at, s3: { object: { key: 'errands/acme/gone.json' } } }],
    })
    await settled()

    expect(await media()).toHaveLength(1)
    expect((await store.accounts.head('acme'))?.configRevision).toBe(revision)
  })

  it('and recorded over before it was filed leaves the later one', async () => {
    const { store, objects, share, media } = await start()
    const later = key.replace('1.wav', '2.wav')
    for (const one of [key, later]) await objects.put(one, tone(3, 1), 'audio/wav')

    await share(
      recorded(1, 'voicemail-box', 'alex', { greetingKey: key, greetingRevision: 0 }),
      recorded(2, 'voicemail-box', 'alex', { greetingKey: later, greetingRevision: 0 }),
    )

    const saved = (await store.documents.get('acme', 'voicemail-box', 'alex'))?.document
    const used = (await media()).find(({ id }) => id === saved?.greeting)
    expect(used?.objectKey).toBe(later)
  })

  it('a temporary one that was deleted by phone is gone from the box', async () => {
    const { store, share, document } = await start()
    await store.documents.save('acme', 'media', { id: 'away', name: 'Away' }, by)
    const box = await document('voicemail-box', 'alex')
    await store.documents.save('acme', 'voicemail-box', { ...box, temporaryGreeting: 'away' }, by)

    await share(recorded(1, 'voicemail-box', 'alex', { temporaryGreetingKey: '', temporaryGreetingRevision: 0 }))

    expect((await document('voicemail-box', 'alex'))?.temporaryGreeting).toBeUndefined()
    expect((await store.facts.get('acme', 'voicemail-box', 'alex')).temporaryGreetingRevision).toBeGreaterThan(0)
  })

  it('of a box that is gone leaves nothing', async () => {
    const { objects, share, media, errors } = await start()
    await objects.put(key, tone(4, 1), 'audio/wav')

    await share(recorded(1, 'voicemail-box', 'nobody', { greetingKey: key }))

    expect([await media(), errors, await objects.list('errands/', 9)]).toEqual([[], [], []])
  })
})

describe('who left a message', () => {
  const key = 'voicemail/acme/alex/talking/1.wav'
  const started: CallRecord = {
    ...common,
    kind: 'started',
    id: 'talking/started',
    callId: 'talking',
    direction: 'inbound',
    from: '+14255550163',
    to: '1001',
    configRevision: 1,
    at: new Date().toISOString(),
  }

  it('is told with the name and the prefixes the call is shown with, while the call is still up and when it is over', async () => {
    const { store, objects, share, settled, mails } = await start()
    const shown: CallRecord = {
      ...common,
      kind: 'voicemail',
      id: 'talking/voicemail',
      callId: 'talking',
      callerName: 'GEN Pat',
    }
    await share(started, shown)
    await objects.put(key, tone(4, 1), 'audio/wav')
    await settled()
    const cdr = { ...cdrOf('acme', 'talking', at), from: '+14255550163', fromName: 'Pat', prefix: 'GEN' }
    await share({ ...common, kind: 'ended', id: 'talking/ended', callId: 'talking', cdr })
    await objects.put(key.replace('1.wav', '2.wav'), tone(4, 1), 'audio/wav')
    await settled()

    const { items } = await store.messages.list('acme', 'alex', 'new')
    expect(items.map(({ callerName, callerNumber }) => [callerName, callerNumber])).toEqual([
      ['GEN Pat', '+14255550163'],
      ['GEN Pat', '+14255550163'],
    ])
    expect(mails.map(({ subject }) => subject)).toEqual(Array(2).fill('Nouveau message vocal de GEN Pat +14255550163'))
  })
})

describe('what was set by phone', () => {
  it('R-150: is in the box, so that whoever saves it later decides', async () => {
    const { store, share, document, objects } = await start()

    await share(
      recorded(1, 'voicemail-box', 'alex', { pin: '2468', pinRevision: 0, pinFailures: 0 }),
      recorded(2, 'voicemail-box', 'alex', { isSetUp: true, isSetUpRevision: 0 }),
      recorded(3, 'voicemail-box', 'alex', { announcementOnly: true, announcementOnlyRevision: 0 }),
    )

    expect(await document('voicemail-box', 'alex')).toMatchObject({
      pin: '2468',
      isSetUp: true,
      announcementOnly: true,
    })
    const head = (await store.accounts.head('acme'))?.configRevision ?? 0
    const fact = await store.facts.get('acme', 'voicemail-box', 'alex')
    for (const revision of [fact.pinRevision, fact.isSetUpRevision, fact.announcementOnlyRevision]) {
      expect(revision).toBeGreaterThan(0)
      expect(revision).toBeLessThanOrEqual(head)
    }
    expect(await objects.list('errands/', 9)).toEqual([])
  })

  it('of a box that is gone leaves nothing', async () => {
    const { share, errors, objects } = await start()

    await share(recorded(1, 'voicemail-box', 'nobody', { pin: '2468', pinRevision: 0 }))

    expect([errors, await objects.list('errands/', 9)]).toEqual([[], []])
  })
})

it('somebody whom a call wants told is told by whoever may send mail', async () => {
  const { objects, mails, settled } = await start()

  await new Errands(objects).give('call/2/0/notice', {
    kind: 'notice',
    accountId: 'acme',
    id: 'call/2/0',
    what: 'mailbox-full',
    text: 'The voicemail box is full.',
    to: ['alex@acme.example'],
  })
  await settled()

  expect(mails).toMatchObject([{ id: 'call/2/0', to: ['alex@acme.example'], subject: 'Voicemail box is full' }])
})

describe('a forwarded message', () => {
  const original = 'voicemail/acme/alex/first/1.wav'
  const introduction = 'media/acme/introduction-alex/call/1.wav'

  async function withMessage() {
    const started = await start()
    const { store, objects, settled } = started
    await store.calls.share([
      {
        ...common,
        kind: 'started',
        id: 'first/started',
        callId: 'first',
        direction: 'inbound',
        from: '+14255550163',
        to: '1001',
        configRevision: 1,
        at: new Date().toISOString(),
      },
    ])
    await objects.put(original, tone(5, 1_000), 'audio/wav')
    await settled()
    const [message] = (await store.messages.list('acme', 'alex', 'new')).items
    const forward = (more: object = {}): CallRecord => ({
      ...common,
      kind: 'file-message',
      id: 'call/3/0',
      boxId: 'alex',
      act: 'forward',
      messageId: message?.id ?? '',
      toBoxIds: ['dana', 'sam'],
      ...more,
    })
    return { ...started, message, forward }
  }

  it('is in every box it was sent to, with its caller, who sent it, its mail and its introduction in front', async () => {
    const { store, objects, mails, share, forward, errors } = await withMessage()
    await objects.put(introduction, tone(3, 200), 'audio/wav')
    mails.length = 0

    await share(forward({ objectKey: introduction }))

    expect(errors).toEqual([])
    for (const box of ['dana', 'sam']) {
      const [copy, ...others] = (await store.messages.list('acme', box, 'new')).items
      expect(others).toEqual([])
      expect(copy).toMatchObject({ callerNumber: '+14255550163', forwardedBy: 'Box of alex', durationMs: 9_000 })
      const samples = readWav((await objects.get(copy?.objectKey ?? '')) ?? new Uint8Array())?.samples
      expect([samples?.[8_000], samples?.[3.5 * 8_000], samples?.[6 * 8_000]]).toEqual([200, 0, 1_000])
    }
    expect(new Set(mails.map(({ to }) => to[0]))).toEqual(new Set(['dana@acme.example', 'sam@acme.example']))
    expect(mails[0]?.text).toContain('Box of alex')
    expect((await store.messages.list('acme', 'alex', 'new')).items).toHaveLength(1)
    expect(await objects.exists(introduction)).toBe(false)
    expect(await objects.list('voicemail/acme/dana/', 9)).toHaveLength(1)
  })

  it('as it is, is a copy: deleted in one box it is in the others', async () => {
    const { store, objects, share, forward, message } = await withMessage()

    await share(forward())
    await store.messages.move('acme', 'alex', message?.id ?? '', 'gone')

    const [copy] = (await store.messages.list('acme', 'dana', 'new')).items
    expect(copy?.durationMs).toBe(5_000)
    expect(await objects.exists(copy?.objectKey ?? '')).toBe(true)
  })

  it('told twice is forwarded once', async () => {
    const { store, mails, share, forward } = await withMessage()
    mails.length = 0
    await share(forward())
    await share(forward())
    await share(forward({ id: 'call/8/8' }))

    expect((await store.messages.list('acme', 'dana', 'new')).items).toHaveLength(1)
    expect(mails).toHaveLength(2)
  })

  it('to a box that is gone goes to the others; one that is gone itself goes nowhere', async () => {
    const { store, share, forward, errors, objects } = await withMessage()

    await share(
      forward({ toBoxIds: ['nobody', 'sam'] }),
      forward({ id: 'call/4/0', messageId: 'unknown', toBoxIds: ['dana'] }),
    )

    expect((await store.messages.list('acme', 'sam', 'new')).items).toHaveLength(1)
    expect((await store.messages.list('acme', 'dana', 'new')).items).toHaveLength(0)
    expect([errors, await objects.list('errands/', 9)]).toEqual([[], []])
  })
})
