import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { MailPort } from './mail-port.ts'

type Notice = Extract<CallRecord, { kind: 'notify' }>

export const noticeSubjects: Readonly<Record<Notice['what'], string>> = {
  'emergency-call': '911 was called',
  'missed-call': 'Missed call',
  'mailbox-full': 'Voicemail box is full',
  alert: 'Something needs your attention',
}

/** Times a notice is tried: a mail server that stays away must not keep the calls' other records from the table. */
const triesMax = 3
const betweenTriesMs = 1_000

/** Mails what calls tell people of. Its id is the record's, so that a second copy is recognisable. Never rejects: what fails is logged. */
export function mailNotices(
  mail: MailPort,
  from: string,
  log: (line: Readonly<Record<string, unknown>>) => void,
  wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
): (record: CallRecord) => Promise<void> {
  return async (record) => {
    if (record.kind !== 'notify' || record.to === undefined || record.to.length === 0) return
    const { id, what, text, to } = record
    for (let tries = 1; tries <= triesMax; tries += 1)
      try {
        return await mail.send({ id, from, to, subject: noticeSubjects[what], text })
      } catch (error) {
        log({ level: tries < triesMax ? 'WARN' : 'ERROR', notice: id, error: String(error) })
        if (tries < triesMax) await wait(betweenTriesMs)
      }
  }
}
