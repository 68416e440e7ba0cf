import type { MediaProfile } from '../media/media-engine.ts'
import type { SipMessage } from '../sip/message.ts'

const decoder = new TextDecoder()
export const sdpType = 'application/sdp'
/** Parts of a multipart body that are looked at. */
const partsMax = 10

/** The SDP of a message, also out of a multipart body (RFC 5621); `undefined` when it has none. */
export function sdpOf(message: SipMessage): string | undefined {
  if (message.body.length === 0) return undefined
  const type = message.headers.get('content-type') ?? sdpType
  const text = decoder.decode(message.body)
  if (/^\s*application\/sdp\b/i.test(type)) return text
  const boundary = /^\s*multipart\/.*;\s*boundary\s*=\s*"?([^";]{1,70})"?/i.exec(type)?.[1]
  if (boundary === undefined) return undefined
  for (const part of text.split(`--${boundary}`, partsMax + 1).slice(1)) {
    const [head = '', ...rest] = part.split(/\r?\n\r?\n/)
    if (/^content-type\s*:\s*application\/sdp\b/im.test(head)) return rest.join('\r\n\r\n')
  }
  return undefined
}

/** How the far end wants its audio carried, by the protocol of its audio line: RFC 3551, RFC 4568, RFC 8827. */
export function profileOf(sdp: string): MediaProfile {
  const protocol = /^m=audio \d+(?:\/\d+)? (\S+)/m.exec(sdp)?.[1] ?? 'RTP/AVP'
  if (/SAVPF$/i.test(protocol)) return 'webrtc'
  return /SAVP$/i.test(protocol) ? 'sdes' : 'rtp'
}
