/** The demo company of the guide (section R of the requirements): the seed of `npm start` and the fixture of the regression suite. */
import { defaultFeatureCodes } from '../callflow/feature-codes.ts'
import { type Kind, nouns, type SavedKind, singletonId } from '../model/document.ts'
import { numberRouteId } from '../model/number-route.ts'
import type { Role } from '../model/user.ts'

export interface SeedDocument {
  readonly kind: SavedKind
  readonly id: string
  readonly document: Record<string, unknown>
}

export interface SeedExtension {
  readonly number: string
  readonly firstName: string
  readonly lastName: string
  /** @default 'user' */
  readonly role?: Role
}

export const acmeId = 'acme'
export const acmeMainDid = '+16045550100'
export const acmeFaxDid = '+16045550199'

/** 1002 and 1005 spell 364 both: a directory with two matching names. */
export const acmeExtensions: readonly SeedExtension[] = [
  { number: '1001', firstName: 'Alex', lastName: 'Example', role: 'admin' },
  { number: '1002', firstName: 'Dana', lastName: 'Dogwood' },
  { number: '1003', firstName: 'Sam', lastName: "O'Neil" },
  { number: '1004', firstName: 'Éva', lastName: 'Kovács' },
  { number: '1005', firstName: 'Dora', lastName: 'Dogbert' },
  { number: '1006', firstName: 'Frank', lastName: 'Ng' },
  { number: '1007', firstName: 'Grace', lastName: 'Hill' },
  { number: '1008', firstName: 'Hugo', lastName: 'Brandt' },
  { number: '1009', firstName: 'Ines', lastName: 'Costa' },
  { number: '1010', firstName: 'Carol', lastName: 'Chief' },
]

export const userId = (extension: string): string => `user-${extension}`
export const deviceId = (extension: string): string => `desk-${extension}`
export const boxId = (extension: string): string => `box-${extension}`
export const callflowId = (extension: string): string => `flow-${extension}`

const speech = (id: string, name: string, kind: string, text: string): SeedDocument => ({
  kind: 'media',
  id,
  document: { id, name, kind, source: 'speech', text },
})

const ringGroup = (
  id: string,
  name: string,
  users: readonly string[],
  more: Record<string, unknown> = {},
): SeedDocument => ({
  kind: 'ring-group',
  id,
  document: {
    id,
    name,
    members: users.map((user) => ({ kind: 'user', id: userId(user), timeoutSeconds: 20 })),
    ...more,
  },
})

const sharedBox = (id: string, name: string, number: string): SeedDocument => ({
  kind: 'voicemail-box',
  id,
  document: { id, name, number, pin: '4711', isSetUp: true },
})

type Node = { type: string; params?: Record<string, unknown>; exits?: Record<string, string> }
const callflow = (
  id: string,
  name: string,
  numbers: readonly string[],
  root: string,
  nodes: Readonly<Record<string, Node>>,
): SeedDocument => ({
  kind: 'callflow',
  id,
  document: {
    id,
    name,
    numbers,
    root,
    nodes: Object.fromEntries(Object.entries(nodes).map(([node, value]) => [node, { id: node, ...value }])),
  },
})

const notYet = (id: string, name: string, numbers: readonly string[]): SeedDocument =>
  callflow(id, name, numbers, 'say', {
    say: { type: 'play-media', params: { mediaId: 'media-not-available' }, exits: { next: 'end' } },
    end: { type: 'hang-up' },
  })

const weekly = (weekdays: readonly string[], start: string, end: string) => ({
  recurrence: { cycle: 'weekly', weekdays },
  start,
  end,
})

