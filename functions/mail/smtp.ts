import { createTransport } from 'nodemailer'
import type { MailPort } from './mail-port.ts'
import { mimeOf } from './mime.ts'

/** Milliseconds to reach the server, and for each of its answers. */
const patienceMs = 15_000

/** The installation's own mail server, `smtp://user:password@host:port` or `smtps://…`. STARTTLS where it is offered. */
export function smtpMail(url: string): MailPort {
  const transport = createTransport({
    url,
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
  })
  return {
    async send(mail) {
      await transport.sendMail({ envelope: { from: mail.from, to: [...mail.to] }, raw: await mimeOf(mail) })
    },
  }
}
