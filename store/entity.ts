/** Shape from the model, address from templates: what a kind of item is called, how its key is made and what it must look like. */
import type * as z from 'zod'
import type { Templates } from './table.ts'

export interface Key {
  readonly pk: string
  readonly sk: string
}
export type Item = Key & Readonly<Record<string, unknown>>

type Names<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
/** The values a template asks for, by name. */
export type Params<T> = { readonly [Name in Names<T>]: string }

/** One value of a key. `#` separates, so it is written `%23` inside one: no value, whatever a stranger sends, reaches another partition. */
const escaped = (value: string): string => value.replaceAll('%', '%25').replaceAll('#', '%23')

const fill = (template: string, params: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new Error(`the key ${template} was made without ${name}`)
    return escaped(value)
  })

export interface Entity<S extends z.ZodType = z.ZodType, T extends Templates = Templates> {
  readonly templates: T
  /** The partition, from what its template names and nothing else. */
  partition(params: Params<T['pk']>): string
  indexPartition(params: Params<T['gsi1pk']>): string
  key(params: Params<T['pk'] | T['sk']>): Key
  /** What is stored. `expiresAtEpochSeconds`: from then on no read answers it. */
  item(
    params: Params<T['pk'] | T['sk'] | T['gsi1pk'] | T['gsi1sk']>,
    value: z.output<S>,
    expiresAtEpochSeconds?: number,
  ): Item
  /** Throws ZodError: what the table holds is checked like everything that comes from outside. */
  parse(item: Item): z.output<S>
}

export const entity = <S extends z.ZodType<object>, const T extends Templates>(
  schema: S,
  templates: T,
): Entity<S, T> => {
  const key = (params: Readonly<Record<string, string>>): Key => ({
    pk: fill(templates.pk, params),
    sk: fill(templates.sk, params),
  })
  const { gsi1pk, gsi1sk } = templates
  return {
    templates,
    key,
    partition: (params) => fill(templates.pk, params),
    indexPartition: (params) => fill(gsi1pk ?? '', params),
    item: (params, value, expiresAtEpochSeconds) => ({
      ...value,
      ...key(params),
      ...(gsi1pk === undefined || gsi1sk === undefined
        ? {}
        : { gsi1pk: fill(gsi1pk, params), gsi1sk: fill(gsi1sk, params) }),
      ...(expiresAtEpochSeconds === undefined ? {} : { expiresAtEpochSeconds }),
    }),
    parse: (item) => schema.parse(item),
  }
}

/** Sort key of a revision: ten digits, so that text order is number order. */
export const paddedRevision = (revision: number): string => String(revision).padStart(10, '0')
