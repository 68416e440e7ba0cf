/** Voicemail as people use it, with real phones: left, told of by lamp and by mail, heard, forwarded, answered. */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Media } from '@offhook/shared/model/media.ts'
import type { VoicemailBox } from '@offhook/shared/model/voicemail-box.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Baresip } from './baresip.ts'
import { pcmOf } from './clip.ts'
import { beepHz, callerHz, leaveMessage, MainLine, openHours } from './main-line.ts'
import { millisecondsOf } from './tones.ts'

const said = 'Please call me back about the invoice.'

let line: MainLine
let transcriber: Server
beforeAll(async () => {
  transcriber = createServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify({ text: said })))
  })
  await new Promise<void>((resolve) => transcriber.listen(0, '127.0.0.1', resolve))
  const { port } = transcriber.address() as AddressInfo
  line = await MainLine.start(openHours, { OFFHOOK_TRANSCRIBE_URL: `http://127.0.0.1:${port}/` })
})
afterAll(async () => {
  await line.stop()
  transcriber.close()
})

async function dial(phone: Baresip, number: string): Promise<Baresip> {
  phone.command('dial', number)
  await phone.event('CALL_ESTABLISHED', 15_000)
  return phone
}

const box = (extension: string) => `voicemail-boxes/box-${extension}`

/** What the lamp of a phone shows next: new and saved messages. */
async function lampOf(phone: Baresip, withinMs = 8_000): Promise<string | undefined> {
  return /Voice-Message: (\d+\/\d+)/.exec((await phone.event('MWI_NOTIFY', withinMs)).param ?? '')?.[1]
}

/** Speaks until the recording ends by a key; the tone of its microphone is what it says. */
async function speak(phone: Baresip, afterBeeps: number, seconds = 3): Promise<void> {
  await phone.hearsTone(beepHz, 200 * afterBeeps)
  await sleep(seconds * 1_000)
  await phone.press('#')
}

interface Shown {
  readonly id: string
  readonly callerNumber?: string
  readonly forwardedBy?: string
  readonly transcript?: string
}

