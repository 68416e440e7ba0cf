import type { UserAgent } from '../sip/user-agent.ts'
import type { Location } from './location-table.ts'
import { reachedAt } from './reached-at.ts'
import type { Registrar } from './registrar.ts'

export interface ResyncAnswer {
  readonly contact: string
  readonly userAgent?: string
  /** What the phone answered; 408 and 503 stand for nothing. */
  readonly status: number
}

interface Parts {
  readonly userAgent: Pick<UserAgent, 'request'>
  readonly registrar: Pick<Registrar, 'find' | 'device'>
  readonly domain: string
}

/** An event name with parameters, nothing that could end its line. */
const eventPattern = /^[\w.-]{1,40}(;[\w-]{1,40}=[\w-]{1,40}){0,4}$/

/**
 * NOTIFY with an event that no RFC has and every desk phone knows (`check-sync`): outside any subscription, so it is the last of one
 * (RFC 6665 §4.1.3). Phones that ask who wants that are answered with the password they register with.
 */
export async function askToResync(
  { userAgent, registrar, domain }: Parts,
  accountId: string,
  username: string,
  event: string,
): Promise<ResyncAnswer[]> {
  if (!eventPattern.test(event)) throw new TypeError(`not an event: ${event}`)
  const locations = registrar.find(username).filter(({ binding }) => binding.accountId === accountId)
  if (locations.length === 0) return []
  const device = await registrar.device(username)
  const ask = async (location: Location): Promise<ResyncAnswer> => {
    const { binding, flow } = location
    const known = binding.userAgent === undefined ? {} : { userAgent: binding.userAgent }
    const uri = reachedAt(location)
    if (uri === undefined) return { contact: binding.contact, ...known, status: 503 }
    const { status } = await userAgent.request({
      method: 'NOTIFY',
      uri,
      ...(flow === undefined ? {} : { flow }),
      from: { uri: `sip:${username}@${domain}` },
      to: { uri: `sip:${username}@${domain}` },
      headers: [
        ['Event', event],
        ['Subscription-State', 'terminated'],
      ],
      route: binding.path.map((path) => (path.includes('<') ? path : `<${path}>`)),
      ...(device === undefined ? {} : { credentials: { username: device.username, password: device.password } }),
    })
    return { contact: binding.contact, ...known, status }
  }
  return Promise.all(locations.map(ask))
}
