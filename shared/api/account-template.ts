import * as z from 'zod'
import { type SavedKind, savedNouns } from '../model/document.ts'
import { Id } from '../model/id.ts'
import { draftOf } from './crud.ts'
import { registersWithout } from './nouns.ts'

/** Documents one template may bring. */
export const templateMax = 500

const kinds = Object.keys(savedNouns).filter((kind) => kind !== 'account') as Exclude<SavedKind, 'account'>[]

/** One thing an account begins with, under an id of its own, so that the others can name it. */
const Entry = z
  .object({ kind: z.enum(kinds), document: z.looseObject({ id: Id }) })
  .transform(({ kind, document }, context) => {
    const parsed = draftOf(savedNouns[kind], kind === 'device' ? registersWithout : undefined).safeParse(document)
    if (parsed.success) return { kind, id: document.id, document: parsed.data }
    for (const issue of parsed.error.issues.slice(0, 20))
      context.addIssue({ code: 'custom', path: ['document', ...issue.path], message: issue.message })
    return z.NEVER
  })

/** What an account begins with: users, hours, callflows, in any order. */
export const AccountTemplate = z.array(Entry).max(templateMax)
export type AccountTemplate = z.output<typeof AccountTemplate>
