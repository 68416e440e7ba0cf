import type { IncomingRequest } from '../sip/user-agent.ts'

/** A refusal is sent this long after the request came, whatever the reason, so that its time tells nothing. */
export const refusalMs = 100
/** Refusals that wait at once; beyond it the request gets no answer, which is what a guesser at that rate deserves. */
export const refusalsWaitingMax = 2_000

/** Every refusal for want of a proof looks the same and comes at the same time. */
export type Refuse = (incoming: Pick<IncomingRequest, 'respond'>, header: string, sinceMs: number) => void

export function createRefusals(nowMs: () => number): Refuse {
  let waiting = 0
  return (incoming, header, sinceMs) => {
    if (waiting >= refusalsWaitingMax) return
    waiting += 1
    const send = () => {
      waiting -= 1
      incoming.respond(401, { headers: [['WWW-Authenticate', header]] })
    }
    setTimeout(send, Math.max(0, sinceMs + refusalMs - nowMs()))
  }
}
