import fc from 'fast-check'
import { Callflow } from '../callflow/callflow.ts'
import { CarrierParams } from '../callflow/carrier-call.ts'
import { defaultFeatureCodes } from '../callflow/feature-codes.ts'
import { modules } from '../callflow/modules/index.ts'
import { Account } from '../model/account.ts'
import { CallerIdentity } from '../model/caller-id.ts'
import { type SavedKind, savedNouns, singletonId } from '../model/document.ts'
import { Id } from '../model/id.ts'
import { arbitraryOf, type Pools } from './arbitrary.ts'
import { keyOf, pools } from './random-account.ts'

/** Whatever is named by one of these is there, of every kind. */
export const soundIds = ['a', 'b', 'c', 'd'] as const
/** Numbers of the callflows, in their order; one number rings in one place. */
export const soundNumbers = ['1000', '1001', '1002', '1003'] as const
export const soundDids = ['+16045550100', '+14255550163', '+442079460000', '+12065550142'] as const
/** Numbers of extensions, each of which leads to a callflow besides. */
const extensionNumbers = ['2000', '2001'] as const

const soundPools: Pools = new Map([
  ...pools,
  [keyOf(Id), soundIds],
  // What is shown outside must be the account's.
  [keyOf(CallerIdentity.shape.number), soundDids],
  [keyOf(CarrierParams.shape.number), ['2065550101', '2065550102', '+12065550103', '911', '442079460000']],
])
const of = (count: number) => fc.noBias(fc.nat({ max: count - 1 }))
const mostly = (percent: number) => of(100).map((n) => n < percent)

/** Most nodes of one callflow, and the pool they are named from, in an order no way leads against. */
const nodeIds = ['n1', 'n2', 'n3', 'n4', 'n5'] as const

interface Drawn {
  readonly type: string
  readonly params: Readonly<Record<string, unknown>>
  readonly exits: readonly string[]
}

/** Parameters a module's schema accepts; what could be chosen directly is now and then chosen by a variable, which may name nothing. */
const nodesOf: readonly fc.Arbitrary<Drawn>[] = modules.map((module) =>
  fc.tuple(arbitraryOf(module.params, soundPools), mostly(10)).map(([drawn, routed]) => {
    const { routeVariable: _variable, ...rest } = drawn as Record<string, unknown>
    const takesRoute = JSON.stringify(module.params.safeParse({ routeVariable: 'where' }).data ?? {}).includes('where')
    const params = routed && takesRoute ? { ...rest, routeVariable: 'where' } : rest
    return { type: module.type, params, exits: module.exitsOf(params) }
  }),
)

/** Nodes are drawn like this: `first` chooses what the callflow begins with, so that every module is the first of some. */
const node = fc.tuple(
  fc.noBias(fc.constantFrom(...nodesOf)).chain((one) => one),
  fc.infiniteStream(of(10)),
  mostly(3),
)

const others = fc.array(node, { minLength: nodeIds.length - 1, maxLength: nodeIds.length - 1 })

/** A callflow that the checks of a save let pass: a tree of known modules with settings that fit, ways out that exist, all ends there. */
const callflow = (index: number, first: number) =>
  fc
    .tuple(
      fc.tuple(nodesOf[first % nodesOf.length] as fc.Arbitrary<Drawn>, fc.infiniteStream(of(10)), mostly(1)),
      others,
    )
    .map(([root, rest]) => {
      const nodes = [root, ...rest].map(([{ type, params, exits }, lots, skip], at) => {
        const below = nodeIds.slice(at + 1)
        const wired = exits.flatMap((exit) => {
          const lot = lots.next().value ?? 0
          const to = below[lot % Math.max(1, below.length)]
          return lot < 7 && to !== undefined ? [[exit, to] as const] : []
        })
        return [
          nodeIds[at] as string,
          { id: nodeIds[at], type, params: JSON.parse(JSON.stringify(params)), exits: Object.fromEntries(wired), skip },
        ] as const
      })
      return Callflow.parse({
        id: soundIds[index],
        name: `Flow ${soundIds[index]}`,
        numbers: [soundNumbers[index], soundDids[index]],
        root: nodeIds[0],
        nodes: Object.fromEntries(nodes),
      })
    })

/** Kinds no decision about a call looks at, kinds with an id of their own making, and those written by hand here. */
const apart: ReadonlySet<SavedKind> = new Set([
  'account',
  'callflow',
  'extension',
  'phone-number',
  'feature-code',
  'prompt',
  'queue',
  'carrier',
])

