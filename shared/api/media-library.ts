import * as z from 'zod'
import { Id, Name } from '../model/id.ts'
import { Media } from '../model/media.ts'
import { contract, pageOf } from './contract.ts'
import { ListQuery } from './crud.ts'
import { Reference } from './references.ts'

/** A piece of media as the library shows it: whether it can be heard, and who plays it. */
export const LibraryEntry = Media.omit({ objectKey: true }).extend({
  hasSound: z.boolean(),
  /** Everything that names it; at most 100. */
  usedBy: z.array(Reference),
})
export type LibraryEntry = z.infer<typeof LibraryEntry>

export const listMediaLibrary = contract({
  method: 'get',
  path: '/media-library',
  tag: 'Media',
  summary: 'Recordings, menu greetings, hold music and voicemail greetings in one list, each with what uses it',
  query: ListQuery.extend({ kind: Media.shape.kind.unwrap().optional() }),
  reply: pageOf(LibraryEntry),
  status: 200,
  may: 'config:read',
})

const Key = z.enum(['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'])

/** A step of a callflow that plays a menu. */
const MenuUse = z.object({
  callflowId: Id,
  callflow: Name,
  nodeId: Id,
  /** Keys that lead somewhere from there. */
  keys: z.array(Key),
  /** Whether callers who press nothing are led on. */
  hasDefault: z.boolean(),
})

export const MenuOverview = z.object({
  id: Id,
  name: Name,
  greeting: z.object({ id: Id, name: Name, hasSound: z.boolean() }).optional(),
  attempts: z.int(),
  dialExtensions: z.boolean(),
  /** Keys used anywhere. */
  keys: z.array(Key),
  usedBy: z.array(MenuUse),
})
export type MenuOverview = z.infer<typeof MenuOverview>

export const listMenuOverview = contract({
  method: 'get',
  path: '/menu-overview',
  tag: 'Menus',
  summary: 'Menus with their greetings, the keys they use, and the callflows that use them',
  query: ListQuery,
  reply: pageOf(MenuOverview),
  status: 200,
  may: 'config:read',
})
