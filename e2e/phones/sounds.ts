import { join } from 'node:path'
import type { Media } from '@offhook/shared/model/media.ts'
import type { AccountApi } from '../testing/account-api.ts'
import type { RunningSystem } from '../testing/running-system.ts'
import { clipOf, readWav } from './clip.ts'

const objectOf = (system: RunningSystem, key: string) => join(system.folder, 'objects', 'objects', ...key.split('/'))

/** A piece of one of the system's own sentences, to be recognised by. */
export const promptClip = (system: RunningSystem, id: string): Int16Array =>
  clipOf(readWav(objectOf(system, `prompts/en-US/${id}.wav`)))

/** A piece of a recording of the account, as its file is stored. */
export async function mediaClip(system: RunningSystem, api: AccountApi, id: string): Promise<Int16Array> {
  const { objectKey } = await api.ask<Media>('GET', `media/${id}`)
  if (objectKey === undefined) throw new Error(`${id} has no sound`)
  return clipOf(readWav(objectOf(system, objectKey)))
}
