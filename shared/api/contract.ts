import * as z from 'zod'
import type { Access } from './permission.ts'

/** Largest JSON body the API takes, bytes, and the most items of one page. */
export const bodyBytesMax = 1_000_000
export const pageLimitMax = 100

/** One thing the API does, written once: validation, handlers, OpenAPI, the client and its types all follow from it. */
export interface Contract {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** Below `/v1/accounts/{accountId}`, or below `/v1` where `scope` is `installation`. */
  readonly path: string
  /** @default 'account' */
  readonly scope?: 'account' | 'installation'
  readonly summary: string
  /** Heading in the reference. */
  readonly tag: string
  /** Exactly the names in the path, `accountId` left out. */
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Name of the component that describes the body, where the body's own schema cannot be drawn. */
  readonly bodyName?: string
  /** A body that is a file, not JSON: the media types it may be of, and the most bytes that are taken. */
  readonly upload?: { readonly media: readonly ('audio/wav' | 'audio/mpeg' | 'audio/ogg')[]; readonly bytesMax: number }
  /** What comes back as JSON; fields it does not name are left out. Absent: nothing (204) or `media`. */
  readonly reply?: z.ZodType
  /** What comes back where it is not JSON. */
  readonly media?: 'text/csv' | 'text/plain' | 'audio/wav'
  readonly status: 200 | 201 | 204
  readonly may: Access
  /** `shown`: the reply has an ETag. `required`: the request must name the revision it changes, or it is a 428. `optional`: it may. */
  readonly etag?: 'shown' | 'required' | 'optional'
  /** Statuses besides the usual 400, 401, 403, 404 and 413, for the reference. */
  readonly refusals?: readonly number[]
}

/** Declares a contract and keeps its exact types. */
export const contract = <const C extends Contract>(declared: C): C => declared

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined

export type ParamsOf<C extends Contract> = Parsed<C['params']>
export type QueryOf<C extends Contract> = Parsed<C['query']>
export type BodyOf<C extends Contract> = Parsed<C['body']>
export type ReplyOf<C extends Contract> = Parsed<C['reply']>
/** What a caller writes: fields with defaults may be left out. */
export type BodyInputOf<C extends Contract> = C['body'] extends z.ZodType ? z.input<C['body']> : undefined

/** A contract's whole path with its parameters in braces, RFC 6570 level 1. */
export const fullPath = ({ path, scope }: Pick<Contract, 'path' | 'scope'>): string =>
  scope === 'installation' ? `/v1${path}` : `/v1/accounts/{accountId}${path}`

/** The address of a request: parameters and query filled in. Throws on a parameter that was not given. */
export function urlOf(
  of: Pick<Contract, 'path' | 'scope'>,
  params: Readonly<Record<string, string | number>>,
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const path = fullPath(of).replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new TypeError(`The path parameter ${name} is missing.`)
    return encodeURIComponent(value)
  })
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

/** How lists are asked for: `cursor` is what the page before answered. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(pageLimitMax).default(50),
  cursor: z.string().max(2_048).optional(),
})
export type PageQuery = z.infer<typeof PageQuery>

/** A page; without `cursor` it is the last. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), cursor: z.string().optional() })
