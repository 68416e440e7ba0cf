import { PbxError } from '@offhook/shared/pbx-error.ts'
import MailComposer from 'nodemailer/lib/mail-composer'
import { attachmentBytesMax, type Mail, recipientsMax } from './mail-port.ts'

/** A mail as RFC 5322 bytes; the one MIME builder of all adapters. Throws `PbxError('mail-too-large')` beyond the port's bounds. */
export function mimeOf(mail: Mail): Promise<Buffer> {
  const attachments = mail.attachments ?? []
  const bytes = attachments.reduce((sum, { content }) => sum + content.length, 0)
  if (mail.to.length === 0 || mail.to.length > recipientsMax || bytes > attachmentBytesMax)
    throw new PbxError('mail-too-large', { details: { recipients: mail.to.length, bytes } })
  const composer = new MailComposer({
    from: mail.from,
    to: [...mail.to],
    subject: mail.subject,
    text: mail.text,
    ...(mail.id === undefined ? {} : { messageId: messageId(mail.id, mail.from) }),
    attachments: attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content: Buffer.from(content),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

function messageId(id: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'localhost'
  return `<${id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}@${domain}>`
}
