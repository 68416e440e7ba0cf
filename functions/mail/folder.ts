import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MailPort } from './mail-port.ts'
import { mimeOf } from './mime.ts'

/** A mailbox of files, `<instant>-<id>.eml`, one a mail, for machines without a mail server; the console shows them. */
export function folderMail(folder: string, now: () => Date = () => new Date()): MailPort {
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name =
        mail.id === undefined ? randomUUID() : createHash('sha256').update(mail.id).digest('hex').slice(0, 32)
      const path = join(folder, `${now().toISOString().replaceAll(':', '-')}-${name}.eml`)
      // Readers see whole mails only.
      await writeFile(`${path}.part`, await mimeOf(mail), { mode: 0o600 })
      await rename(`${path}.part`, path)
    },
  }
}
