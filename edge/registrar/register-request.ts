import { parseNameAddr } from '../sip/headers.ts'
import type { SipRequest } from '../sip/message.ts'
import type { ContactUpdate } from './bindings.ts'

/** Contacts and Path values of one REGISTER that are looked at. */
export const contactsMax = 20
export const pathMax = 10

/** A qvalue, RFC 3261 §20.10; 1 when it is absent or malformed. */
function readQ(text: string | undefined): number {
  const q = text === undefined ? 1 : Number(text)
  return Number.isFinite(q) && q >= 0 && q <= 1 ? q : 1
}

/** Delta-seconds; a malformed value counts as an hour (RFC 3261 §20.19). */
export function readExpires(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return /^\d{1,10}$/.test(text.trim()) ? Number(text) : 3_600
}

function readContact(text: string): ContactUpdate | undefined {
  const contact = parseNameAddr(text)
  if (contact === undefined || contact.uri.length > 1_024) return undefined
  const expiresSeconds = readExpires(contact.params.get('expires'))
  const instanceId = contact.params.get('+sip.instance')
  const regId = Number(contact.params.get('reg-id') ?? 0)
  return {
    uri: contact.uri,
    q: readQ(contact.params.get('q')),
    ...(expiresSeconds === undefined ? {} : { expiresSeconds }),
    ...(instanceId === undefined ? {} : { instanceId: instanceId.slice(0, 200) }),
    ...(Number.isInteger(regId) && regId > 0 ? { regId } : {}),
  }
}

/** The Contact headers of a REGISTER; `undefined` when one is malformed or `*` stands beside others (RFC 3261 §10.2.2). */
export function readContacts(request: SipRequest): readonly ContactUpdate[] | '*' | undefined {
  const values = request.headers.values('contact')
  if (values.includes('*')) return values.length === 1 ? '*' : undefined
  if (values.length > contactsMax) return undefined
  const contacts = values.map(readContact)
  const read = contacts.filter((contact) => contact !== undefined)
  return read.length === contacts.length ? read : undefined
}
