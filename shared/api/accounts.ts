import * as z from 'zod'
import { Account } from '../model/account.ts'
import { Id, Name } from '../model/id.ts'
import { AccountTemplate } from './account-template.ts'
import { contract, PageQuery, pageOf } from './contract.ts'

const tag = 'Operator'

export const AccountListing = z.object({ id: Id, name: Name, address: z.string() })

/** Passwords people sign in with, characters. */
export const Password = z.string().min(10).max(256)
export const SignInName = z.string().regex(/^[A-Za-z0-9+@._-]{1,128}$/, 'Use letters, digits and + @ . _ -')

export const listAccounts = contract({
  method: 'get',
  scope: 'installation',
  path: '/accounts',
  tag,
  summary: 'All accounts of the installation',
  query: PageQuery,
  reply: pageOf(AccountListing),
  status: 200,
  may: 'accounts:read',
})

export const createAccount = contract({
  method: 'post',
  scope: 'installation',
  path: '/accounts',
  tag,
  summary: 'Open an account with its first administrator, and with what a template brings (R-002, R-289)',
  body: z.strictObject({
    id: Id.optional(),
    name: Name,
    address: Account.shape.address,
    timeZone: Account.shape.timeZone,
    admin: z.strictObject({ username: SignInName, password: Password }),
    template: AccountTemplate.default([]),
  }),
  reply: Account,
  status: 201,
  may: 'accounts:write',
  refusals: [409],
})
