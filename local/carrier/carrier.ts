import { createMediaEngine } from '@offhook/edge/media/worker-media-engine.ts'
import { createUserAgent } from '@offhook/edge/sip/sip-user-agent.ts'
import { parseSipUri, type SipUri, uriHost } from '@offhook/edge/sip/uri.ts'
import type { Flow, IncomingInvite, IncomingRequest } from '@offhook/edge/sip/user-agent.ts'
import { normaliseNumber } from '@offhook/shared/numbers/normalise.ts'
import { behave, carrierCallsMax, relay } from './carrier-calls.ts'
import { outsideNumbers } from './outside-number.ts'

/** Outside phones that may be registered with the simulated carrier at once. */
const phonesMax = 200
const registrationSeconds = 3_600

export interface CarrierOptions {
  readonly listen: string
  readonly port: number
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** Where the PBX takes calls from its trunk. */
  readonly pbx: { readonly host: string; readonly port: number }
  /** True for a DID of some account of this PBX. */
  isDid(number: string): Promise<boolean>
}

export interface Carrier {
  readonly address: string
  readonly port: number
  /** Outside phones registered just now, E.164. */
  phones(): string[]
  close(): Promise<void>
}

interface OutsidePhone {
  readonly contact: SipUri
  readonly flow: Flow
  readonly expiresAtMs: number
}

/**
 * A carrier made of nothing but loopback: any SIP phone that calls a DID here is an outside caller, and calls of the PBX to outside
 * numbers reach numbers that behave in known ways or a phone that registered here with its number as user name. It asks for no
 * password, so it only ever listens on the address of the PBX's own settings; and it never pretends to reach emergency services.
 */
export async function startCarrier(options: CarrierOptions): Promise<Carrier> {
  const media = await createMediaEngine({ listen: options.listen, rtpPorts: options.rtpPorts })
  const userAgent = await createUserAgent({
    listen: { host: options.listen, udpPort: options.port, tcpPort: options.port },
    serverName: 'Offhook simulated carrier',
  })
  const port = userAgent.addresses.udp?.port ?? options.port
  const phones = new Map<string, OutsidePhone>()
  let calls = 0

  const register = (incoming: IncomingRequest) => {
    const user = normaliseNumber(parseSipUri(incoming.request.headers.to.uri)?.user ?? '', 'US')
    const contact = incoming.request.headers.get('contact')
    const expires = Number(incoming.request.headers.get('expires') ?? registrationSeconds)
    if (!user.startsWith('+')) return incoming.respond(403, { reason: 'Register with an E.164 number as user name' })
    const uri =
      contact === undefined ? undefined : parseSipUri(/<([^>]+)>/.exec(contact)?.[1] ?? contact.split(';')[0] ?? '')
    if (contact?.trim() === '*' || expires === 0 || /;\s*expires\s*=\s*0\b/i.test(contact ?? '')) phones.delete(user)
    else if (uri !== undefined && (phones.has(user) || phones.size < phonesMax))
      phones.set(user, {
        contact: uri,
        flow: incoming.flow,
        expiresAtMs: Date.now() + Math.min(expires, registrationSeconds) * 1_000,
      })
    else if (uri !== undefined) return incoming.respond(503)
    incoming.respond(
      200,
      contact === undefined
        ? {}
        : {
            headers: [
              ['Contact', contact],
              ['Expires', String(Math.min(expires, registrationSeconds))],
            ],
          },
    )
  }

  const phoneOf = (number: string): OutsidePhone | undefined => {
    const phone = phones.get(number)
    if (phone !== undefined && (phone.expiresAtMs <= Date.now() || !phone.flow.isOpen)) phones.delete(number)
    return phones.get(number)
  }

  const route = async (invite: IncomingInvite) => {
    const dialled = parseSipUri(invite.request.uri)?.user ?? ''
    const number = normaliseNumber(dialled, 'US')
    const from = parseSipUri(invite.request.headers.from.uri)?.user ?? 'anonymous'
    const fromName = invite.request.headers.from.displayName
    const parts = {
      ...(fromName === undefined ? {} : { fromName }),
      from: `sip:${encodeURIComponent(from).replace('%2B', '+')}@${uriHost(options.listen)}:${port}`,
    }
    const phone = phoneOf(number)
    const behaviour = outsideNumbers.get(number)
    if (await options.isDid(number)) {
      const uri = parseSipUri(`sip:${number}@${uriHost(options.pbx.host)}:${options.pbx.port}`)
      if (uri !== undefined)
        return relay(invite, { ...parts, uri, to: `sip:${number}@${uriHost(options.pbx.host)}` }, { userAgent, media })
    }
    if (phone !== undefined)
      return relay(
        invite,
        { ...parts, uri: phone.contact, flow: phone.flow, to: `sip:${number}@${uriHost(options.listen)}` },
        { userAgent, media },
      )
    if (behaviour !== undefined) return behave(invite, behaviour, { userAgent, media })
    invite.respond(404, { reason: 'No such number at the simulated carrier' })
  }

  userAgent.onRequest((incoming) => {
    if (incoming.request.method === 'REGISTER') return register(incoming)
    if (incoming.request.method === 'OPTIONS') return incoming.respond(200)
    incoming.respond(405)
  })
  userAgent.onInvite((invite) => {
    calls = userAgent.counts().dialogs
    if (calls >= carrierCallsMax) return invite.respond(503)
    route(invite).catch(() => invite.respond(500))
  })
  return {
    address: options.listen,
    port,
    phones: () => [...phones.keys()].filter((number) => phoneOf(number) !== undefined),
    async close() {
      await userAgent.close()
      await media.close()
    },
  }
}
