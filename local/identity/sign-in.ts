import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Store } from '@offhook/store/store.ts'
import type Provider from 'oidc-provider'
import * as z from 'zod'
import { Attempts } from './attempts.ts'
import { loginPage, messagePage, pageHeaders } from './pages.ts'

/** Bytes of a submitted form. */
const formBytesMax = 4_096
/** One line for every refusal: nobody learns which names exist or which are locked. */
const refusal =
  'That username and password do not go together here. After ten wrong tries a sign-in is closed for 15 minutes.'
/** Lock-outs already noted, so that knocking on a locked door does not fill the audit log. */
const notedMax = 10_000
const notedMs = 15 * 60_000

const Form = z.object({ username: z.string().trim().min(1).max(128), password: z.string().min(1).max(256) })

export interface SigningIn {
  readonly store: Store
  readonly provider: Provider
}

/** Who signs in is a person of one account; both are in the provider's name for them. */
export const accountAndSubject = (id: string): { readonly accountId: string; readonly subject: string } => {
  const at = id.indexOf(':')
  return { accountId: id.slice(0, at), subject: id.slice(at + 1) }
}
export const providerIdOf = (accountId: string, subject: string): string => `${accountId}:${subject}`

/** The address the console is at, as it told the provider: 40 characters at the most. */
export const addressIn = (params: { readonly account?: unknown } | undefined): string =>
  typeof params?.account === 'string' ? params.account.slice(0, 40) : ''

/** The pages between the console and its token: shows the form, takes it, and lets the provider go on. */
export class SignIn {
  readonly #store: Store
  readonly #provider: Provider
  readonly #attempts = new Attempts()
  readonly #noted = new Map<string, number>()

  constructor({ store, provider }: SigningIn) {
    this.#store = store
    this.#provider = provider
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const details = await this.#provider.interactionDetails(request, response)
    const account = await this.#store.accounts.byAddress(addressIn(details.params))
    if (account === undefined || details.prompt.name !== 'login')
      return send(response, 404, messagePage('Nobody is here', 'Open the console by the address of your organisation.'))
    const name = await this.#nameOf(account.accountId, account.name)
    const action = `/oidc/sign-in/${details.uid}`
    const target = originOf(details.params.redirect_uri)
    const show = (status: number, more: { readonly username?: string; readonly refusal?: string } = {}) =>
      send(response, status, loginPage({ accountName: name, action, ...more }), target)
    if (request.method === 'GET') return show(200)
    if (request.method !== 'POST') return send(response, 405, messagePage('Not so', 'Use the form.'))
    if (!this.#attempts.mayTry(request.socket.remoteAddress ?? '', Date.now()))
      return show(429, { refusal: 'Too many tries from here. Wait a minute.' })
    const form = Form.safeParse(Object.fromEntries(new URLSearchParams(await bodyOf(request))))
    if (!form.success) return show(400, { refusal: 'Enter your username and your password.' })
    const { username, password } = form.data
    const subject = await this.#attempts.check(() => this.#check(account.accountId, username, password))
    if (subject === undefined) return show(503, { refusal: 'Many people sign in just now. Try again.', username })
    if (subject === null) return show(401, { refusal, username })
    const accountId = providerIdOf(account.accountId, subject)
    const result = { login: { accountId, amr: ['pwd'] } }
    const location = await this.#provider.interactionResult(request, response, result, {
      mergeWithLastSubmission: false,
    })
    if (details.session !== undefined && details.session.accountId !== accountId) await this.#leave(details.session.uid)
    response.writeHead(303, { location }).end()
  }

  /** A browser is one person at a time: whoever signs in ends the session that was there, and the tokens that live with it. */
  async #leave(uid: string): Promise<void> {
    const session = await this.#provider.Session.findByUid(uid)
    if (session === undefined) return
    delete session.accountId
    session.authorizations = {}
    await session.persist()
  }

  /** The subject, or `null` where the door stays shut. Lock-outs and sign-ins are noted in the audit log. */
  async #check(accountId: string, username: string, password: string): Promise<string | null> {
    const result = await this.#store.people.signIn(accountId, username, password)
    if ('refused' in result) {
      if (result.refused === 'locked') await this.#noteLockOut(accountId, username)
      return null
    }
    const head = await this.#store.accounts.head(accountId)
    if (head?.enabled !== true) return null
    const { subject } = result.person
    await this.#store.audit.append(accountId, { by: subject, act: 'sign-in', kind: 'person', targetId: subject })
    return subject
  }

  async #noteLockOut(accountId: string, username: string): Promise<void> {
    const who = `${accountId}/${username.toLowerCase()}`
    if ((this.#noted.get(who) ?? 0) > Date.now()) return
    if (this.#noted.size >= notedMax) this.#noted.clear()
    this.#noted.set(who, Date.now() + notedMs)
    await this.#store.audit.append(accountId, {
      by: 'system',
      act: 'lock-out',
      kind: 'person',
      targetId: username.toLowerCase().slice(0, 128),
      summary: 'too many wrong passwords',
    })
  }

  async #nameOf(accountId: string, otherwise: string): Promise<string> {
    return (await this.#store.documents.get(accountId, 'account', 'account'))?.document.name ?? otherwise
  }
}

const originOf = (uri: unknown): string => (typeof uri === 'string' && URL.canParse(uri) ? new URL(uri).origin : '')

export function send(response: ServerResponse, status: number, html: string, formTarget = ''): void {
  response.writeHead(status, pageHeaders(formTarget))
  response.end(html)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > formBytesMax) return ''
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
