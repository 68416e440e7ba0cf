import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'

/** What is read of an account when a call arrives, and nothing more. */
export const AccountHead = z.object({ configRevision: z.int().min(1), enabled: z.boolean() })
export type AccountHead = z.infer<typeof AccountHead>

export const head = entity(AccountHead, accountTemplates.head)
