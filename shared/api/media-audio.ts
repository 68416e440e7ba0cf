import * as z from 'zod'
import { Id } from '../model/id.ts'
import { Media } from '../model/media.ts'
import { contract } from './contract.ts'

/** Longest file that is taken, bytes. */
export const audioBytesMax = 20_000_000

const tag = 'Media'
const ById = z.object({ id: Id })

export const putMediaAudio = contract({
  method: 'put',
  path: '/media/{id}/audio',
  tag,
  summary:
    'Give a piece of media its sound: a WAV of PCM, an MP3, or an OGG of Vorbis or Opus, kept as telephones play it (8 kHz, one channel)',
  params: ById,
  /** `browser`: somebody has just spoken it into the console. */
  query: z.object({ source: z.enum(['upload', 'browser']).default('upload') }),
  upload: { media: ['audio/wav', 'audio/mpeg', 'audio/ogg'], bytesMax: audioBytesMax },
  reply: Media,
  status: 200,
  may: 'config:write',
  etag: 'optional',
  refusals: [412, 413, 415, 503],
})

export const getMediaAudio = contract({
  method: 'get',
  path: '/media/{id}/audio',
  tag,
  summary: 'What callers hear of a piece of media; one byte range may be asked for (RFC 9110 §14)',
  params: ById,
  media: 'audio/wav',
  status: 200,
  may: 'config:read',
  refusals: [416],
})
