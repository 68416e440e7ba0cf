import { expect, it } from 'vitest'
import { nouns, savedNouns } from '../model/document.ts'
import { fullPath, urlOf } from './contract.ts'
import { contracts } from './contracts.ts'
import { describeApi } from './describe-api.ts'
import { devices } from './nouns.ts'
import { grants } from './permission.ts'
import { mentionsOf } from './references.ts'

const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')

it('every contract has its own address, and parameters for exactly the names in it', () => {
  const addresses = contracts.map((of) => `${of.method} ${fullPath(of)}`)

  expect(new Set(addresses).size).toBe(addresses.length)
  for (const of of contracts)
    expect(Object.keys(of.params?.shape ?? {}).toSorted()).toEqual(namesIn(of.path).toSorted())
})

it('every saved noun but the account is listed, read, made, replaced and deleted', () => {
  const has = (method: string, path: string) => contracts.some((of) => of.method === method && of.path === path)
  const paths = contracts.flatMap((of) => (of.tag !== 'Operator' && /^\/[a-z-]+$/.test(of.path) ? [of.path] : []))
  const nounPaths = [...new Set(paths)].filter((path) => has('post', path) && has('put', `${path}/{id}`))

  expect(nounPaths.length).toBe(Object.keys(savedNouns).length - 1)
  for (const path of nounPaths) {
    expect(has('get', path)).toBe(true)
    expect(has('get', `${path}/{id}`)).toBe(true)
    expect(has('delete', `${path}/{id}`)).toBe(true)
  }
})

it('only reading is open to people who may only read, and nothing is open to nobody but signing in', () => {
  for (const of of contracts) {
    if (of.method === 'put' || of.method === 'delete') expect(grants('read-only', of.may)).toBe(false)
    if (of.may === 'anyone') expect(of.path).toBe('/sign-in/{address}')
    if (of.path.startsWith('/accounts')) expect(grants('admin', of.may)).toBe(false)
  }
})

it('an address is filled in with nothing left open', () => {
  expect(urlOf(devices.get, { accountId: 'acme', id: 'a b' })).toBe('/v1/accounts/acme/devices/a%20b')
  expect(urlOf(devices.list, { accountId: 'acme' }, { search: 'é&', cursor: undefined })).toBe(
    '/v1/accounts/acme/devices?search=%C3%A9%26',
  )
  expect(() => urlOf(devices.get, { accountId: 'acme' })).toThrow('id is missing')
})

it('a field the noun does not have is refused, a SIP username may be left to the server', () => {
  expect(devices.create.body.safeParse({ type: 'sip-phone', name: 'Desk', colour: 'red' }).success).toBe(false)
  expect(devices.create.body.safeParse({ type: 'sip-phone', name: 'Desk' }).success).toBe(true)
})

it('what a document names is found wherever it stands, in members, branches and parameters of modules too', () => {
  const branches = [
    { exit: 'open', id: 'office-hours' },
    { exit: 'away', kind: 'schedule-set', id: 'holidays' },
  ]
  const nodes = {
    a: { id: 'a', type: 'time-of-day', params: { branches } },
    b: { id: 'b', type: 'user', params: { userId: 'alex' } },
  }
  const said = (kind: keyof typeof savedNouns, document: object) =>
    mentionsOf(kind, document).map((mention) => `${mention.field} ${mention.kind}/${mention.id}`)

  expect(said('device', { ownerId: 'alex' })).toEqual(['ownerId user/alex'])
  expect(said('ring-group', { members: [{ kind: 'group', id: 'sales' }] })).toEqual(['members.0 group/sales'])
  expect(said('callflow', { nodes })).toEqual([
    'nodes.a.params.branches.0 schedule/office-hours',
    'nodes.a.params.branches.1 schedule-set/holidays',
    'nodes.b.params.userId user/alex',
  ])
  for (const { kind } of mentionsOf('callflow', { nodes })) expect(kind in nouns).toBe(true)
})

it('the description is OpenAPI 3.1: every operation once, every reference answered', () => {
  const api = describeApi() as {
    paths: Record<string, Record<string, { operationId: string }>>
    components: Record<string, Record<string, unknown>>
  }
  const operations = Object.values(api.paths).flatMap((path) => Object.values(path))
  const references = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)]

  expect(operations.length).toBe(contracts.length)
  expect(new Set(operations.map((one) => one.operationId)).size).toBe(operations.length)
  expect(references.length).toBeGreaterThan(100)
  for (const [, group = '', name = ''] of references) expect(api.components[group]?.[name]).toBeDefined()
})
