import type { Flow, UserAgent } from '../sip/user-agent.ts'

/** Messages of one dialog, dialogs, and characters of a message that are kept. */
export const messagesMax = 200
export const dialogsMax = 500
export const messageLengthMax = 4_096

export interface LadderMessage {
  readonly atMs: number
  readonly direction: 'in' | 'out'
  readonly transport: Flow['transport']
  readonly remote: string
  /** Authorization values and SDES keys are taken out. */
  readonly text: string
}

/** SIP messages by Call-ID, recorded only after being asked for: a ladder costs memory on every call. */
export interface Ladder {
  /** Records everything from now on for so long, ms. */
  record(forMs: number): void
  /** What was recorded of one Call-ID, oldest first. */
  of(sipCallId: string): readonly LadderMessage[]
  readonly sipCallIds: readonly string[]
}

const redact = (text: string): string =>
  text
    .replaceAll(/^((?:Proxy-)?Authorization\s*:\s*\S+).*$/gim, '$1 [redacted]')
    .replaceAll(/^(a=crypto:\d+ \S+).*$/gim, '$1 [redacted]')

export function createLadder(userAgent: UserAgent): Ladder {
  const dialogs = new Map<string, LadderMessage[]>()
  const decoder = new TextDecoder()
  let untilMs = 0

  userAgent.onMessage((direction, bytes, flow, atMs) => {
    if (atMs >= untilMs) return
    const text = decoder.decode(bytes.subarray(0, messageLengthMax))
    const sipCallId = /^(?:Call-ID|i)\s*:\s*(\S+)/im.exec(text)?.[1]
    if (sipCallId === undefined) return
    const messages = dialogs.get(sipCallId) ?? []
    if (!dialogs.has(sipCallId) && dialogs.size >= dialogsMax) dialogs.delete(dialogs.keys().next().value ?? '')
    dialogs.set(sipCallId, messages)
    if (messages.length >= messagesMax) messages.shift()
    messages.push({
      atMs,
      direction,
      transport: flow.transport,
      remote: `${flow.remoteAddress}:${flow.remotePort}`,
      text: redact(text),
    })
  })

  return {
    record(forMs) {
      untilMs = Date.now() + forMs
      dialogs.clear()
    },
    of: (sipCallId) => dialogs.get(sipCallId) ?? [],
    get sipCallIds() {
      return [...dialogs.keys()]
    },
  }
}
