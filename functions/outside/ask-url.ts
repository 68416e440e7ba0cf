import { toldText } from '@offhook/shared/callflow/told-of-call.ts'
import { type CallCommandOf, type CallEventOf, urlAnswerCharsMax } from '@offhook/shared/callflow/vocabulary.ts'
import type { OutsideUrls, UrlAnswer } from './outside-url.ts'
import { signedRequest } from './signed-request.ts'

/** The longest one answer is waited for, and all of one turn together, ms: a turn is over after 4.5 s. */
export const askMs = 2_000
export const asksOfTurnMs = 3_000
/** An answer of less time than this is not waited for. */
const worthMs = 200

export interface AskParts {
  readonly urls: OutsideUrls | undefined
  readonly trustKey: string
  /** The clock that signatures bear. */
  readonly nowMs: () => number
}

type Answered = Pick<CallEventOf<'answered-url'>, 'text' | 'problem'>

/** Puts a question of a call's to its URL. Never rejects: a call whose URL does not answer goes on without. */
export async function askUrl(
  { urls, trustKey, nowMs }: AskParts,
  accountId: string,
  { id, url, signedFor, body }: CallCommandOf<'ask-url'>,
  leftMs: number,
): Promise<Answered> {
  if (urls === undefined) return { problem: 'this installation asks no URLs' }
  const limitMs = Math.min(askMs, leftMs)
  if (limitMs < worthMs) return { problem: 'URLs have taken all the time of this turn' }
  const request = signedRequest(trustKey, { id, accountId, signedFor, text: toldText(id, body) }, nowMs())
  return answeredBy(await urls.post({ url, ...request, limitMs, bytesMax: urlAnswerCharsMax }))
}

function answeredBy(answer: UrlAnswer): Answered {
  if ('problem' in answer) return { problem: answer.problem }
  const { status, contentType, body } = answer
  if (status >= 300 && status < 400) return { problem: `it answered ${status}: nothing is followed elsewhere` }
  if (status < 200 || status >= 300) return { problem: `it answered ${status}` }
  if (!/^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i.test(contentType))
    return {
      problem: `it answered with ${contentType.slice(0, 60) || 'no content type'} and not with application/json`,
    }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(body) }
  } catch (cause) {
    if (cause instanceof TypeError) return { problem: 'its answer is no UTF-8' }
    throw cause
  }
}
