import * as z from 'zod'
import { type SavedKind, savedNouns } from '../model/document.ts'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'
import { Reference } from './references.ts'

const kinds = Object.keys(savedNouns) as [SavedKind, ...SavedKind[]]

/** "Used by", as pages show it and as a refused deletion tells it. */
export const listReferences = contract({
  method: 'get',
  path: '/references/{kind}/{id}',
  tag: 'References',
  summary: 'Everything that names a document, such as the callflows that use a schedule; at most 100',
  params: z.object({ kind: z.enum(kinds), id: Id }),
  reply: z.object({ references: z.array(Reference) }),
  status: 200,
  may: 'config:read',
})
