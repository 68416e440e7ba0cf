/** A real call for every module: what is saved, what the caller does and hears, and how the record says the module was left. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { until } from '../testing/account-api.ts'
import type { Baresip } from './baresip.ts'
import { beepHz, callerHz } from './main-line.ts'

import type { Callee, Manner, Node, Scene } from './module-stage.ts'

export interface Row {
  readonly module: string
  readonly says: string
  /** The module, with the documents it needs saved before it. */
  place(scene: Scene): Promise<Placed>
  /** Phones of the outside world that may be called, by their numbers. */
  readonly outsiders?: (scene: Scene) => readonly string[]
  /** A caller from outside, by this number; absent: a phone of the account. */
  readonly from?: string
  /** What happens; nothing: the caller listens until the PBX hangs up. */
  live?(call: Live): Promise<void>
  /** Way out of the module; absent: the call ended in it, or was answered there. */
  readonly leaves?: string
  /** Why, as the trace says. */
  readonly because?: RegExp
  readonly disposition: string
}

export interface Placed {
  readonly node: Node
  readonly others?: Readonly<Record<string, Node>>
  /** Ways out that lead to the end; absent: all. */
  readonly wired?: readonly string[]
  /** Phones that may ring, in their order. */
  readonly callees?: readonly Callee[]
}

export interface Live {
  readonly scene: Scene
  readonly caller: Baresip
  readonly callees: readonly Callee[]
}

/** What phones of the outside world say, Hz. */
export const outsideHz = 1_150

const node = (type: string, params: Readonly<Record<string, unknown>> = {}): Node => ({ type, params })
const alone = (type: string, params?: Readonly<Record<string, unknown>>) => async (): Promise<Placed> => ({
  node: node(type, params),
})

// --- Modules that reach somebody. ---

/** Phones in the three ways they are reached. */
const reached: Readonly<Record<string, (scene: Scene, manners: readonly Manner[]) => Promise<Placed>>> = {
  async device(scene, [manner = 'silent']) {
    const callee = await scene.callee(manner)
    return { node: node('device', { deviceId: callee.id, timeoutSeconds: 3 }), callees: [callee] }
  },
  async user(scene, manners) {
    const userId = await scene.create('users', { firstName: 'Robin' })
    const callees = await Promise.all(manners.map((manner) => scene.callee(manner, { ownerId: userId })))
    return { node: node('user', { userId, timeoutSeconds: 3 }), callees }
  },
  async 'ring-group'(scene, manners) {
    const callees = await Promise.all(manners.map((manner) => scene.callee(manner)))
    const members = callees.map(({ id }) => ({ kind: 'device', id, timeoutSeconds: 3 }))
    const ringGroupId = await scene.create('ring-groups', { name: 'Group', members })
    return { node: node('ring-group', { ringGroupId }), callees }
  },
}

/** They talk, and the caller hangs up. */
async function talk({ caller }: Pick<Live, 'caller'>): Promise<void> {
  await caller.event('CALL_ESTABLISHED', 10_000)
  await sleep(500)
  caller.command('hangup')
}

/** The caller's phone is told why there is nobody. */
async function refused(caller: Baresip, status: RegExp): Promise<void> {
  expect((await caller.event('CALL_CLOSED', 20_000)).param).toMatch(status)
}

const reaching: readonly Row[] = Object.entries(reached).flatMap(([module, place]): Row[] => [
  {
    module,
    says: 'somebody picks up',
    place: (scene) => place(scene, ['answers']),
    live: talk,
    disposition: 'answered',
    leaves: 'answered',
  },
  ...(
    [
      ['busy', 'busy', /^busy/],
      ['declines', 'declined', /^declined/],
      ['unregistered', 'no-answer', /^unregistered/],
      ['silent', 'no-answer', /^no-answer/],
    ] as const
  ).map(
    ([manner, disposition, because]): Row => ({
      module,
      says: `who is called is ${manner === 'silent' ? 'not picking up in time' : manner}`,
      // Nothing comes after it: what the caller's phone is told is what the phones said.
      place: async (scene) => ({ ...(await place(scene, [manner])), wired: [] }),
      live: ({ caller }) => refused(caller, disposition === 'busy' ? /^486/ : /^480/),
      leaves: 'no-answer',
      because,
      disposition,
    }),
  ),
])

