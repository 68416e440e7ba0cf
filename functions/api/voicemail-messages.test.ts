import { users, voicemailBoxes } from '@offhook/shared/api/nouns.ts'
import * as messages from '@offhook/shared/api/voicemail-messages.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)

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

  it('R-151: shows what was said as text and who forwarded it, and nothing of how people are told', async () => {
    const forwarded = { boxId: 'box-7', callId: 'call-8', at: '2026-11-20T11:00:00.000Z', durationMs: 4_000 }
    await api.store.messages.arrive('acme', {
      ...forwarded,
      objectKey: 'voicemail/acme/box-7/call-8/1.wav',
      forwardedBy: 'Dana',
    })
    const [newest] = (await ask(messages.listMessages, { params })).items
    await api.store.messages.transcribed('acme', 'box-7', String(newest?.id), 'Please call.')

    const shown = await ask(messages.getMessage, { params: { boxId: 'box-7', id: String(newest?.id) } })

    expect(shown.body).toMatchObject({ transcript: 'Please call.', forwardedBy: 'Dana', folder: 'new' })
    expect(shown.text).not.toMatch(/noticeAfterMs|objectKey/)
    await ask(messages.removeMessage, { params: { boxId: 'box-7', id: String(newest?.id) } })
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
