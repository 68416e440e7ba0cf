import fc from 'fast-check'
import * as z from 'zod'

/** Values to draw instead of random text, by the pattern a schema asks for: things that meet are worth more than things that differ. */
export type Pools = ReadonlyMap<string, readonly string[]>

interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly propertyNames?: JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

/** Members of an array or record drawn at most: enough to find what many of them do, few enough to be fast. */
const membersMax = 4

/** Optional fields are there this many times for each time they are not. */
const presentTo = 4

/** Anything the schema accepts as input, defaults left out as often as not. What the schema refuses on second sight is not drawn. */
export function arbitraryOf<T extends z.ZodType>(schema: T, pools: Pools): fc.Arbitrary<z.output<T>> {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  return drawn(json, pools)
    .map((input) => schema.safeParse(input))
    .filter((parsed) => parsed.success)
    .map((parsed) => parsed.data)
}

function drawn(schema: JsonSchema, pools: Pools): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => drawn(choice, pools)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.noBias(fc.constantFrom(...schema.enum))
  switch (schema.type) {
    case 'string':
      return text(schema, pools)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 1_000_000) })
    case 'number':
      return fc.integer({ min: Math.ceil(schema.minimum ?? -1_000), max: Math.floor(schema.maximum ?? 1_000) })
    case 'array':
      return fc.array(drawn(schema.items ?? {}, pools), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? membersMax, membersMax)),
      })
    case 'object':
      return object(schema, pools)
    default:
      return fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean())
  }
}

function text({ pattern, minLength = 0, maxLength = 64 }: JsonSchema, pools: Pools): fc.Arbitrary<string> {
  if (pattern === undefined) {
    const words = (pools.get('') ?? []).filter((word) => word.length >= minLength && word.length <= maxLength)
    const random = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 12)), unit: 'grapheme' })
    return words.length === 0 ? random : fc.oneof(fc.constantFrom(...words), random)
  }
  const pool = pools.get(pattern)
  return pool === undefined ? fc.stringMatching(new RegExp(pattern)) : fc.noBias(fc.constantFrom(...pool))
}

function object(schema: JsonSchema, pools: Pools): fc.Arbitrary<unknown> {
  if (schema.properties === undefined) {
    const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
    return fc.dictionary(text(schema.propertyNames ?? {}, pools), drawn(values, pools), { maxKeys: membersMax })
  }
  const required = new Set(schema.required)
  const properties = Object.entries(schema.properties).map(([name, property]) => {
    const value = drawn(property, pools)
    return [name, required.has(name) ? value : fc.option(value, { nil: undefined, freq: presentTo })] as const
  })
  return fc
    .record(Object.fromEntries(properties))
    .map((drawnObject) => Object.fromEntries(Object.entries(drawnObject).filter(([, value]) => value !== undefined)))
}
