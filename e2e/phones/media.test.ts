/** Sound that an account brings: uploaded, spoken from a text, put in place of prompts. Callers hear it, and nobody of another account. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Media } from '@offhook/shared/model/media.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AccountApi, until } from '../testing/account-api.ts'
import { beepHz, callerHz, MainLine } from './main-line.ts'
import { mediaClip } from './sounds.ts'
import { longestGapMs, millisecondsOf, pcmWav, share, sine } from './tones.ts'

let line: MainLine

beforeAll(async () => {
  line = await MainLine.start()
})
afterAll(() => line.stop())

/** What the files of testdata/audio hold. */
const fileHz = 440
const audioFile = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '..', '..', 'testdata', 'audio', name))

/** Media with the sound of a file, in an account. */
async function uploaded(api: AccountApi, name: string, file: Buffer, type: string): Promise<Media> {
  const { id } = await api.ask<Media>('POST', 'media', { name })
  return api.upload<Media>(`media/${id}/audio`, file, type)
}

const flow = (number: string, node: object) => ({
  id: `flow-${number}`,
  name: `Flow ${number}`,
  numbers: [number],
  root: 'a',
  nodes: { a: { id: 'a', ...node } },
})

describe('sound that an account brings', { concurrent: true }, () => {
  it.for([
    ['8601', 'tone-440-44100-stereo.mp3', 'audio/mpeg', '1001'],
    ['8602', 'tone-440-44100-stereo-vorbis.ogg', 'audio/ogg', '1002'],
    ['8603', 'tone-440-48000-stereo-opus.ogg', 'audio/ogg', '1003'],
  ] as const)(
    'R-065 R-185: Play Media at %s: what was uploaded as %s is heard',
    async ([number, name, type, extension], test) => {
      const { api } = line
      const { id, durationMs = 0 } = await uploaded(api, name, audioFile(name), type)
      await api.ask('POST', 'callflows', flow(number, { type: 'play-media', params: { mediaId: id, times: 2 } }))
      const caller = await line.phonesFor(test).inside(extension, callerHz)
      caller.command('dial', number)
      await caller.event('CALL_CLOSED', 20_000)

      const heard = millisecondsOf(await caller.heard(), fileHz)
      expect(Math.abs(heard - 2 * durationMs)).toBeLessThan(200)
    },
  )

  it('R-182 R-186: the greeting of a menu is spoken from a text; another one saved is what the next call hears', async (test) => {
    const { api, system } = line
    const spoken = await api.ask<Media>('POST', 'media', {
      name: 'Welcome',
      kind: 'menu-greeting',
      source: 'speech',
      text: 'Welcome to the house of sound. Press any key.',
    })
    const tone = await uploaded(api, 'Chime', pcmWav(sine(1_500, 3)), 'audio/wav')
    await api.ask('POST', 'menus', { id: 'menu-sound', name: 'Sound', greeting: spoken.id })
    await api.ask('POST', 'callflows', flow('8604', { type: 'menu', params: { menuId: 'menu-sound' } }))
    const caller = await line.phonesFor(test).inside('1004', callerHz)
    caller.command('dial', '8604')
    await caller.hears(await mediaClip(system, api, spoken.id))
    caller.command('hangup')
    await caller.event('CALL_CLOSED')
    expect(millisecondsOf(await caller.heard(), 1_500)).toBe(0)

    await api.change<object>('menus/menu-sound', (menu) => ({ ...menu, greeting: tone.id }))
    caller.command('dial', '8604')
    await caller.hearsTone(1_500, 2_500)
    caller.command('hangup')

    const played = await api.request('GET', `media/${spoken.id}/audio`)
    expect([played.status, played.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  })

  it("R-188 R-189: a replaced prompt is heard by the account's own callers alone, and restored by its deletion", async (test) => {
    const { system, api } = line
    const phones = line.phonesFor(test)
    const { operator, apiUrl } = system.ready
    const opened = await fetch(`${apiUrl}/accounts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator.apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'bolt',
        name: 'Bolt',
        address: 'bolt',
        admin: { username: 'admin', password: 'correct horse battery' },
      }),
    })
    expect(opened.status).toBe(201)
    const bolt = new AccountApi(system, 'bolt')
    const { id, username } = await bolt.ask<{ id: string; username: string }>('POST', 'devices', {
      type: 'sip-phone',
      name: 'Bolt',
    })
    const { password } = await bolt.ask<{ password: string }>('POST', `devices/${id}/password/reveal`)
    for (const account of [api, bolt]) {
      await account.ask('POST', 'voicemail-boxes', { id: 'box-8605', name: 'Box', number: '8605', skipGreeting: true })
      await account.ask(
        'POST',
        'callflows',
        flow('8605', { type: 'voicemail', params: { voicemailBoxId: 'box-8605' } }),
      )
    }
    const [ours, theirs] = await Promise.all([
      phones.inside('1006', callerHz),
      phones.inside(username, callerHz, { password }),
    ])
    /** What a phone hears until the tone before the recording. */
    const heardBy = async (phone: typeof ours) => {
      phone.command('dial', '8605')
      await phone.event('CALL_ESTABLISHED')
      await phone.hearsTone(beepHz, 200)
      const heard = await phone.heard()
      phone.command('hangup')
      await phone.event('CALL_CLOSED')
      return { toneMs: millisecondsOf(heard, 1_900), seconds: heard.length / 8_000 }
    }
    const tone = await uploaded(api, 'Leave a message', pcmWav(sine(1_900, 2)), 'audio/wav')
    const prompt = await api.ask<{ id: string }>('POST', 'prompts', {
      promptId: 'vm-record-message',
      language: 'en-US',
      mediaId: tone.id,
    })

    const [here, there] = await Promise.all([heardBy(ours), heardBy(theirs)])
    expect(here.toneMs).toBeGreaterThan(1_800)
    expect(there.toneMs).toBe(0)

    const gone = await api.request('DELETE', `prompts/${prompt.id}`)
    expect(gone.status).toBe(204)
    ours.command('dial', '8605')
    await ours.hears(line.prompt('vm-record-message'))
    ours.command('hangup')
    expect(millisecondsOf(await ours.heard(), 1_900)).toBe(0)
  })

  it('R-186: media are recorded by phone, with a PIN; the next call hears what was said', async (test) => {
    const { api } = line
    const { id } = await api.ask<Media>('POST', 'media', { name: 'To be recorded', text: 'Not yet recorded.' })
    await api.ask('POST', 'callflows', flow('8606', { type: 'record-media', params: { mediaId: id, pin: '4711' } }))
    await api.ask('POST', 'callflows', flow('8607', { type: 'play-media', params: { mediaId: id } }))
    const phone = await line.phonesFor(test).inside('1009', callerHz)
    phone.command('dial', '8606')
    await phone.hears(line.prompt('vm-enter-pin'))
    await phone.press('4711#')
    await phone.hearsTone(beepHz, 200)
    await sleep(3_000)
    await phone.press('#')
    await phone.hears(line.prompt('review'))
    await phone.press('1')
    await phone.hears(line.prompt('media-saved'))
    await phone.event('CALL_CLOSED', 10_000)
    expect(millisecondsOf(await phone.heard(), callerHz)).toBe(0)
    await until(async () => ((await api.ask<Media>('GET', `media/${id}`)).source === 'phone' ? true : undefined))

    phone.command('dial', '8607')
    await phone.event('CALL_CLOSED', 20_000)
    expect(millisecondsOf(await phone.heard(), callerHz)).toBeGreaterThan(2_500)
  })

  it('R-021: music of whoever holds loops without a gap; another sound given to the same media is what the next hold plays', async (test) => {
    const { api } = line
    const phones = line.phonesFor(test)
    const music = await uploaded(api, 'Music', pcmWav(sine(fileHz, 1.01)), 'audio/wav')
    await api.change<object>('users/user-1007', (user) => ({ ...user, holdMusic: music.id }))
    const [holder, held] = await Promise.all([phones.inside('1007', 900), phones.inside('1008', callerHz)])
    held.command('dial', '1007')
    await holder.event('CALL_INCOMING')
    holder.command('accept')
    await held.event('CALL_ESTABLISHED')
    await sleep(1_000)
    holder.command('hold')
    await held.hearsTone(fileHz, 3_500)
    const first = await held.heard()
    await api.upload(`media/${music.id}/audio`, pcmWav(sine(1_900, 1.01)), 'audio/wav')
    holder.command('resume')
    await sleep(1_000)
    holder.command('hold')
    await held.hearsTone(1_900, 2_000)
    held.command('hangup')

    // A second's music that began again three times: at a seam a window of 20 ms may be a bit less of one tone, and no more.
    expect(longestGapMs(first, fileHz)).toBeLessThanOrEqual(20)
  })

  it('R-021: where no music is chosen, soft notes tell whoever is held that the call is still there', async (test) => {
    const phones = line.phonesFor(test)
    const [holder, held] = await Promise.all([phones.inside('1005', 900), phones.inside('1010', callerHz)])
    held.command('dial', '1005')
    await holder.event('CALL_INCOMING')
    holder.command('accept')
    await held.event('CALL_ESTABLISHED')
    await sleep(1_000)
    holder.command('hold')
    await sleep(6_500)
    const heard = await held.heard()
    held.command('hangup')

    const windows = Array.from({ length: Math.floor(heard.length / 160) }, (_, n) =>
      heard.subarray(n * 160, n * 160 + 160),
    )
    const notes = windows.filter((window) => share(window, 440) > 0.25 && share(window, 554) > 0.25)
    expect(notes.length * 20).toBeGreaterThan(200)
  })
})
