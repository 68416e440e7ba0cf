import type { Device } from '../model/device.ts'
import type { User } from '../model/user.ts'
import type { CallView } from './define-module.ts'

/** Whose settings a caller may change by phone: the person at the phone, else the phone itself. Nobody's for callers from outside. */
export type OwnEndpoint =
  | { readonly kind: 'user'; readonly id: string; readonly document: User }
  | { readonly kind: 'device'; readonly id: string; readonly document: Device }

export function ownEndpoint(view: CallView): OwnEndpoint | undefined {
  const user = view.callingUser
  if (user !== undefined) return { kind: 'user', id: user.id, document: user }
  const device = view.callingDevice
  return device === undefined ? undefined : { kind: 'device', id: device.id, document: device }
}
