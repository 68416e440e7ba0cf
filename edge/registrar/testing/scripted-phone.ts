import { answerChallenge } from '../../sip/digest.ts'
import { SipHeaders, type SipRequest } from '../../sip/message.ts'
import type { Flow, IncomingRequest, ResponseParts } from '../../sip/user-agent.ts'

/** An answer as the phone got it. */
export interface Answer extends ResponseParts {
  readonly status: number
}

export const headerOf = (answer: ResponseParts, name: string): string[] =>
  (answer.headers ?? []).filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

let flows = 0

export function flowFrom(
  remoteAddress: string,
  remotePort: number,
  transport: Flow['transport'] = 'udp',
): Flow & { isOpen: boolean } {
  flows += 1
  return {
    id: `flow-${flows}`,
    transport,
    localAddress: '192.0.2.1',
    localPort: 5060,
    remoteAddress,
    remotePort,
    isOpen: true,
  }
}

export interface RegisterParts {
  readonly username: string
  readonly password?: string
  readonly contacts?: readonly string[]
  readonly expires?: number
  readonly cseq?: number
  readonly sipCallId?: string
  readonly domain?: string
  /** User of the To header when it is not the one who proves himself. */
  readonly aor?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly flow?: Flow
}

export function registerRequest(parts: RegisterParts, authorization?: string): SipRequest {
  const domain = parts.domain ?? 'pbx.example'
  const aor = `<sip:${parts.aor ?? parts.username}@${domain}>`
  return {
    kind: 'request',
    method: 'REGISTER',
    uri: `sip:${domain}`,
    headers: new SipHeaders([
      ['Via', 'SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1'],
      ['From', `${aor};tag=1`],
      ['To', aor],
      ['Call-ID', parts.sipCallId ?? 'call-1'],
      ['CSeq', `${parts.cseq ?? 1} REGISTER`],
      ...(parts.contacts ?? []).map((contact): [string, string] => ['Contact', contact]),
      ...(parts.expires === undefined ? [] : [['Expires', String(parts.expires)] as [string, string]]),
      ...(authorization === undefined ? [] : [['Authorization', authorization] as [string, string]]),
      ...(parts.headers ?? []),
    ]),
    body: new Uint8Array(),
  }
}

/** Hands a request in and waits for its one answer. */
export async function answerTo(
  handle: (incoming: IncomingRequest) => Promise<void>,
  request: SipRequest,
  flow: Flow,
): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>()
  await handle({ request, flow, respond: (status, parts) => answered.resolve({ status, ...parts }) })
  return answered.promise
}

/** What a phone does: asks, is challenged, answers with its password. */
export async function register(
  handle: (incoming: IncomingRequest) => Promise<void>,
  parts: RegisterParts,
): Promise<Answer> {
  const flow = parts.flow ?? flowFrom('198.51.100.7', 5060)
  const first = await answerTo(handle, registerRequest(parts), flow)
  const challenge = headerOf(first, 'WWW-Authenticate')[0]
  if (first.status !== 401 || challenge === undefined) return first
  const credentials = { username: parts.username, password: parts.password ?? 'secret' }
  const authorization = answerChallenge(
    challenge,
    { method: 'REGISTER', uri: `sip:${parts.domain ?? 'pbx.example'}` },
    credentials,
  )
  return answerTo(handle, registerRequest(parts, authorization), flow)
}