const together: readonly Row[] = [
  {
    module: 'ring-group',
    says: 'R-068: three phones alert within 1 s; who answers talks, and the others stop',
    async place(scene) {
      const callees = await Promise.all([scene.callee('silent'), scene.callee('silent'), scene.callee('answers')])
      const members = callees.map(({ id }) => ({ kind: 'device', id }))
      return {
        node: node('ring-group', { ringGroupId: await scene.create('ring-groups', { name: 'All', members }) }),
        callees,
      }
    },
    async live(call) {
      const rung = await Promise.all(call.callees.map((callee) => callee.rung))
      const at = rung.map(({ atMs }) => atMs)
      expect(Math.max(...at) - Math.min(...at)).toBeLessThan(1_000)
      await Promise.all(call.callees.slice(0, 2).map((callee) => callee.stopped))
      await talk(call)
    },
    leaves: 'answered',
    disposition: 'answered',
  },
  {
    module: 'ring-group',
    says: 'R-069: members ring in the saved order, each for as long as it was given, until one answers',
    async place(scene) {
      const callees = await Promise.all([scene.callee('silent'), scene.callee('silent'), scene.callee('answers')])
      const members = callees.map(({ id }) => ({ kind: 'device', id, timeoutSeconds: 4 }))
      const group = { name: 'In order', strategy: 'in-order', members }
      return { node: node('ring-group', { ringGroupId: await scene.create('ring-groups', group) }), callees }
    },
    async live(call) {
      const [first = 0, ...later] = await Promise.all(call.callees.map(async (callee) => (await callee.rung).atMs))
      for (const [index, at] of later.entries()) {
        expect(at - first).toBeGreaterThan((index + 1) * 4_000 - 500)
        expect(at - first).toBeLessThan((index + 1) * 4_000 + 1_500)
      }
      await talk(call)
    },
    leaves: 'answered',
    disposition: 'answered',
  },
  {
    module: 'user',
    says: 'R-077: both phones of a person alert within 1 s; the one that is not picked up stops',
    async place(scene) {
      const userId = await scene.create('users', { firstName: 'Robin' })
      const callees = await Promise.all([
        scene.callee('silent', { ownerId: userId }),
        scene.callee('answers', { ownerId: userId }),
      ])
      return { node: node('user', { userId }), callees }
    },
    async live(call) {
      const [one = 0, other = 0] = await Promise.all(call.callees.map(async (callee) => (await callee.rung).atMs))
      expect(Math.abs(one - other)).toBeLessThan(1_000)
      await call.callees[0]?.stopped
      await talk(call)
    },
    leaves: 'answered',
    disposition: 'answered',
  },
  {
    module: 'user',
    says: 'R-139: a cell phone picked up without the key leaves the desk phone ringing; with the key they talk',
    async place(scene) {
      const userId = await scene.create('users', { firstName: 'Robin' })
      const desk = await scene.callee('silent', { ownerId: userId })
      const number = `+1206777${scene.number}`
      await scene.create('devices', { type: 'cell', name: 'Cell', ownerId: userId, number, requireKeyPress: true })
      return { node: node('user', { userId, timeoutSeconds: 30 }), callees: [desk] }
    },
    async live({ scene, caller, callees }) {
      const cell = scene.outsiders[0]
      await cell?.event('CALL_INCOMING', 10_000)
      cell?.command('accept')
      await cell?.event('CALL_ESTABLISHED', 5_000)
      await cell?.hears(scene.stage.prompt('confirm-call'))
      // Picked up, and nobody pressed the key: the other phone goes on ringing, and the caller waiting.
      await sleep(1_500)
      expect([caller.count('CALL_ESTABLISHED'), await isOver(callees[0]?.stopped)]).toEqual([0, false])
      await cell?.press('1')
      await caller.event('CALL_ESTABLISHED', 5_000)
      await callees[0]?.stopped
      await Promise.all([caller.hearsTone(outsideHz, 500, 8_000), cell?.hearsTone(callerHz, 500, 8_000)])
      caller.command('hangup')
    },
    outsiders: (scene) => [`+1206777${scene.number}`],
    leaves: 'answered',
    disposition: 'answered',
  },
  {
    module: 'intercom',
    says: "the person's phone is asked to answer by itself, and they talk",
    async place(scene) {
      const { extension } = await scene.stage.save<{ extension: { number: string; deviceId: string } }>('extensions', {
        number: `7${scene.number.slice(1)}`,
        firstName: 'Robin',
      })
      const callee = await scene.calleeAt(extension.deviceId, 'answers')
      return { node: node('intercom', { digits: extension.number }), callees: [callee] }
    },
    async live(call) {
      expect((await call.callees[0]?.rung)?.callInfo).toContain('answer-after=0')
      await talk(call)
    },
    leaves: 'answered',
    disposition: 'answered',
  },
  {
    module: 'echo-test',
    says: 'the caller hears the own voice',
    place: alone('echo-test'),
    async live({ caller }) {
      await caller.hearsTone(callerHz, 1_000)
      caller.command('hangup')
    },
    leaves: 'answered',
    disposition: 'answered',
  },
]

