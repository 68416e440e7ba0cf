import { VoicemailBox } from '@offhook/shared/model/voicemail-box.ts'
import { describe, expect, it } from 'vitest'
import type { Mail } from '../mail/mail-port.ts'
import { writeWav } from '../speech/wav.ts'
import { createRecordingsHandler } from './create-handler.ts'
import type { Arrival } from './voicemail-arrival.ts'

const key = 'voicemail/acme/box-1/call-1/2026-11-23-b8f1.wav'
const wav = (seconds: number) => writeWav({ sampleRate: 8_000, samples: new Int16Array(8_000 * seconds) })

function event(objectKey = key, eventName = 's3:ObjectCreated:Put') {
  const record = {
    eventName,
    eventTime: '2026-11-23T09:15:31.000Z',
    s3: { bucket: { name: 'o' }, object: { key: objectKey } },
  }
  return { Records: [record] }
}

function recordings(options: { bytes?: Uint8Array | undefined; box?: object; mailFailures?: number } = {}) {
  const messages = new Map<string, Arrival>()
  const mails: Mail[] = []
  let failures = options.mailFailures ?? 0
  const bytes = 'bytes' in options ? options.bytes : wav(5)
  const box = { id: 'box-1', name: 'Ann', number: '1001', notifyEmails: ['ann@acme.example'], ...options.box }
  const handler = createRecordingsHandler({
    messages: {
      arrive: async (_accountId, arrival) => {
        const isNew = !messages.has(arrival.objectKey)
        messages.set(arrival.objectKey, arrival)
        return isNew
      },
      has: async (_accountId, _boxId, objectKey) => messages.has(objectKey),
    },
    findCaller: async () => ({ callerNumber: '+14255550163' }),
    findBox: async () => VoicemailBox.parse(box),
    read: async () => bytes,
    mail: {
      send: async (mail) => {
        if (failures-- > 0) throw new Error('the mail server is away')
        mails.push(mail)
      },
    },
    wait: async () => {},
    mailFrom: 'pbx@acme.example',
    log: () => {},
  })
  return { handler, messages, mails }
}

describe('an arrived recording', () => {
  it('R-153: becomes a message of its box, with its length, and its people are told', async () => {
    const { handler, messages, mails } = recordings()

    await handler(event())

    expect([...messages.values()]).toMatchObject([
      { boxId: 'box-1', callId: 'call-1', durationMs: 5_000, at: '2026-11-23T09:15:31.000Z' },
    ])
    expect(mails).toMatchObject([{ to: ['ann@acme.example'], subject: 'New voicemail from +14255550163' }])
    expect(mails[0]?.attachments).toHaveLength(1)
  })

  it('told twice is one message and one mail', async () => {
    const { handler, messages, mails } = recordings()

    await handler(event())
    await handler(event())

    expect(messages.size).toBe(1)
    expect(mails).toHaveLength(1)
  })

  it('R-153: shorter than two seconds is nobody speaking', async () => {
    const { handler, messages } = recordings({ bytes: wav(1) })

    await handler(event())

    expect(messages.size).toBe(0)
  })

  it('of a box that wants no audio is told without it, of a box without addresses not at all', async () => {
    const bare = recordings({ box: { attachAudio: false } })
    const silent = recordings({ box: { notifyEmails: [] } })

    await bare.handler(event())
    await silent.handler(event())

    expect(bare.mails[0]?.attachments).toEqual([])
    expect(silent.mails).toEqual([])
    expect(silent.messages.size).toBe(1)
  })

  it.each([
    ['another folder', event('media/acme/hello.wav')],
    ['a removal', event(key, 's3:ObjectRemoved:Delete')],
    ['no path of a message', event('voicemail/acme/one.wav')],
  ])('%s is none of its business', async (_name, other) => {
    const { handler, messages } = recordings()

    await handler(other)

    expect(messages.size).toBe(0)
  })

  it('tells its people although the mail server is away for a moment', async () => {
    const { handler, mails } = recordings({ mailFailures: 2 })

    await handler(event())

    expect(mails).toHaveLength(1)
  })

  it('keys are decoded as S3 encodes them', async () => {
    const { handler, messages } = recordings()

    await handler(event(key.replace('call-1', 'call%2B1')))

    expect([...messages.values()][0]?.callId).toBe('call+1')
  })

  it('that is gone is passed over; one that is no WAV, or a mail server that stays away, is an error', async () => {
    await recordings({ bytes: undefined }).handler(event())

    await expect(recordings({ bytes: Buffer.from('no wav') }).handler(event())).rejects.toThrow('could not be taken in')
    await expect(recordings({ mailFailures: 9 }).handler(event())).rejects.toThrow('could not be taken in')
  })
})
