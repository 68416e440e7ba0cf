import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repairWav } from '@offhook/edge/media/wav.ts'
import type { AudioFiles } from '@offhook/edge/sma/actions/action.ts'
import type { RenderOnce } from '@offhook/functions/speech/render-once.ts'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'

/** Suffix of the note beside a recording under way that says which object it is to become. */
const noteSuffix = '.key'

export interface LocalAudio extends AudioFiles {
  /** Recordings that a killed process left: mended and handed over as objects. Answers with how many. */
  recover(): Promise<number>
}

/** Sound of one machine: objects are files of the folder, recordings grow beside them and become objects by a rename. */
export function localAudio(objects: FolderObjects, speech: RenderOnce, folder: string): LocalAudio {
  const pathFor = (key: string) => join(folder, `${Buffer.from(key).toString('base64url')}.wav`)
  return {
    resolve: async (_bucket, key) => ((await objects.exists(key)) ? objects.pathOf(key) : undefined),
    speak: async (text, language) => objects.pathOf(await speech.renderOnce(text, language)),
    async beginRecording(_bucket, key) {
      objects.pathOf(key)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const path = pathFor(key)
      await writeFile(`${path}${noteSuffix}`, key, { mode: 0o600, flush: true })
      return path
    },
    async finishRecording(_bucket, key, path) {
      await objects.adopt(key, path)
      await rm(`${path}${noteSuffix}`, { force: true })
    },
    async recover() {
      const names = await readdir(folder).catch(() => [])
      let recovered = 0
      for (const name of names.filter((one) => one.endsWith(noteSuffix))) {
        const note = join(folder, name)
        const path = note.slice(0, -noteSuffix.length)
        const key = await readFile(note, 'utf8')
        const durationMs = await repairWav(path).catch(() => 0)
        if (durationMs > 0) {
          await objects.adopt(key, path)
          recovered += 1
        } else await rm(path, { force: true })
        await rm(note, { force: true })
      }
      return recovered
    },
  }
}