/** What must differ from one document to the next, or be so that anything happens at all; the rest is as drawn. */
const settled: Readonly<Partial<Record<SavedKind, (index: number, isOn: boolean) => object>>> = {
  user: (_, isOn) => ({ username: undefined, enabled: isOn, doNotDisturb: !isOn }),
  device: (index, isOn) => ({
    enabled: isOn,
    followMe: isOn,
    followMeSchedule: undefined,
    doNotDisturb: !isOn,
    mac: undefined,
    username: `phone-${soundIds[index]}`,
  }),
  'voicemail-box': (index) => ({ number: String(3_000 + index), pin: '4711' }),
  media: () => ({ objectKey: undefined, durationMs: undefined }),
  conference: () => ({ numbers: [] }),
  'fax-box': () => ({ number: undefined }),
  directory: () => ({ digitsMin: 3 }),
}

/** Devices without a registration, and so without a name for it. */
const dialledOut: ReadonlySet<string> = new Set(['cell', 'landline', 'sip-uri'])

type Entry = readonly [string, unknown]
const withoutAbsent = (document: object) =>
  Object.fromEntries(Object.entries(document).filter(([, part]) => part !== undefined))

const entry = (kind: SavedKind, drawn: fc.Arbitrary<unknown>, index: number): fc.Arbitrary<Entry> =>
  fc
    .tuple(drawn, mostly(90))
    .map(([input, isOn]) => {
      const id = soundIds[index] ?? ''
      const { username: _username, ...document } = input as Record<string, unknown>
      const fit = { ...document, id, ...settled[kind]?.(index, isOn) }
      const isDialledOut = kind === 'device' && dialledOut.has(String(document.type))
      return savedNouns[kind].safeParse(withoutAbsent(isDialledOut ? { ...fit, username: undefined } : fit))
    })
    .filter((parsed) => parsed.success)
    .map((parsed) => [`${kind}/${soundIds[index]}`, parsed.data] as const)

// Drawn from once made: to make them is what takes long.
const accounts = arbitraryOf(Account, soundPools)
const entries = fc.tuple(
  ...(Object.keys(savedNouns) as SavedKind[])
    .filter((kind) => !apart.has(kind))
    .flatMap((kind) => {
      const drawn = arbitraryOf(savedNouns[kind], soundPools)
      return soundIds.map((_, index) => entry(kind, drawn, index))
    }),
)

const alike = { id: 'acme', enabled: true, address: 'acme' } as const
/** Mostly one whose numbers can be dialled as the calls dial them. */
const country = (lot = 0) => (lot === 0 ? 'GB' : 'US')

/**
 * An account no sane person would set up and the API accepts: every document fits its schema and names what is there, callflows are trees,
 * numbers are in one place. Saved documents only, by `kind/id`; what the store derives from them is the store's to derive.
 */
export const soundAccount = (first = 0): fc.Arbitrary<ReadonlyMap<string, unknown>> =>
  fc
    .tuple(
      accounts,
      entries,
      fc.tuple(...soundIds.map((_, index) => callflow(index, first + index))),
      fc.array(of(soundIds.length), { minLength: 12, maxLength: 12 }),
    )
    .map(([account, documents, callflows, lots]) => {
      const one = (index: number) => soundIds[lots[index] ?? 0] ?? 'a'
      const extensions = extensionNumbers.map((number, index) => ({
        id: number,
        number,
        userId: one(index * 4),
        deviceId: one(index * 4 + 1),
        voicemailBoxId: one(index * 4 + 2),
        callflowId: one(index * 4 + 3),
      }))
      return new Map<string, unknown>([
        [`account/${singletonId}`, Account.parse({ ...account, ...alike, country: country(lots[1]) })],
        ...documents,
        ...callflows.map((flow): Entry => [`callflow/${flow.id}`, flow]),
        ...extensions.map((extension): Entry => [`extension/${extension.id}`, savedNouns.extension.parse(extension)]),
        ...defaultFeatureCodes.map(
          (code): Entry => [`feature-code/${code.id}`, savedNouns['feature-code'].parse(code)],
        ),
        ...soundDids.map((number, index): Entry => {
          const fixed = { id: number.slice(1), number, callflowId: soundIds[index], emergencyAddressId: one(index) }
          return [`phone-number/${fixed.id}`, savedNouns['phone-number'].parse(fixed)]
        }),
      ])
    })
