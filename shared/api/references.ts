import * as z from 'zod'
import { findModule } from '../callflow/modules/index.ts'
import { nouns, savedNouns } from '../model/document.ts'
import { Id } from '../model/id.ts'

/** Something that names something else: which document, and where in it. */
export const Reference = z.object({ kind: z.string(), id: Id, name: z.string(), field: z.string() })
export type Reference = z.infer<typeof Reference>

export interface Mention {
  readonly kind: string
  readonly id: string
  readonly field: string
}

/** How deep a document may nest before the walk stops; the deepest noun has 6. */
const depthMax = 20

interface Walk {
  readonly mentions: Mention[]
  /** Where the document is wrong by its module's own schema, nothing can be said about what it names. */
  visit(schema: z.core.$ZodType, value: unknown, field: string, depth: number): void
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isKind = (kind: unknown): kind is string => typeof kind === 'string' && kind in nouns
const below = (field: string, key: string | number): string => (field === '' ? String(key) : `${field}.${key}`)

/** A member of a group, a branch of a schedule: `{ kind, id }` names a document of that kind, whatever its picker says. */
const namesByKind = (value: Readonly<Record<string, unknown>>): boolean =>
  isKind(value.kind) && typeof value.id === 'string'

function walk(): Walk {
  const mentions: Mention[] = []
  const visit: Walk['visit'] = (schema, value, field, depth) => {
    if (value === undefined || value === null || depth > depthMax) return
    const picker = z.globalRegistry.get(schema)?.picker
    if (typeof picker === 'string' && typeof value === 'string') {
      mentions.push({ kind: picker, id: value, field })
      return
    }
    if (schema instanceof z.ZodObject && isRecord(value)) {
      const byKind = namesByKind(value)
      if (byKind) mentions.push({ kind: String(value.kind), id: String(value.id), field })
      for (const [key, part] of Object.entries(schema.shape))
        if (!(byKind && key === 'id')) visit(part, value[key], below(field, key), depth + 1)
    } else if (schema instanceof z.ZodArray && Array.isArray(value)) {
      for (const [index, part] of value.entries()) visit(schema.element, part, below(field, index), depth + 1)
    } else if (schema instanceof z.ZodRecord && isRecord(value)) {
      for (const [key, part] of Object.entries(value)) visit(schema.valueType, part, below(field, key), depth + 1)
    } else if (schema instanceof z.ZodUnion) {
      for (const option of schema.options)
        if (z.safeParse(option, value).success) return visit(option, value, field, depth + 1)
    } else if (
      schema instanceof z.ZodOptional ||
      schema instanceof z.ZodDefault ||
      schema instanceof z.ZodPrefault ||
      schema instanceof z.ZodNullable
    ) {
      visit(schema.def.innerType, value, field, depth + 1)
    }
  }
  return { mentions, visit }
}

/** Ids that name a document by the value of a parameter of a module. */
function ofModule(into: Walk, type: unknown, params: unknown, field: string): void {
  const module = typeof type === 'string' ? findModule(type) : undefined
  const parsed = module?.params.safeParse(params)
  if (module !== undefined && parsed?.success === true) into.visit(module.params, parsed.data, field, 0)
}

/** Every document that a document names, with the field it does so in; parameters of callflow modules included. */
export function mentionsOf(kind: keyof typeof savedNouns, document: unknown): Mention[] {
  const found = walk()
  found.visit(savedNouns[kind], document, '', 0)
  if (!isRecord(document)) return found.mentions
  if (kind === 'callflow' && isRecord(document.nodes))
    for (const [nodeId, node] of Object.entries(document.nodes))
      if (isRecord(node)) ofModule(found, node.type, node.params, `nodes.${nodeId}.params`)
  if (kind === 'feature-code') ofModule(found, document.module, document.params, 'params')
  return found.mentions
}

/** What a person calls a document: its name, else the number it goes by, else its id. */
export function nameOf(document: unknown): string {
  if (!isRecord(document)) return ''
  const { name, firstName, lastName, number, numbers, id } = document
  if (typeof name === 'string' && name !== '') return name
  if (typeof firstName === 'string') return `${firstName} ${typeof lastName === 'string' ? lastName : ''}`.trim()
  if (typeof number === 'string') return number
  if (Array.isArray(numbers) && typeof numbers[0] === 'string') return numbers.join(', ')
  return typeof id === 'string' ? id : ''
}

/** A document with another id where `field`, the path of a mention, says; the document itself where there is no such place. */
export function withReference(document: unknown, field: string, id: string): unknown {
  const [key = '', ...rest] = field.split('.')
  const put = (value: unknown): unknown => (rest.length === 0 ? id : withReference(value, rest.join('.'), id))
  if (Array.isArray(document)) return document.map((value, index) => (String(index) === key ? put(value) : value))
  return isRecord(document) && key in document ? { ...document, [key]: put(document[key]) } : document
}
