import * as z from 'zod'
import { savedNouns } from '../model/document.ts'
import { type Contract, fullPath } from './contract.ts'
import { contracts } from './contracts.ts'
import { componentName } from './crud.ts'
import { Problem } from './problem.ts'

type Json = Readonly<Record<string, unknown>>

/** JSON Schema 2020-12, which OpenAPI 3.1 speaks as it is. Pickers and units of form fields stay in as extensions. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      for (const name of ['picker', 'unit'] as const)
        if (name in jsonSchema) {
          jsonSchema[`x-${name}`] = jsonSchema[name]
          delete jsonSchema[name]
        }
    },
  })
  return json
}

/** A noun as it is written: the id is the server's to give, fields with defaults may be left out. */
function draftSchemaOf(schema: z.ZodObject): Json {
  const json = schemaOf(schema.strict(), 'input')
  const required = Array.isArray(json.required) ? json.required.filter((name) => name !== 'id') : []
  return { ...json, required }
}

const component = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const namesOf = new Map<z.ZodType, string>(
  Object.entries(savedNouns).map(([kind, schema]) => [schema, componentName(kind)]),
)

/** The schema where it stands, or a reference where it is a noun. Pages name their items. */
function refer(schema: z.ZodType): Json {
  const name = namesOf.get(schema)
  if (name !== undefined) return component(name)
  const items = schema instanceof z.ZodObject ? schema.shape.items : undefined
  const item = items instanceof z.ZodArray && items.element instanceof z.ZodType ? items.element : undefined
  const itemName = item === undefined ? undefined : namesOf.get(item)
  if (itemName === undefined) return schemaOf(schema, 'output')
  return {
    type: 'object',
    required: ['items'],
    properties: { items: { type: 'array', items: component(itemName) }, cursor: { type: 'string' } },
  }
}

function parametersOf(of: Contract): Json[] {
  const declared = (place: 'path' | 'query', object: z.ZodObject | undefined) => {
    if (object === undefined) return []
    const { properties = {}, required = [] } = schemaOf(object, 'input') as {
      properties?: Record<string, Json>
      required?: string[]
    }
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: place === 'path' && Object.keys(schema).length === 0 ? { type: 'string' } : schema,
    }))
  }
  const account = of.scope === 'installation' ? [] : [{ $ref: '#/components/parameters/accountId' }]
  const ifMatch =
    of.etag === 'required' || (of.etag === 'optional' && of.method !== 'get')
      ? [{ $ref: `#/components/parameters/${of.etag === 'required' ? 'ifMatch' : 'ifMatchOptional'}` }]
      : []
  return [...account, ...declared('path', of.params), ...declared('query', of.query), ...ifMatch]
}

const usualRefusals = (of: Contract): number[] => [
  400,
  ...(of.may === 'anyone' ? [] : [401, 403]),
  404,
  ...(of.body === undefined ? [] : [413, 415]),
]

function responsesOf(of: Contract): Json {
  const content =
    of.media !== undefined
      ? { [of.media]: { schema: { type: 'string', ...(of.media === 'audio/wav' ? { format: 'binary' } : {}) } } }
      : of.reply !== undefined
        ? { 'application/json': { schema: refer(of.reply) } }
        : undefined
  const headers =
    of.etag === undefined || of.reply === undefined ? {} : { headers: { ETag: { schema: { type: 'string' } } } }
  const refusals = [...new Set([...usualRefusals(of), ...(of.refusals ?? [])])].toSorted((a, b) => a - b)
  return {
    [of.status]: {
      description: of.status === 204 ? 'Done.' : 'As asked for.',
      ...headers,
      ...(content === undefined ? {} : { content }),
    },
    ...Object.fromEntries(refusals.map((status) => [status, { $ref: '#/components/responses/Problem' }])),
  }
}

/** `get /v1/accounts/{accountId}/devices/{id}` → `getAccountsDevicesById`: unique, and stable while the path is. */
const operationId = (of: Contract): string =>
  of.method +
  fullPath(of)
    .split('/')
    .filter((part) => part !== '' && part !== 'v1' && part !== '{accountId}')
    .map((part) => (part.startsWith('{') ? `-by-${part.slice(1, -1)}` : `-${part.replaceAll('.', '-')}`))
    .join('')
    .replaceAll(/-([a-zA-Z])/g, (_, letter: string) => letter.toUpperCase())

function operationOf(of: Contract): Json {
  const body = of.bodyName !== undefined ? component(of.bodyName) : of.body && schemaOf(of.body, 'input')
  return {
    operationId: `${operationId(of)}${of.path === '' ? 'Account' : ''}`,
    tags: [of.tag],
    summary: of.summary,
    ...(of.may === 'anyone' ? { security: [] } : { 'x-permission': of.may }),
    parameters: parametersOf(of),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    ...(of.upload === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(
              of.upload.media.map((media) => [media, { schema: { type: 'string', format: 'binary' } }]),
            ),
          },
        }),
    responses: responsesOf(of),
  }
}

function components(): Json {
  const nouns = Object.entries(savedNouns).flatMap(([kind, schema]) => [
    [componentName(kind), schemaOf(schema, 'output')],
    [`${componentName(kind)}Draft`, draftSchemaOf(schema)],
  ])
  const ifMatch = {
    name: 'If-Match',
    in: 'header',
    description: 'The ETag of the revision that is changed, or *.',
    schema: { type: 'string' },
  }
  return {
    schemas: { ...Object.fromEntries(nouns), Problem: schemaOf(Problem, 'output') },
    parameters: {
      accountId: { name: 'accountId', in: 'path', required: true, schema: { type: 'string' } },
      ifMatch: { ...ifMatch, required: true },
      ifMatchOptional: { ...ifMatch, required: false },
    },
    responses: {
      Problem: {
        description: 'Refused; RFC 9457.',
        content: { 'application/problem+json': { schema: component('Problem') } },
      },
    },
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'An access token of OpenID Connect, or an API key.' },
    },
  }
}

/** The whole API as an OpenAPI 3.1 document, made from the contracts alone. */
export function describeApi(): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const of of contracts) {
    const path = fullPath(of)
    paths[path] = { ...paths[path], [of.method]: operationOf(of) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Offhook',
      version: '1',
      description:
        'Everything the console does, and programs with it. Lists are paged by cursor; changes name the revision they change.',
    },
    security: [{ token: [] }],
    paths,
    components: components(),
  }
}
