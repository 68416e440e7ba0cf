import type { NumberClass, Restrictions } from '../model/number.ts'

export interface RestrictionLevels {
  readonly account: { readonly restrictions: Restrictions }
  readonly user?: { readonly restrictions: Restrictions } | undefined
  readonly device?: { readonly restrictions: Restrictions } | undefined
}

/** What an account that says nothing forbids: the calls that fraudsters place. */
const deniedByDefault: ReadonlySet<NumberClass> = new Set(['international', 'premium', 'caribbean', 'unknown'])

export interface Permission {
  readonly allowed: boolean
  readonly deniedBy?: 'account' | 'user' | 'device'
}

/** A denial on any level stands; only the account can open what is closed by default. */
export function isAllowed(numberClass: NumberClass, levels: RestrictionLevels): Permission {
  const account = levels.account.restrictions[numberClass] ?? (deniedByDefault.has(numberClass) ? 'deny' : 'allow')
  if (account === 'deny') return { allowed: false, deniedBy: 'account' }
  if (levels.user?.restrictions[numberClass] === 'deny') return { allowed: false, deniedBy: 'user' }
  if (levels.device?.restrictions[numberClass] === 'deny') return { allowed: false, deniedBy: 'device' }
  return { allowed: true }
}
