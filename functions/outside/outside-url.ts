/**
 * Where the PBX asks or tells a URL that an administrator wrote. The address that is connected to is the one that was checked; nothing is
 * followed elsewhere, and time and size have a bound whatever the far end does.
 */
import { lookup as lookUpName } from 'node:dns/promises'
import { type ClientRequest, request as plainRequest, type RequestOptions } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { AddressPolicy } from './address-policy.ts'

export interface UrlRequest {
  readonly url: string
  /** JSON. */
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** From now to the last byte of the answer, ms. */
  readonly limitMs: number
  /** Bytes of the answer that are read; 0: its status is all that matters. */
  readonly bytesMax: number
}

export type UrlAnswer =
  | { readonly status: number; readonly contentType: string; readonly body: Buffer }
  /** `isFinal`: another try would end the same. */
  | { readonly problem: string; readonly isFinal: boolean }

export interface OutsideUrls {
  /** POST. Never rejects. */
  post(request: UrlRequest): Promise<UrlAnswer>
}

export interface OutsideUrlOptions {
  readonly policy: AddressPolicy
  /** Addresses of a name. @default the system's resolver */
  readonly resolve?: (name: string) => Promise<readonly string[]>
  /** Certificate authorities besides those of Node, PEM. */
  readonly ca?: string
}

/** Why no answer came, as an administrator reads it. */
class Refusal extends Error {
  readonly isFinal: boolean
  constructor(message: string, isFinal = false) {
    super(message)
    this.isFinal = isFinal
  }
}

const resolveName = async (name: string): Promise<string[]> =>
  (await lookUpName(name, { all: true, verbatim: true })).map(({ address }) => address)

export function outsideUrls({ policy, resolve = resolveName, ca }: OutsideUrlOptions): OutsideUrls {
  /** One address of the host that may be connected to. One forbidden among several is one too many: it would be this one's turn next time. */
  async function addressOf({ hostname, protocol }: URL): Promise<string> {
    const host = hostname.replace(/^\[|\]$/g, '')
    const addresses = isIP(host) === 0 ? await resolve(host) : [host]
    const [address] = addresses
    if (address === undefined) throw new Refusal(`${host} has no address`)
    if (!addresses.every(policy.allows)) throw new Refusal(`${host} is no public address`, true)
    if (protocol === 'http:' && !addresses.every(policy.isNamed)) throw new Refusal('only https is spoken there', true)
    return address
  }

  async function answerOf({ body, headers, bytesMax, ...wish }: UrlRequest, signal: AbortSignal): Promise<UrlAnswer> {
    const url = URL.canParse(wish.url) ? new URL(wish.url) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new Refusal('it is no address that can be asked', true)
    const address = await addressOf(url)
    signal.throwIfAborted()
    const options: RequestOptions & { readonly ca?: string } = {
      method: 'POST',
      agent: false,
      signal,
      lookup: to(address),
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'Offhook',
      },
      maxHeaderSize: 16_384,
      ...(ca === undefined ? {} : { ca }),
    }
    return read((url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options), body, bytesMax)
  }

  return {
    async post(wish) {
      const signal = AbortSignal.timeout(wish.limitMs)
      // The resolver cannot be stopped, only left alone.
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      try {
        return await Promise.race([answerOf(wish, signal), late])
      } catch (error) {
        if (signal.aborted) return { problem: `no answer within ${wish.limitMs / 1_000} seconds`, isFinal: false }
        if (error instanceof Refusal) return { problem: error.message, isFinal: error.isFinal }
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        return { problem: `no connection${code === '' ? '' : ` (${code})`}`, isFinal: false }
      }
    },
  }
}

/** Leads to one address, whatever the name would say by now: what was checked is what is connected to. */
const to =
  (address: string): LookupFunction =>
  (_name, options, callback) => {
    const family = isIP(address)
    if (options.all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }

function read(request: ClientRequest, body: string, bytesMax: number): Promise<UrlAnswer> {
  return new Promise((resolve, reject) => {
    const give = (answer: UrlAnswer) => {
      resolve(answer)
      request.destroy()
    }
    request.on('error', reject)
    request.on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      const contentType = headers['content-type'] ?? ''
      if (bytesMax === 0) return give({ status, contentType, body: Buffer.alloc(0) })
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > bytesMax) return give({ problem: `it answered with more than ${bytesMax} bytes`, isFinal: false })
        chunks.push(chunk)
      })
      response.on('end', () => give({ status, contentType, body: Buffer.concat(chunks) }))
    })
    request.end(body)
  })
}
