import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import { notFound } from './auth.ts'
import { readRange } from './byte-range.ts'
import { problemOf, problemResponse } from './problem.ts'

/** Longer audio is fetched from the object store itself: a function's answer has 6 MB, base64 included. */
const answerBytesMax = 4_000_000
const linkSeconds = 300

export interface StoredAudio {
  readonly objectKey: string
  /** Range as it was asked for, RFC 9110 §14.2. */
  readonly range: string | undefined
  /** Name a browser saves it by. */
  readonly filename: string
  /** What it is called where it is gone: "The audio of this message". */
  readonly what: string
}

/** RFC 9110 §15.5.17: says how long it is. */
function unsatisfiable(length: number): Response {
  const error = new PbxError('range-not-satisfiable', { status: 416, message: `The audio has ${length} bytes.` })
  const response = problemResponse(problemOf(error))
  response.headers.set('content-range', `bytes */${length}`)
  return response
}

/** A WAV of the object store, whole or the part asked for; a short-lived address of it (307) where it is too long for an answer. */
export async function storedAudio(
  objects: ObjectStore,
  { objectKey, range, filename, what }: StoredAudio,
): Promise<Response> {
  const found = await objects.head(objectKey)
  if (found === undefined) throw notFound(`${what} is gone.`)
  const part = readRange(range, found.bytes)
  if (part === 'none') return unsatisfiable(found.bytes)
  const length = part === 'all' ? found.bytes : part.last - part.first + 1
  if (length > answerBytesMax)
    return new Response(null, {
      status: 307,
      headers: { location: await objects.signedUrl(objectKey, linkSeconds) },
    })
  const bytes = await objects.get(objectKey)
  if (bytes === undefined) throw notFound(`${what} is gone.`)
  const headers = {
    'content-type': 'audio/wav',
    'accept-ranges': 'bytes',
    'content-disposition': `inline; filename="${filename}.wav"`,
  }
  if (part === 'all') return new Response(Uint8Array.from(bytes), { headers })
  return new Response(Uint8Array.from(bytes.subarray(part.first, part.last + 1)), {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${part.first}-${part.last}/${bytes.length}` },
  })
}
