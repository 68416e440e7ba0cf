import * as z from 'zod'
import type { SavedKind, savedNouns } from '../model/document.ts'
import { Id } from '../model/id.ts'
import { type Contract, contract, PageQuery, pageOf } from './contract.ts'
import type { Permission } from './permission.ts'

/** Kinds that have lists of their own; the account's settings are one document. */
export type CrudKind = Exclude<SavedKind, 'account'>
export type NounSchema<K extends SavedKind = SavedKind> = (typeof savedNouns)[K]

/** Stand for an id and a SIP username until the server has made them. */
export const idToCome = 'new'
export const usernameToCome = 'made-by-the-server'

/** A noun as somebody writes it: the id may be left out, the rest is the noun's own schema. */
export type Draft<T> = Omit<T, 'id'> & { readonly id?: string | undefined }

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Body schema of a noun: as its schema, the id optional, fields it does not know refused. `complete` fills in what the server will make. */
export function draftOf<S extends z.ZodObject>(
  schema: S,
  complete: (draft: object) => object = (draft) => draft,
): z.ZodType<z.output<S>, Draft<z.input<S>>> {
  const fill = (value: unknown): unknown => (isObject(value) ? { id: idToCome, ...complete(value) } : value)
  const strict: z.ZodType = schema.strict()
  return z.preprocess(fill, strict) as z.ZodType<z.output<S>, Draft<z.input<S>>>
}

const ById = z.object({ id: Id })
export const ListQuery = PageQuery.extend({
  /** Part of a name, number, username or e-mail; without case. */
  search: z.string().trim().min(1).max(128).optional(),
})

/** `voicemail-box` → `VoicemailBox`: the component's name in the reference. */
export const componentName = (kind: string): string =>
  kind.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The five contracts every saved noun has, whichever it is. */
export interface NounContracts {
  readonly kind: CrudKind
  readonly list: Contract & {
    readonly query: z.ZodObject & z.ZodType<z.output<typeof ListQuery>>
    readonly reply: z.ZodType
  }
  readonly get: Contract & { readonly params: typeof ById; readonly reply: z.ZodType }
  readonly create: Contract & { readonly body: z.ZodType<{ readonly id: string }>; readonly reply: z.ZodType }
  readonly replace: Contract & {
    readonly params: typeof ById
    readonly body: z.ZodType<{ readonly id: string }>
    readonly reply: z.ZodType
  }
  readonly remove: Contract & { readonly params: typeof ById }
}

/** Declares the five of one noun with its own types. */
export function crud<S extends NounSchema<CrudKind>>(
  kind: CrudKind,
  schema: S,
  {
    path,
    many,
    writes = 'config:write',
  }: { readonly path: string; readonly many: string; readonly writes?: Permission },
  complete?: (draft: object) => object,
) {
  const body = draftOf<S>(schema, complete)
  const tag = `${many[0]?.toUpperCase()}${many.slice(1)}`
  const bodyName = `${componentName(kind)}Draft`
  return {
    kind,
    list: contract({
      method: 'get',
      path,
      tag,
      summary: `List ${many}`,
      query: ListQuery,
      reply: pageOf(schema),
      status: 200,
      may: 'config:read',
    }),
    get: contract({
      method: 'get',
      path: `${path}/{id}`,
      tag,
      summary: `Get one of the ${many}`,
      params: ById,
      reply: schema,
      status: 200,
      may: 'config:read',
      etag: 'shown',
    }),
    create: contract({
      method: 'post',
      path,
      tag,
      summary: `Add to the ${many}`,
      body,
      bodyName,
      reply: schema,
      status: 201,
      may: writes,
      etag: 'shown',
      refusals: [409],
    }),
    replace: contract({
      method: 'put',
      path: `${path}/{id}`,
      tag,
      summary: `Replace one of the ${many}`,
      params: ById,
      body,
      bodyName,
      reply: schema,
      status: 200,
      may: writes,
      etag: 'required',
      refusals: [409, 412, 428],
    }),
    remove: contract({
      method: 'delete',
      path: `${path}/{id}`,
      tag,
      summary: `Delete one of the ${many}; refused with a list while something refers to it`,
      params: ById,
      status: 204,
      may: writes,
      etag: 'optional',
      refusals: [409, 412],
    }),
  } as const
}
