import * as z from 'zod'
import { Role } from '../model/user.ts'

/** Who somebody is to the API. An operator runs the installation and may enter every account. */
export const ApiRole = z.union([Role, z.literal('operator')])
export type ApiRole = z.infer<typeof ApiRole>

/** Operators sign in at an account of their own, which holds nothing else. */
export const operatorAccountId = 'operator'

/** What can be allowed. `config` is every saved noun of the console but the account's own settings, and carriers. */
export const permissions = [
  'accounts:read',
  'accounts:write',
  'account:read',
  'account:write',
  'config:read',
  'config:write',
  'carriers:write',
  'people:write',
  'secrets:read',
  'secrets:write',
  'calls:read',
  'traces:read',
  'traces:write',
  'cdrs:read',
  'messages:read',
  'messages:write',
  'audit:read',
  'api-keys:read',
  'api-keys:write',
] as const
export type Permission = (typeof permissions)[number]

/** What a contract asks for: a permission, to be signed in, or nothing. */
export type Access = Permission | 'signed-in' | 'anyone'

/** Carriers are agreed with whoever runs the installation: calls come in by them, and cost. */
const ofOperator: readonly Permission[] = ['accounts:read', 'accounts:write', 'carriers:write']
/** Nothing secret and nobody's voice. */
const ofReadOnly: readonly Permission[] = ['account:read', 'config:read', 'calls:read', 'cdrs:read', 'audit:read']
/** Self-service: their own mailboxes, phones and calls only, which the handlers see to. */
const ofUser: readonly Permission[] = ['calls:read', 'cdrs:read', 'messages:read', 'messages:write']

const granted: Readonly<Record<ApiRole, ReadonlySet<Permission>>> = {
  operator: new Set(permissions),
  admin: new Set(permissions.filter((permission) => !ofOperator.includes(permission))),
  'read-only': new Set(ofReadOnly),
  user: new Set(ofUser),
}

/** Whether a role is enough. */
export const grants = (role: ApiRole, access: Access): boolean =>
  access === 'anyone' || access === 'signed-in' || granted[role].has(access)

export const permissionsOf = (role: ApiRole): Permission[] => [...granted[role]]