/** Everything but the extensions, in an order in which each only names what is there before it or an extension. */
export function acmeSeed(): SeedDocument[] {
  return [
    speech(
      'media-open',
      'Main greeting',
      'menu-greeting',
      'Thank you for calling Acme. For the directory, press 1. For sales, press 2. For support, press 3. For general questions, press 4. To leave a message for Alex, press 5.',
    ),
    speech(
      'media-closed',
      'Closed',
      'recording',
      'Thank you for calling Acme. Our office is closed. Please leave a message and we will call you back.',
    ),
    speech('media-not-available', 'Not available', 'recording', 'This service is not available yet.'),
    speech('media-general', 'General box', 'voicemail-greeting', 'You have reached the general voicemail box of Acme.'),
    {
      kind: 'menu',
      id: 'menu-open',
      document: { id: 'menu-open', name: 'Main menu', greeting: 'media-open', attempts: 1, keyTimeoutMs: 5_000 },
    },
    {
      kind: 'schedule',
      id: 'schedule-open',
      document: {
        id: 'schedule-open',
        name: 'Open',
        ...weekly(['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], '09:00', '17:00'),
      },
    },
    {
      kind: 'schedule',
      id: 'schedule-lunch',
      document: { id: 'schedule-lunch', name: 'Lunch', ...weekly(['monday', 'wednesday', 'friday'], '12:00', '13:00') },
    },
    {
      kind: 'schedule',
      id: 'schedule-special',
      document: {
        id: 'schedule-special',
        name: 'Special closure',
        recurrence: { cycle: 'dates', dates: ['2026-12-24', '2026-12-25', '2026-12-31', '2027-01-01'] },
      },
    },
    sharedBox('box-general', 'General', '2000'),
    sharedBox('box-sales', 'Sales', '2001'),
    sharedBox('box-support', 'Support', '2002'),
    {
      kind: 'device',
      id: 'cell-1001',
      document: {
        id: 'cell-1001',
        type: 'cell',
        name: "Alex's cell phone",
        ownerId: userId('1001'),
        number: '+12065550104',
        requireKeyPress: true,
        followMe: false,
      },
    },
    {
      kind: 'device',
      id: 'browser-1001',
      document: {
        id: 'browser-1001',
        type: 'browser',
        name: "Alex Example's browser phone",
        ownerId: userId('1001'),
        username: 'browser-1001',
        srtp: 'required',
      },
    },
    ringGroup('group-sales', 'Sales', ['1002', '1003']),
    ringGroup('group-support', 'Support', ['1004', '1005', '1006']),
    ringGroup('group-general', 'General', [], {
      members: [
        { kind: 'user', id: userId('1001'), timeoutSeconds: 20 },
        { kind: 'device', id: deviceId('1007'), timeoutSeconds: 20 },
        { kind: 'group', id: 'group-reception', timeoutSeconds: 20 },
      ],
    }),
    {
      kind: 'group',
      id: 'group-reception',
      document: {
        id: 'group-reception',
        name: 'Reception',
        members: [
          { kind: 'user', id: userId('1008') },
          { kind: 'user', id: userId('1009') },
        ],
      },
    },
    {
      kind: 'directory',
      id: 'directory-staff',
      document: {
        id: 'directory-staff',
        name: 'Staff',
        // Whoever asks for Carol, the chief, reaches her assistant Grace.
        entries: acmeExtensions.map(({ number }) => ({
          userId: userId(number),
          callflowId: callflowId(number === '1010' ? '1007' : number),
        })),
      },
    },
    callflow('flow-8001', 'Open hours', ['8001'], 'menu', {
      menu: {
        type: 'menu',
        params: { menuId: 'menu-open' },
        exits: { 1: 'directory', 2: 'sales', 3: 'support', 4: 'prefix', 5: 'alex', default: 'again' },
      },
      directory: { type: 'directory', params: { directoryId: 'directory-staff' }, exits: { 'no-match': 'again' } },
      sales: { type: 'ring-group', params: { ringGroupId: 'group-sales' }, exits: { 'no-answer': 'sales-box' } },
      'sales-box': { type: 'voicemail', params: { voicemailBoxId: 'box-sales' } },
      support: { type: 'ring-group', params: { ringGroupId: 'group-support' }, exits: { 'no-answer': 'support-alex' } },
      'support-alex': {
        type: 'user',
        params: { userId: userId('1001'), timeoutSeconds: 20 },
        exits: { 'no-answer': 'support-box' },
      },
      'support-box': { type: 'voicemail', params: { voicemailBoxId: 'box-support' } },
      prefix: { type: 'prepend', params: { name: 'GEN' }, exits: { next: 'general' } },
      general: { type: 'ring-group', params: { ringGroupId: 'group-general' }, exits: { 'no-answer': 'general-box' } },
      'general-box': { type: 'voicemail', params: { voicemailBoxId: 'box-general' } },
      alex: { type: 'voicemail', params: { voicemailBoxId: boxId('1001') } },
      again: { type: 'callflow', params: { callflowId: 'flow-8001' } },
    }),
    callflow('flow-8002', 'Closed', ['8002'], 'message', {
      message: { type: 'play-media', params: { mediaId: 'media-closed' }, exits: { next: 'box' } },
      box: { type: 'voicemail', params: { voicemailBoxId: 'box-general' } },
    }),
    {
      kind: 'emergency-address',
      id: 'office-west',
      document: {
        id: 'office-west',
        name: 'Acme West',
        street: '500 Example Ave',
        city: 'Seattle',
        region: 'WA',
        postalCode: '98101',
        status: 'confirmed',
      },
    },
    {
      kind: 'emergency-address',
      id: 'office-east',
      document: {
        id: 'office-east',
        name: 'Acme East',
        street: '20 Sample St',
        city: 'New York',
        region: 'NY',
        postalCode: '10001',
        status: 'confirmed',
      },
    },
    {
      kind: 'phone-number',
      id: '16045550100',
      document: {
        id: '16045550100',
        number: acmeMainDid,
        callflowId: 'flow-8000',
        emergencyAddressId: 'office-west',
        inboundNames: false,
      },
    },
    {
      kind: 'phone-number',
      id: '16045550101',
      document: { id: '16045550101', number: '+16045550101', emergencyAddressId: 'office-east' },
    },
    {
      kind: 'phone-number',
      id: '16045550199',
      document: { id: '16045550199', number: acmeFaxDid, callflowId: 'flow-fax' },
    },
    callflow('flow-8000', 'Main line', ['8000', acmeMainDid], 'hours', {
      hours: {
        type: 'time-of-day',
        params: {
          branches: [
            { exit: 'open', id: 'schedule-open' },
            { exit: 'special', id: 'schedule-special' },
          ],
        },
        exits: { open: 'to-open', special: 'to-closed', other: 'to-closed' },
      },
      'to-open': { type: 'callflow', params: { callflowId: 'flow-8001' } },
      'to-closed': { type: 'callflow', params: { callflowId: 'flow-8002' } },
    }),
    notYet('flow-8100', 'Conference 8100', ['8100']),
    notYet('flow-8101', 'Conference 8101', ['8101']),
    notYet('flow-8199', 'Conference service', ['8199']),
    callflow('flow-fax', 'Fax', [acmeFaxDid], 'fax', { fax: { type: 'fax-box', params: { faxBoxId: 'fax-main' } } }),
    {
      kind: 'conference',
      id: 'conference-8100',
      document: { id: 'conference-8100', name: 'Team', numbers: ['8100'], pins: ['1234'] },
    },
    {
      kind: 'conference',
      id: 'conference-8101',
      document: { id: 'conference-8101', name: 'Customers', numbers: ['8101'] },
    },
    {
      kind: 'fax-box',
      id: 'fax-main',
      document: { id: 'fax-main', name: 'Fax', number: acmeFaxDid, permittedDomains: ['acme.example'] },
    },
    {
      kind: 'blacklist',
      id: 'blacklist-active',
      document: { id: 'blacklist-active', name: 'Nuisance', numbers: [{ number: '+14255550166' }] },
    },
    {
      kind: 'blacklist',
      id: 'blacklist-idle',
      document: { id: 'blacklist-idle', name: 'Not in use', numbers: [{ number: '+14255550167' }] },
    },
    ...defaultFeatureCodes.map((code): SeedDocument => ({ kind: 'feature-code', id: code.id, document: { ...code } })),
    {
      kind: 'account',
      id: singletonId,
      document: {
        id: acmeId,
        name: 'Acme',
        address: acmeId,
        timeZone: 'America/New_York',
        blacklists: ['blacklist-active'],
        callerId: { internal: {}, external: { name: 'Acme', number: acmeMainDid }, emergency: { number: acmeMainDid } },
        emergency: { notifyEmails: ['safety@acme.example'], prefix: '9' },
      },
    },
  ]
}

/** The five documents of an extension, with the ids the fixture uses. */
export function extensionDocuments({ number, firstName, lastName, role = 'user' }: SeedExtension): SeedDocument[] {
  const person = `${firstName} ${lastName}`.trim()
  return [
    {
      kind: 'extension',
      id: number,
      document: {
        id: number,
        number,
        userId: userId(number),
        deviceId: deviceId(number),
        voicemailBoxId: boxId(number),
        callflowId: callflowId(number),
      },
    },
    {
      kind: 'user',
      id: userId(number),
      document: { id: userId(number), firstName, lastName, role, extension: number },
    },
    {
      kind: 'device',
      id: deviceId(number),
      document: {
        id: deviceId(number),
        type: 'sip-phone',
        name: `${person}'s phone`,
        ownerId: userId(number),
        username: number,
      },
    },
    {
      kind: 'voicemail-box',
      id: boxId(number),
      document: {
        id: boxId(number),
        name: `${person}'s voicemail`,
        number,
        ownerId: userId(number),
        pin: '4711',
        isSetUp: true,
      },
    },
    callflow(callflowId(number), `${number} ${person}`, [number], 'ring', {
      ring: { type: 'user', params: { userId: userId(number), timeoutSeconds: 20 }, exits: { 'no-answer': 'message' } },
      message: { type: 'voicemail', params: { voicemailBoxId: boxId(number) } },
    }),
  ]
}

/** The whole account as a call sees it, derived documents included, by `kind/id`. */
export function acmeDocuments(): Map<string, unknown> {
  const saved = [...acmeExtensions.flatMap(extensionDocuments), ...acmeSeed()]
  const documents = new Map<string, unknown>(
    saved.map(({ kind, id, document }) => [`${kind}/${id}`, nouns[kind].parse(document)]),
  )
  const derive = (kind: Kind, id: string, document: unknown) =>
    documents.set(`${kind}/${id}`, nouns[kind].parse(document))
  const owned = new Map<string, { deviceIds: string[]; voicemailBoxIds: string[] }>()
  for (const { kind, id, document } of saved) {
    if (kind === 'callflow')
      for (const number of document.numbers as string[])
        derive('number-route', numberRouteId(number), { id: numberRouteId(number), number, callflowId: id })
    if (kind === 'voicemail-box')
      derive('mailbox-route', String(document.number), { id: document.number, voicemailBoxId: id })
    const owner = document.ownerId
    if (typeof owner !== 'string' || (kind !== 'device' && kind !== 'voicemail-box')) continue
    const things = owned.get(owner) ?? { deviceIds: [], voicemailBoxIds: [] }
    things[kind === 'device' ? 'deviceIds' : 'voicemailBoxIds'].push(id)
    owned.set(owner, things)
  }
  for (const [id, things] of owned) derive('ownership', id, { id, ...things })
  derive('routing', singletonId, {
    id: singletonId,
    featureCodes: saved
      .filter(({ kind }) => kind === 'feature-code')
      .map(({ kind, document }) => nouns[kind].parse(document)),
    emergencyNumbers: [
      { number: acmeMainDid, addressId: 'office-west' },
      { number: '+16045550101', addressId: 'office-east' },
    ],
  })
  return documents
}
