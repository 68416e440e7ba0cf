import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { MailPort } from './mail-port.ts'
import { mimeOf } from './mime.ts'

/** Amazon SES v2, as raw MIME. `from` must be a verified identity. */
export function sesMail(client: Pick<SESv2Client, 'send'>): MailPort {
  return {
    async send(mail) {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: mail.from,
          Destination: { ToAddresses: [...mail.to] },
          Content: { Raw: { Data: await mimeOf(mail) } },
        }),
      )
    },
  }
}
