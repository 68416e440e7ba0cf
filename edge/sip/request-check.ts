import { allowedMethods, makeResponse, newTag, supportedExtensions } from './compose.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { parseSipUri } from './uri.ts'

const methods = new Set(allowedMethods.split(', '))
/** Bodies of an INVITE that are looked into: SDP, and SDP beside a caller's location. */
const bodyTypes = /^\s*(?:application\/sdp|multipart\/(?:mixed|alternative|related))\s*(?:;|$)/i
const answerTypes = /^\s*(?:application\/sdp|application\/\*|\*\/\*|multipart\/mixed)\s*(?:;|$)/i

const isOptional = (request: SipRequest): boolean =>
  /;\s*handling\s*=\s*optional/i.test(request.headers.get('content-disposition') ?? '')

/** 415 for a body nobody here can read, 406 for a caller who would not read our SDP. RFC 3261 §8.2.3, §21.4.7. */
function bodyRefusal({ headers, body }: SipRequest): [status: number, headers: [string, string][]] | undefined {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase()
  if (encoding !== undefined && encoding !== 'identity') return [415, [['Accept-Encoding', 'identity']]]
  if (body.length > 0 && !bodyTypes.test(headers.get('content-type') ?? ''))
    return [415, [['Accept', 'application/sdp']]]
  const accepted = headers.values('accept')
  return accepted.length > 0 && !accepted.some((type) => answerTypes.test(type)) ? [406, []] : undefined
}

/** What RFC 3261 §8.2 has every server refuse before it looks at what is asked; `undefined` when the request may be looked at. */
export function refusalOf(request: SipRequest): SipResponse | undefined {
  const { headers, method } = request
  const answer = (status: number, extra: [string, string][] = []) =>
    makeResponse(request, status, newTag(), { headers: extra })
  if (!methods.has(method)) return answer(501, [['Allow', allowedMethods]])
  if (!/^(sips?|tel):/i.test(request.uri)) return answer(416)
  if (headers.get('max-forwards')?.trim() === '0' && method !== 'OPTIONS') return answer(483)
  // An AOR is a SIP URI (§10.3 step 5).
  if (method === 'REGISTER' && parseSipUri(headers.to.uri) === undefined) return answer(400)
  if (method === 'CANCEL') return undefined
  const unsupported = [...headers.values('require'), ...headers.values('proxy-require')].filter(
    (tag) => !supportedExtensions.includes(tag.toLowerCase()),
  )
  if (unsupported.length > 0) return answer(420, [['Unsupported', unsupported.join(', ')]])
  const wrong = method === 'INVITE' && !isOptional(request) ? bodyRefusal(request) : undefined
  return wrong === undefined ? undefined : answer(...wrong)
}