describe('voicemail', { concurrent: true }, () => {
  it('R-153: hanging up leaves a message, which lights the lamp of its owner within two seconds; heard and deleted, it is dark again', async (test) => {
    const phones = line.phonesFor(test)
    const frank = await phones.inside('1006', 900, { messageLamp: true })
    expect(await lampOf(frank, 15_000)).toBe('0/0')
    const eva = await dial(await phones.inside('1004', callerHz), '**1006')
    await leaveMessage(eva)
    const hungUpAt = Date.now()

    expect(await lampOf(frank)).toBe('1/0')
    expect(Date.now() - hungUpAt).toBeLessThan(2_000)

    await dial(frank, '*97')
    await frank.hears(line.prompt('vm-main-menu'))
    await frank.press('1')
    await frank.hearsTone(callerHz, 2_000)
    await frank.hears(line.prompt('vm-message-menu'))
    await frank.press('7')
    expect(await lampOf(frank)).toBe('0/0')
    await frank.press('#')
    frank.command('hangup')
  })

  it('a message that is marked in the console changes the lamp as well', async (test) => {
    const phones = line.phonesFor(test)
    const hugo = await phones.inside('1008', 900, { messageLamp: true })
    expect(await lampOf(hugo, 15_000)).toBe('0/0')
    await leaveMessage(await dial(await phones.inside('1004', callerHz), '**1008'))
    expect(await lampOf(hugo)).toBe('1/0')
    const { id } = await line.api.messageFrom('box-1008', '1004')

    await line.api.ask('PUT', `${box('1008')}/messages/${id}`, { folder: 'saved' })

    expect(await lampOf(hugo)).toBe('0/1')
  })

  it('R-150 R-152: the first time, a person sets a PIN and records name and greeting by phone; callers hear it at once, and it is in Media', async (test) => {
    const greetingHz = 1_250
    await line.api.change<VoicemailBox>(box('1007'), (saved) => ({ ...saved, isSetUp: false }))
    const phones = line.phonesFor(test)
    const grace = await dial(await phones.inside('1007', greetingHz), '*97')
    await grace.hears(line.prompt('vm-enter-new-pin'))
    await grace.press('4812#')
    await grace.hears(line.prompt('vm-enter-new-pin-again'))
    await grace.press('4812#')
    await speak(grace, 1)
    await grace.hears(line.prompt('review'))
    await grace.press('1')
    await speak(grace, 2, 4)
    await sleep(1_000)
    await grace.press('1')
    await grace.hears(line.prompt('vm-setup-complete'))
    grace.command('hangup')
    await grace.event('CALL_CLOSED')

    const caller = await dial(await phones.inside('1002', callerHz), '**1007')
    await caller.hearsTone(greetingHz, 2_000)
    caller.command('hangup')
    await test.expect
      .poll(async () => (await line.api.ask<VoicemailBox>('GET', box('1007'))).isSetUp, { timeout: 5_000 })
      .toBe(true)
    const saved = await line.api.ask<VoicemailBox>('GET', box('1007'))
    const greeting = await line.api.ask<Media>('GET', `media/${saved.greeting}`)
    const { references } = await line.api.ask<{ references: { kind: string; id: string }[] }>(
      'GET',
      `references/media/${saved.greeting}`,
    )
    expect(greeting).toMatchObject({ kind: 'voicemail-greeting', source: 'phone' })
    expect(greeting.durationMs).toBeGreaterThan(3_000)
    expect((await line.api.ask<Media>('GET', `media/${saved.recordedName}`)).kind).toBe('name')
    expect(references).toMatchObject([{ kind: 'voicemail-box', id: 'box-1007' }])
    await dial(caller, '*971007')
    await caller.hears(line.prompt('vm-enter-pin'))
    await caller.press('4812#')
    await caller.hears(line.prompt('vm-main-menu'))
    caller.command('hangup')
  })

  it('a message is forwarded behind an introduction: whoever gets it hears both, and who sent it', async (test) => {
    const introductionHz = 1_150
    const phones = line.phonesFor(test)
    const sam = await phones.inside('1003', callerHz)
    await leaveMessage(await dial(sam, '**1005'))
    await line.api.messageFrom('box-1005', '1003')
    const dora = await dial(await phones.inside('1005', introductionHz), '*97')
    await dora.hears(line.prompt('vm-main-menu'))
    await dora.press('1')
    await dora.hearsTone(callerHz, 2_000)
    await dora.press('3')
    await dora.hears(line.prompt('vm-forward-enter-box'))
    await dora.press('1009#')
    await dora.hears(line.prompt('vm-forward-menu'))
    await dora.press('1')
    await speak(dora, 1)
    await dora.hears(line.prompt('vm-forward-review'))
    await dora.press('1')
    await dora.hears(line.prompt('vm-forwarded'))
    dora.command('hangup')

    const copy: Shown = await line.api.messageFrom('box-1009', '1003')
    const audio = await line.api.request('GET', `${box('1009')}/messages/${copy.id}/audio`)
    const heard = pcmOf(Buffer.from(await audio.arrayBuffer()))
    expect(copy.forwardedBy).toContain('Dora')
    expect(millisecondsOf(heard, introductionHz)).toBeGreaterThan(2_000)
    expect(millisecondsOf(heard, callerHz)).toBeGreaterThan(2_500)
  })

  it('key 9 calls whoever left the message', async (test) => {
    const phones = line.phonesFor(test)
    const alex = await phones.inside('1001', callerHz)
    await leaveMessage(await dial(alex, '**1002'))
    await line.api.messageFrom('box-1002', '1001')
    const dana = await dial(await phones.inside('1002', 1_050), '*97')
    await dana.hears(line.prompt('vm-main-menu'))
    await dana.press('1')
    await dana.hears(line.prompt('vm-message-menu'))
    await dana.press('9')
    await alex.event('CALL_INCOMING', 8_000)
    alex.command('accept')
    await alex.hearsTone(1_050, 1_000)
    dana.command('hangup')
    await alex.event('CALL_CLOSED')
  })

  it('three wrong PINs are good-bye', async (test) => {
    const eva = await dial(await line.phonesFor(test).inside('1004', 440), '*971003')
    for (const _ of [1, 2, 3]) {
      await sleep(2_500)
      await eva.press('0000#')
    }

    await eva.hears(line.prompt('vm-goodbye'))
    await eva.event('CALL_CLOSED', 10_000)
  })

  it('0 calls the operator of the box', async (test) => {
    await line.api.change<VoicemailBox>(box('1010'), (saved) => ({ ...saved, operatorNumber: '1009' }))
    const phones = line.phonesFor(test)
    const ines = await phones.inside('1009', 1_350)
    const caller = await dial(await phones.inside('1003', callerHz), '**1010')
    await caller.hears(line.prompt('vm-not-available'))
    await caller.press('0')
    await ines.event('CALL_INCOMING', 8_000)
    ines.command('accept')
    await caller.hearsTone(1_350, 1_000)
    caller.command('hangup')
    await ines.event('CALL_CLOSED')
  })

  it('R-148: everybody on the list of a box is mailed the sound, and what was said as text', async (test) => {
    await line.api.change<VoicemailBox>('voicemail-boxes/box-sales', (saved) => ({
      ...saved,
      transcribe: true,
      notifyEmails: ['pat@acme.example', 'lee@acme.example'],
    }))
    const number = await line.api.ask<VoicemailBox>('GET', 'voicemail-boxes/box-sales')
    await leaveMessage(await dial(await line.phonesFor(test).inside('1006', callerHz), `**${number.number}`))

    const message: Shown = await line.api.messageFrom('box-sales', '1006')
    const mails = () =>
      readdirSync(join(line.system.folder, 'mail'))
        .map((name) => readFileSync(join(line.system.folder, 'mail', name), 'utf8'))
        .filter((mail) => mail.includes('pat@acme.example'))
    await test.expect.poll(() => mails().length, { timeout: 8_000 }).toBe(1)
    const [mail = ''] = mails()
    // The sound is in it: a failure that printed all of it would be unreadable.
    const text = mail.slice(0, 2_000)
    expect(text).toMatch(/^To: pat@acme.example, lee@acme.example/m)
    expect(text).toMatch(/filename=message.wav/)
    expect(text).toContain(said)
    expect(text).toMatch(/^Received: \w+day, \w+ \d+, \d{4} at \d/m)
    const shown = await line.api.ask<Shown>('GET', `voicemail-boxes/box-sales/messages/${message.id}`)
    expect(shown.transcript).toBe(said)
  })
})