/** Whether something has happened already. */
const isOver = async (promise: Promise<unknown> | undefined): Promise<boolean> =>
  Promise.race([promise?.then(() => true) ?? false, sleep(1, false)])

// --- What the called phone shows. ---

const shown = (module: string, params: Readonly<Record<string, unknown>>, says: string, from: RegExp): Row => ({
  module,
  says,
  async place(scene) {
    const callee = await scene.callee('answers')
    const others = { ring: node('device', { deviceId: callee.id }) }
    return { node: { ...node(module, params), exits: { next: 'ring' } }, others, callees: [callee] }
  },
  from: '+14255550171',
  async live(call) {
    expect((await call.callees[0]?.rung)?.from).toMatch(from)
    await talk(call)
  },
  leaves: 'next',
  disposition: 'answered',
})

const showing: readonly Row[] = [
  shown('prepend', { name: 'GEN' }, 'R-106: the ringing phone shows a name that begins with GEN', /^"GEN/),
  shown(
    'set-caller-id',
    { name: 'Front door', number: '1000' },
    'another name and number are shown',
    /^"Front door" <sip:1000@/,
  ),
  shown('privacy', {}, 'nobody is shown', /^"Anonymous" <sip:(?!.*4255550171)/i),
]

// --- What callers hear and key in. ---

/** Something is said, before the PBX hangs up; which words is for the engine's tests. */
async function hearsWords(caller: Baresip): Promise<void> {
  await caller.event('CALL_CLOSED', 20_000)
  const loud = (await caller.heard()).filter((sample) => Math.abs(sample) > 1_000)
  expect(loud.length).toBeGreaterThan(1_000)
}

const saying: readonly Row[] = [
  {
    module: 'play-media',
    says: 'the recording is heard, then the next module has its turn',
    place: alone('play-media', { mediaId: 'media-closed' }),
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.closed)),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'play-media',
    says: 'a key stops it',
    place: alone('play-media', { mediaId: 'media-closed', times: 20 }),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.closed)
      await caller.press('5')
      await caller.event('CALL_CLOSED', 4_000)
    },
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'text-to-speech',
    says: 'the words are spoken',
    place: alone('text-to-speech', { text: 'Good morning. This is a test.' }),
    live: ({ caller }) => hearsWords(caller),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'language',
    says: 'what follows is spoken in the language of the module',
    async place() {
      const others = { say: { ...node('do-not-disturb', { action: 'on' }), exits: { next: 'end' } } }
      return { node: { ...node('language', { language: 'en-US' }), exits: { next: 'say' } }, others }
    },
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.prompt('dnd-on'))),
    leaves: 'next',
    because: /en-US/,
    disposition: 'completed',
  },
  {
    module: 'sleep',
    says: 'two seconds pass before the next module has its turn',
    place: async () => ({
      node: { ...node('sleep', { seconds: 2 }), exits: { next: 'say' } },
      others: { say: { ...node('play-media', { mediaId: 'media-closed' }), exits: { next: 'end' } } },
    }),
    async live({ caller }) {
      const began = Date.now()
      await caller.event('CALL_ESTABLISHED', 10_000)
      expect(Date.now() - began).toBeGreaterThan(1_800)
      caller.command('hangup')
    },
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'fax-box',
    says: 'the caller is told that faxes are not available, and that is the end',
    place: alone('fax-box', { faxBoxId: 'fax-main' }),
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.prompt('not-available'))),
    because: /^faxes to Fax/,
    disposition: 'failed',
  },
  {
    module: 'callflow',
    says: 'the other callflow is heard',
    async place(scene) {
      const nodes = { say: { id: 'say', ...node('play-media', { mediaId: 'media-closed' }) } }
      const callflowId = await scene.create('callflows', { name: 'Other', root: 'say', nodes })
      return { node: node('callflow', { callflowId }) }
    },
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.closed)),
    leaves: 'jump',
    disposition: 'completed',
  },
  {
    module: 'response',
    says: 'a caller who was not answered is told 486',
    place: alone('response'),
    live: ({ caller }) => refused(caller, /^486/),
    because: /busy/,
    disposition: 'busy',
  },
  {
    module: 'hang-up',
    says: 'a caller who was not answered is told 480',
    place: alone('hang-up', { as: 'unavailable' }),
    live: ({ caller }) => refused(caller, /^480/),
    disposition: 'refused',
  },
  {
    module: 'menu',
    says: 'the key that is pressed is the way',
    place: async (scene) => ({ node: node('menu', { menuId: await menu(scene) }) }),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.closed)
      await caller.press('2')
    },
    leaves: '2',
    disposition: 'completed',
  },
  {
    module: 'menu',
    says: 'silence, twice, is the default',
    place: async (scene) => ({
      node: node('menu', { menuId: await menu(scene, { attempts: 2, keyTimeoutMs: 500 }) }),
      wired: ['default'],
    }),
    async live({ scene, caller }) {
      const first = await caller.hears(scene.stage.closed)
      await caller.hears(scene.stage.closed, { from: first })
    },
    leaves: 'default',
    because: /^no key pressed/,
    disposition: 'completed',
  },
  {
    module: 'menu',
    says: 'too many keys are one wrong entry',
    async place(scene) {
      const menuId = await menu(scene, { attempts: 1, dialExtensions: true, extensionDigitsMax: 4 })
      return { node: { ...node('menu', { menuId }), exits: { '1': 'end', default: 'end' } } }
    },
    async live({ scene, caller }) {
      await caller.hears(scene.stage.closed)
      await caller.press('99887766')
    },
    leaves: 'default',
    because: /^9988 means nothing here/,
    disposition: 'completed',
  },
  {
    module: 'directory',
    says: 'who presses 0 is let on',
    place: alone('directory', { directoryId: 'directory-staff' }),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.prompt('directory-enter'))
      await caller.press('0#')
    },
    leaves: 'no-match',
    because: /pressed 0/,
    disposition: 'completed',
  },
  {
    module: 'collect-digits',
    says: 'what is keyed in is kept, and a branch goes by it',
    place: async () => ({
      node: { ...node('collect-digits', { mediaId: 'media-closed', digitsMax: 4 }), exits: { next: 'look' } },
      others: {
        look: {
          ...node('branch', { branches: [{ exit: 'right', value: '4711' }] }),
          exits: { right: 'say', other: 'end' },
        },
        say: { ...node('play-media', { mediaId: 'media-closed' }), exits: { next: 'end' } },
      },
    }),
    async live({ scene, caller }) {
      const asked = await caller.hears(scene.stage.closed)
      await caller.press('4711')
      await caller.hears(scene.stage.closed, { from: asked })
    },
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'collect-digits',
    says: 'too few digits, and then none, are no digits',
    place: alone('collect-digits', { digitsMin: 4, digitsMax: 4, attempts: 2, firstDigitMs: 2_000, nextDigitMs: 500 }),
    async live({ caller }) {
      await caller.event('CALL_ESTABLISHED', 10_000)
      await caller.press('47')
      await caller.event('CALL_CLOSED', 10_000)
    },
    leaves: 'no-digits',
    because: /nothing was keyed in/,
    disposition: 'completed',
  },
  {
    module: 'branch',
    says: 'the number that was dialed decides',
    place: async (scene) => ({
      node: node('branch', { of: 'dialled-number', branches: [{ exit: 'here', value: scene.number }] }),
    }),
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'here',
    disposition: 'refused',
  },
  {
    module: 'set-variables',
    says: 'the variable names what a later module plays',
    place: async () => ({
      node: {
        ...node('set-variables', { variables: [{ name: 'what', type: 'media', value: 'media-closed' }] }),
        exits: { next: 'say' },
      },
      others: { say: { ...node('play-media', { routeVariable: 'what' }), exits: { next: 'end' } } },
    }),
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.closed)),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'match-caller-id',
    says: 'a caller on the list goes the way of the list',
    place: alone('match-caller-id', { pattern: String.raw`\b(?:4255550172)\b` }),
    from: '+14255550172',
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'match',
    disposition: 'refused',
  },
  {
    module: 'missed-call-alert',
    says: 'a caller who is not answered is noted as somebody to tell of',
    place: alone('missed-call-alert', { emails: ['team@acme.example'] }),
    from: '+14255550173',
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'next',
    because: /^1 are told/,
    disposition: 'refused',
  },
  {
    module: 'dynamic-caller-id',
    says: "somebody else's number is refused in speech",
    place: alone('dynamic-caller-id'),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.prompt('caller-id-enter'))
      await caller.press('2065550199#')
      await caller.hears(scene.stage.prompt('caller-id-not-yours'))
    },
    leaves: 'next',
    because: /otherwise/,
    disposition: 'completed',
  },
  {
    module: 'time-of-day',
    says: 'inside its hours the schedule is the way',
    place: alone('time-of-day', { branches: [{ exit: 'open', id: 'schedule-open' }] }),
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'open',
    disposition: 'refused',
  },
  {
    module: 'time-of-day-switch',
    says: 'a wrong key is asked again, the right one forces the schedule off',
    async place(scene) {
      const schedule = { name: 'Hours', recurrence: { cycle: 'daily' } }
      return { node: node('time-of-day-switch', { schedules: [await scene.create('schedules', schedule)] }) }
    },
    async live({ scene, caller }) {
      const asked = await caller.hears(scene.stage.prompt('schedule-menu'))
      await caller.press('7')
      await caller.hears(scene.stage.prompt('schedule-menu'), { from: asked })
      await caller.press('2')
      await caller.hears(scene.stage.prompt('schedule-off'))
    },
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'do-not-disturb',
    says: 'it is switched on for the phone that calls',
    place: alone('do-not-disturb', { action: 'on' }),
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.prompt('dnd-on'))),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'follow-me',
    says: 'it is switched off for the phone that calls',
    place: alone('follow-me', { action: 'off' }),
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.prompt('follow-me-off'))),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'call-return',
    says: 'a phone of nobody is told that it has nobody to call back',
    place: alone('call-return'),
    live: async ({ scene, caller }) => void (await caller.hears(scene.stage.prompt('feature-not-available'))),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'say-time',
    says: 'the time is spoken',
    place: alone('say-time'),
    live: ({ caller }) => hearsWords(caller),
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'call-forward',
    says: 'a number is asked for, and calls go there',
    place: alone('call-forward', { action: 'on' }),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.prompt('forward-enter-number'))
      await caller.press('2065550101#')
      await caller.hears(scene.stage.prompt('forward-on'))
    },
    leaves: 'next',
    disposition: 'completed',
  },
  {
    module: 'hot-desk',
    says: 'an extension that uses no hot desk is refused, and silence is the end of it',
    place: alone('hot-desk', { action: 'in' }),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.prompt('hotdesk-enter-extension'))
      await caller.press('1009#')
      await caller.hears(scene.stage.prompt('hotdesk-invalid'))
    },
    leaves: 'next',
    because: /nothing was keyed in/,
    disposition: 'completed',
  },
  {
    module: 'voicemail',
    says: 'what is said is a message when the caller hangs up',
    place: async (scene) => ({ node: node('voicemail', { voicemailBoxId: await box(scene) }) }),
    async live({ scene, caller }) {
      await caller.hearsTone(beepHz, 200)
      await sleep(3_000)
      caller.command('hangup')
      const boxes = await scene.api.all<{ id: string; number: string }>('voicemail-boxes')
      const mine = boxes.find(({ number }) => number === scene.number)
      await until(async () => (await scene.api.messages(mine?.id ?? ''))[0])
    },
    disposition: 'voicemail',
  },
  {
    module: 'record-media',
    says: 'what is said is in the media, for whoever plays them next',
    async place(scene) {
      const mediaId = await scene.create('media', { name: `Recorded ${scene.number}`, text: 'Not yet recorded.' })
      return { node: { ...node('record-media', { mediaId }), exits: { next: 'end' } } }
    },
    async live({ scene, caller }) {
      await caller.hearsTone(beepHz, 200)
      await sleep(2_500)
      await caller.press('#')
      await caller.hears(scene.stage.prompt('review'))
      await caller.press('1')
      await caller.hears(scene.stage.prompt('media-saved'))
      await until(async () =>
        (await scene.api.all<{ name: string; source: string }>('media')).find(
          ({ name, source }) => name === `Recorded ${scene.number}` && source === 'phone',
        ),
      )
    },
    leaves: 'next',
    because: /recorded/,
    disposition: 'completed',
  },
  {
    module: 'check-voicemail',
    says: 'three wrong PINs are the end of it',
    place: async (scene) => ({ node: node('check-voicemail', { voicemailBoxId: await box(scene) }) }),
    async live({ scene, caller }) {
      await caller.hears(scene.stage.prompt('vm-enter-pin'))
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        await caller.press('1#')
        await sleep(attempt < 3 ? 1_500 : 0)
      }
    },
    because: /not let into the box/,
    disposition: 'completed',
  },
]

