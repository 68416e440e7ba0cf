import * as z from 'zod'
import { Id } from '../model/id.ts'
import { Media } from '../model/media.ts'
import { contract } from './contract.ts'

/** Longest file that is taken, bytes. */
export const audioBytesMax = 20_000_000

export const putMediaAudio = contract({
  method: 'put',
  path: '/media/{id}/audio',
  tag: 'Media',
  summary: 'Give a piece of media its sound: a WAV of PCM, kept as telephones play it (8 kHz, one channel)',
  params: z.object({ id: Id }),
  upload: { media: 'audio/wav', bytesMax: audioBytesMax },
  reply: Media,
  status: 200,
  may: 'config:write',
  etag: 'optional',
  refusals: [412, 413, 415],
})
