import type { ConsoleConfig } from './console-config.ts'
import { refresh, type Tokens } from './sign-in.ts'

/** Renewed this long before its end, ms. */
const earlyMs = 30_000

export class SignedOut extends Error {}

/** Requests of the signed-in person, inside their account. Tokens are renewed by themselves; when that fails, `SignedOut` is thrown. */
export class Api {
  readonly #config: ConsoleConfig
  #tokens: Tokens

  constructor(config: ConsoleConfig, tokens: Tokens) {
    this.#config = config
    this.#tokens = tokens
  }

  async #token(): Promise<string> {
    const { accessToken, refreshToken, endsAtMs } = this.#tokens
    if (endsAtMs - Date.now() > earlyMs) return accessToken
    if (refreshToken === undefined) throw new SignedOut('You have been signed out. Sign in again.')
    try {
      this.#tokens = await refresh(this.#config, refreshToken)
    } catch {
      throw new SignedOut('You have been signed out. Sign in again.')
    }
    return this.#tokens.accessToken
  }

  async ask<T>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<T> {
    const url = path.startsWith('/')
      ? `${this.#config.apiUrl}${path}`
      : `${this.#config.apiUrl}/accounts/${this.#config.accountId}/${path}`
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${await this.#token()}` } })
    if (response.status === 401) throw new SignedOut('You have been signed out. Sign in again.')
    const body = (await response.json()) as T & { detail?: string }
    if (!response.ok) throw new Error(body.detail ?? `The server answered ${response.status}.`)
    return body
  }
}