// --- Numbers outside, and other people's programs. ---

const outward: readonly Row[] = [
  {
    module: 'global-carrier',
    says: 'the number is called through the carrier of the installation, and the caller talks',
    place: alone('global-carrier', { number: '2065550101' }),
    async live({ caller }) {
      await caller.hearsTone(callerHz, 1_000)
      caller.command('hangup')
    },
    leaves: 'answered',
    disposition: 'answered',
  },
  ...(
    [
      ['2065550102', 'busy'],
      ['2065550106', 'declined'],
    ] as const
  ).map(
    ([number, leaves]): Row => ({
      module: 'global-carrier',
      says: `a number that is ${leaves} leaves by ${leaves}`,
      place: alone('global-carrier', { number }),
      live: ({ caller }) => refused(caller, /^4/),
      leaves,
      disposition: 'refused',
    }),
  ),
  {
    module: 'account-carrier',
    says: 'an account without a carrier of its own leaves by unavailable',
    place: alone('account-carrier', { number: '2065550101' }),
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'unavailable',
    because: /no-trunk/,
    disposition: 'refused',
  },
  {
    module: 'webhook',
    says: 'the call goes on at once, whether or not anybody is there to be told',
    place: alone('webhook', { url: 'https://hooks.invalid/told' }),
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'next',
    disposition: 'refused',
  },
  {
    module: 'pivot',
    says: 'a URL that cannot be asked is a failed way out, within seconds',
    place: alone('pivot', { url: 'https://hooks.invalid/asked' }),
    live: ({ caller }) => refused(caller, /^4/),
    leaves: 'failed',
    because: /./,
    disposition: 'refused',
  },
]

const menu = (scene: Scene, more: object = {}): Promise<string> =>
  scene.create('menus', { name: 'Menu', greeting: 'media-closed', ...more })
const box = (scene: Scene): Promise<string> =>
  scene.create('voicemail-boxes', { name: 'Box', number: scene.number, pin: '4711', isSetUp: true })

export const rows: readonly Row[] = [...reaching, ...together, ...showing, ...saying, ...outward]
