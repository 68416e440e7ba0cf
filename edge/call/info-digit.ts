import type { SipMessage } from '../sip/message.ts'

const decoder = new TextDecoder()

/** The key in a SIP INFO, as phones send it: `application/dtmf-relay` (Signal=5) or `application/dtmf` (5). 10 and 11 are * and #. */
export function readInfoDigit(message: SipMessage): string | undefined {
  const type = message.headers.get('content-type')?.toLowerCase() ?? ''
  if (message.body.length > 200) return undefined
  const text = decoder.decode(message.body)
  const written = type.startsWith('application/dtmf-relay')
    ? /^\s*Signal\s*=\s*(\S{1,2})/im.exec(text)?.[1]
    : type.startsWith('application/dtmf')
      ? text.trim()
      : undefined
  const key = written === '10' ? '*' : written === '11' ? '#' : written?.toUpperCase()
  return key !== undefined && /^[\d*#A-D]$/.test(key) ? key : undefined
}
