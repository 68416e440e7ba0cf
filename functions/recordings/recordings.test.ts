import { VoicemailBox, VoicemailMessage } from '@offhook/shared/model/voicemail-box.ts'
import { messageId } from '@offhook/store/messages.ts'
import { describe, expect, it } from 'vitest'
import type { Mail } from '../mail/mail-port.ts'
import { writeWav } from '../speech/wav.ts'
import type { TranscribePort } from '../transcribe/transcribe-port.ts'
import { type ArrivalParts, createRecordingsHandler } from './create-handler.ts'
import type { Arrival } from './voicemail-arrival.ts'

const key = 'voicemail/acme/box-1/call-1/2026-11-23-b8f1.wav'
const wav = (seconds: number) => writeWav({ sampleRate: 8_000, samples: new Int16Array(8_000 * seconds) })

/** Errands are told elsewhere. */
const noErrands = { store: {}, objects: {} } as Pick<ArrivalParts, 'store' | 'objects'>

function event(objectKey = key, eventName = 's3:ObjectCreated:Put') {
  const record = {
    eventName,
    eventTime: '2026-11-23T09:15:31.000Z',
    s3: { bucket: { name: 'o' }, object: { key: objectKey } },
  }
  return { Records: [record] }
}

interface Options {
  readonly bytes?: Uint8Array | undefined
  readonly box?: object
  readonly mailFailures?: number
  readonly transcribe?: TranscribePort
  readonly language?: string
  readonly timeZone?: string
}

/** The handler over a store of one box in memory. */
function recordings(options: Options = {}) {
  const messages = new Map<string, Arrival>()
  const notices = new Map<string, 'due' | 'told'>()
  const filed: string[] = []
  const transcripts: string[] = []
  const mails: Mail[] = []
  const lines: Readonly<Record<string, unknown>>[] = []
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
      noticeOf: async (_accountId, _boxId, objectKey) => {
        const message = messages.get(objectKey)
        if (message === undefined) return 'unknown'
        const id = messageId(objectKey)
        return notices.get(id) === 'due' ? VoicemailMessage.parse({ ...message, id }) : 'told'
      },
      noticed: async (_accountId, _boxId, id, isTold) => void notices.set(id, isTold ? 'told' : 'due'),
      transcribed: async (_accountId, _boxId, _id, transcript) => void transcripts.push(transcript),
      file: async (_accountId, _boxId, _id, to) => void filed.push(`${to} after ${mails.length} mails`),
    },
    findCaller: async () => ({ callerNumber: '+14255550163' }),
    findBox: async () => ({
      box: VoicemailBox.parse(box),
      language: options.language ?? 'en-US',
      timeZone: options.timeZone ?? 'America/New_York',
    }),
    read: async () => bytes,
    ...(options.transcribe === undefined ? {} : { transcribe: options.transcribe }),
    mail: {
      send: async (mail) => {
        if (failures-- > 0) throw new Error('the mail server is away')
        mails.push(mail)
      },
    },
    wait: async () => {},
    mailFrom: 'pbx@acme.example',
    log: (line) => void lines.push(line),
    ...noErrands,
  })
  return { handler, messages, mails, filed, transcripts, lines }
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

  it('whose people could not be told is told of again, and they are, once', async () => {
    const { handler, messages, mails } = recordings({ mailFailures: 3 })

    await expect(handler(event())).rejects.toThrow('could not be taken in')
    await handler(event())
    await handler(event())

    expect([messages.size, mails.length]).toEqual([1, 1])
  })

  it.each([
    ['deleted', { deleteAfterNotify: true }, ['deleted after 1 mails']],
    ['saved', { saveAfterNotify: true }, ['saved after 1 mails']],
    ['saved where both are wanted', { saveAfterNotify: true, deleteAfterNotify: true }, ['saved after 1 mails']],
    ['left where nobody was told', { deleteAfterNotify: true, notifyEmails: [] }, []],
  ])('R-150: is %s once its people have been told', async (_, box, filed) => {
    const { handler, filed: done } = recordings({ box })

    await handler(event())

    expect(done).toEqual(filed)
  })

  it('R-150: is not deleted when its people could not be told', async () => {
    const { handler, filed } = recordings({ box: { deleteAfterNotify: true }, mailFailures: 9 })

    await expect(handler(event())).rejects.toThrow()

    expect(filed).toEqual([])
  })

  it.each([
    ['en-US', 'America/New_York', 'New voicemail from', 'Monday, November 23, 2026 at 4:15 AM'],
    ['en-US', 'Europe/Zurich', 'New voicemail from', 'Monday, November 23, 2026 at 10:15 AM'],
    ['fr-CA', 'America/Montreal', 'Nouveau message vocal de', 'lundi 23 novembre 2026'],
    ['en-US', 'Mars/Olympus', 'New voicemail from', 'November 23, 2026 at 9:15 AM'],
  ])('R-127 R-150: is told of in %s and in the time of %s', async (language, timeZone, subject, time) => {
    const { handler, mails } = recordings({ language, timeZone })

    await handler(event())

    expect(mails[0]?.subject).toContain(subject)
    expect(mails[0]?.text).toContain(time)
  })

  it('has its text in the message and in the mail, where the box wants that and there is a transcriber', async () => {
    const transcribe: TranscribePort = { transcribe: async (bytes, language) => `${bytes.length} bytes of ${language}` }
    const said = `${wav(5).length} bytes of fr-CA`
    const both = recordings({ transcribe, language: 'fr-CA', box: { transcribe: true } })
    const message = recordings({ transcribe, language: 'fr-CA', box: { transcribe: true, includeTranscript: false } })
    const none = recordings({ transcribe })
    const nobody = recordings({ box: { transcribe: true } })
    for (const one of [both, message, none, nobody]) await one.handler(event())

    expect([both, message, none, nobody].map(({ transcripts }) => transcripts)).toEqual([[said], [said], [], []])
    expect([both, message].map(({ mails }) => mails[0]?.text.includes(said))).toEqual([true, false])
  })

  it('is told of without its text when the transcriber fails', async () => {
    const { handler, mails, lines } = recordings({
      transcribe: { transcribe: () => Promise.reject(new Error('the transcriber answers 500')) },
      box: { transcribe: true },
    })

    await handler(event())

    expect(mails).toHaveLength(1)
    expect(lines).toMatchObject([{ level: 'WARN', transcript: 'the transcriber answers 500' }])
  })
})
