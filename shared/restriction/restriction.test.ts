import { describe, expect, it } from 'vitest'
import { Account } from '../model/account.ts'
import { NumberClass } from '../model/number.ts'
import { isAllowed } from './restriction.ts'

const nothing = { restrictions: {} }
const denied = (numberClass: NumberClass) => ({ restrictions: { [numberClass]: 'deny' as const } })
const allowed = (numberClass: NumberClass) => ({ restrictions: { [numberClass]: 'allow' as const } })

describe('who may call what', () => {
  it.each([
    ['toll-free', true],
    ['national', true],
    ['caribbean', false],
    ['international', false],
    ['premium', false],
    ['unknown', false],
  ] as const)('an account that says nothing: %s is allowed: %s', (numberClass, wanted) => {
    const fresh = Account.parse({ id: 'acme', name: 'Acme', address: 'acme' })

    expect(isAllowed(numberClass, { account: nothing }).allowed).toBe(wanted)
    expect(isAllowed(numberClass, { account: fresh }).allowed).toBe(wanted)
  })

  it.each(NumberClass.options)('%s: a denial on any level stands, whatever the others allow', (numberClass) => {
    const open = allowed(numberClass)
    const closed = denied(numberClass)

    expect(isAllowed(numberClass, { account: open, user: open, device: open })).toEqual({ allowed: true })
    expect(isAllowed(numberClass, { account: closed, user: open, device: open }).deniedBy).toBe('account')
    expect(isAllowed(numberClass, { account: open, user: closed, device: open }).deniedBy).toBe('user')
    expect(isAllowed(numberClass, { account: open, user: open, device: closed }).deniedBy).toBe('device')
  })

  it('neither a user nor a device can open what the account closes by default', () => {
    const open = allowed('international')

    expect(isAllowed('international', { account: nothing, user: open, device: open }).allowed).toBe(false)
  })
})
