import { type Contract, type ReplyOf, urlOf } from '@offhook/shared/api/contract.ts'
import { jsonOf, NoConnection, Refused, reach } from './connection.ts'
import type { ConsoleConfig } from './console-config.ts'
import { refresh, type Tokens } from './sign-in.ts'

/** Renewed this long before its end, ms. */
const earlyMs = 30_000

/** The sign-in is over: only signing in again helps. */
export class SignedOut extends Error {
  constructor() {
    super('You have been signed out. Sign in again.')
  }
}

export interface Asked {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
}

/** Requests of the signed-in person, inside their account. Tokens are renewed by themselves. */
export class Api {
  readonly #config: ConsoleConfig
  #tokens: Tokens
  #refreshing: Promise<Tokens> | undefined

  constructor(config: ConsoleConfig, tokens: Tokens) {
    this.#config = config
    this.#tokens = tokens
  }

  /** What a contract promises. Throws Refused, SignedOut, or NoConnection. */
  async ask<C extends Contract>(contract: C, asked: Asked = {}): Promise<ReplyOf<C>> {
    const body = await jsonOf(await this.#send(contract, asked))
    return contract.reply?.parse(body) as ReplyOf<C>
  }

  /** The sound a contract answers with. */
  async sound(contract: Contract & { readonly media: 'audio/wav' }, asked: Asked): Promise<Blob> {
    return (await this.#send(contract, asked)).blob()
  }

  async #send(contract: Contract, { params, query }: Asked): Promise<Response> {
    const path = urlOf(contract, { accountId: this.#config.accountId, ...params }, query)
    const url = new URL(path, this.#config.apiUrl)
    const send = async (token: string) =>
      reach(url, { method: contract.method.toUpperCase(), headers: { authorization: `Bearer ${token}` } })
    const token = await this.#token()
    const first = await send(token)
    // A clock that was put back, or a machine that slept: the token ended earlier than was thought here.
    const response = first.status === 401 ? await send(await this.#another(token)) : first
    if (response.status === 401) throw new SignedOut()
    if (response.ok) return response
    const { detail, code } = (await jsonOf(response)) as { detail?: string; code?: string }
    throw new Refused(detail ?? `The server answered ${response.status}.`, response.status, code)
  }

  async #token(): Promise<string> {
    const { accessToken, endsAtMs } = this.#tokens
    if (endsAtMs - Date.now() > earlyMs) return accessToken
    try {
      return (await this.#renewed()).accessToken
    } catch (error) {
      if (error instanceof NoConnection && endsAtMs > Date.now()) return accessToken
      throw error
    }
  }

  /** A token other than the one that was refused. */
  async #another(refused: string): Promise<string> {
    return this.#tokens.accessToken === refused ? (await this.#renewed()).accessToken : this.#tokens.accessToken
  }

  /**
   * A refresh token is good for one use, and a second use ends the sign-in as a theft would: whoever needs a token while one is being
   * fetched waits for the same one.
   */
  #renewed(): Promise<Tokens> {
    this.#refreshing ??= this.#renew().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #renew(): Promise<Tokens> {
    const { refreshToken } = this.#tokens
    if (refreshToken === undefined) throw new SignedOut()
    try {
      this.#tokens = await refresh(this.#config, refreshToken)
    } catch (error) {
      // A server that is down has not signed anybody out: the tokens are kept for when it is back.
      if (error instanceof NoConnection) throw error
      this.#tokens = { ...this.#tokens, refreshToken: undefined, endsAtMs: 0 }
      throw new SignedOut()
    }
    return this.#tokens
  }
}
