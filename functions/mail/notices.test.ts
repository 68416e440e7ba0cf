import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { expect, it } from 'vitest'
import type { Mail } from './mail-port.ts'
import { mailNotices } from './notices.ts'

const notice = (more: object = {}): CallRecord => ({
  kind: 'notify',
  id: 'call/3/0',
  accountId: 'acme',
  callId: 'call',
  at: '2026-11-24T15:00:00.000Z',
  what: 'missed-call',
  text: 'A call from Pat Caller was missed.',
  details: {},
  to: ['team@acme.example'],
  ...more,
})

function mailing(failures = 0) {
  const sent: Mail[] = []
  const lines: string[] = []
  let left = failures
  const send = mailNotices(
    {
      send: async (mail) => {
        if (left-- > 0) throw new Error('away')
        sent.push(mail)
      },
    },
    'pbx@acme.example',
    (line) => lines.push(String(line.level)),
    async () => {},
  )
  return { send, sent, lines }
}

it('people a call names are told, under an id that shows a second copy', async () => {
  const { send, sent } = mailing()

  await send(notice())
  await send(notice({ what: 'emergency-call', id: 'other' }))

  expect(sent).toMatchObject([
    { id: 'call/3/0', to: ['team@acme.example'], subject: 'Missed call', text: 'A call from Pat Caller was missed.' },
    { id: 'other', subject: '911 was called' },
  ])
})

it('nobody to tell is no mail', async () => {
  const { send, sent } = mailing()

  await send(notice({ to: [] }))
  await send(notice({ to: undefined }))

  expect(sent).toEqual([])
})

it('a mail server that is away for a moment is tried again; one that stays away is logged and keeps nobody', async () => {
  const short = mailing(2)
  const long = mailing(9)

  await short.send(notice())
  await long.send(notice())

  expect(short.sent).toHaveLength(1)
  expect(long.sent).toEqual([])
  expect(long.lines).toEqual(['WARN', 'WARN', 'ERROR'])
})
