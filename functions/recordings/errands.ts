import { PbxError } from '@offhook/shared/pbx-error.ts'
import { Errand } from '@offhook/store/errands.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import type { MailPort } from '../mail/mail-port.ts'
import { noticeSubjects } from '../mail/notices.ts'
import { forwardMessage } from './forward-message.ts'
import { keepGreeting } from './keep-greeting.ts'
import { keepRecording } from './keep-recording.ts'
import { keepSetting } from './keep-setting.ts'

export interface ErrandParts {
  readonly store: Pick<Store, 'messages' | 'documents' | 'facts'>
  readonly objects: ObjectStore
  readonly mail: MailPort
  /** Sender of notices. */
  readonly mailFrom: string
  readonly read: (key: string, bytesMax: number) => Promise<Uint8Array | undefined>
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

function run(parts: ErrandParts, errand: Errand): Promise<void> {
  switch (errand.kind) {
    case 'greeting':
      return keepGreeting(parts, errand)
    case 'recording':
      return keepRecording(parts, errand)
    case 'setting':
      return keepSetting(parts, errand)
    case 'forward':
      return forwardMessage(parts, errand)
    case 'notice': {
      const { id, to, text, what } = errand
      return parts.mail.send({ id, from: parts.mailFrom, to, subject: noticeSubjects[what], text })
    }
  }
}

/** Times an errand is begun anew because somebody saved the same document. */
const savesMax = 5

async function patiently(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      return await work()
    } catch (error) {
      if (tries === savesMax || !(error instanceof PbxError) || error.code !== 'revision-conflict') throw error
    }
}

/** Does what a call left behind, then forgets it. An errand that is gone has been done; one that fails rejects and comes again. */
export async function errandArrived(parts: ErrandParts, key: string): Promise<void> {
  const bytes = await parts.objects.get(key)
  if (bytes === undefined) return
  const errand = Errand.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  await patiently(() => run(parts, errand))
  await parts.objects.remove(key)
}
