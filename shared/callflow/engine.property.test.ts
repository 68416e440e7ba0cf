/** What holds for every account the schemas accept and everything that can happen to a call. `OFFHOOK_RUNS` sets how many are tried. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { classifyEmergency } from '../emergency/emergency.ts'
import type { Account } from '../model/account.ts'
import { singletonId } from '../model/document.ts'
import { prompts } from '../prompts/prompts.ts'
import { acmeDocuments, acmeMainDid } from '../testing/acme.ts'
import {
  arrivalTo,
  fittingEvent,
  type Happening,
  randomAccount,
  randomArrival,
  randomHappening,
} from '../testing/random-account.ts'
import { targetOf } from '../testing/scripted-phones.ts'
import { revisionOf } from './account-revision.ts'
import { CallState, callBounds } from './call-state.ts'
import { cdrOf } from './cdr.ts'
import { step } from './engine.ts'
import type { RingPlan } from './ring-plan.ts'
import { replay } from './trace.ts'
import type { Turn } from './turn.ts'
import { CallCommand, type CallEvent } from './vocabulary.ts'
import { awaited } from './work.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)
/** As many fetches as the shell makes before it gives a turn up. */
const fetchesMax = 80
const settings = { numRuns: runs, endOnFailure: true }
const timeoutMs = 60_000 + runs * 200

type Documents = ReadonlyMap<string, unknown>
type Made = Extract<Turn, { state: CallState }>

/** One turn with nothing at hand at first; the state comes back as it travels, as JSON. */
function turn(documents: Documents, state: CallState | undefined, event: CallEvent): Made {
  const known = new Map<string, unknown>()
  for (let fetches = 0; fetches <= fetchesMax; fetches++) {
    const made = step(revisionOf('acme', 1, known), state, event)
    if (!('needs' in made)) return { ...made, state: travelled(made.state) }
    expect(made.needs.every(({ kind, id }) => !known.has(`${kind}/${id}`))).toBe(true)
    for (const { kind, id } of made.needs) known.set(`${kind}/${id}`, documents.get(`${kind}/${id}`) ?? null)
  }
  throw new Error('documents are asked for without end')
}

const instant = (events: number) => new Date(Date.parse('2026-11-24T15:00:00.000Z') + events * 1_000).toISOString()

function eventOf(state: CallState, happening: Happening, past: readonly CallEvent[], count: number): CallEvent {
  const at = instant(count)
  const fitting = fittingEvent(state, happening, at) ?? { type: 'hungup', at, leg: 'caller' }
  if (happening.how === 'fits') return fitting
  if (happening.how === 'anything') return { ...happening.anything, at }
  const before = happening.how === 'again' ? past.at(-1) : past[happening.number % Math.max(1, past.length)]
  return before ?? fitting
}

/** As it comes back. Whoever packed it need not check it again: there is nothing in it that checking would change. */
function travelled(state: CallState): CallState {
  const sent: unknown = JSON.parse(JSON.stringify(state))
  const checked = CallState.parse(sent)
  expect(checked).toEqual(sent)
  return checked
}

/** What every turn must be, whatever made it. */
function checkTurn({ state, commands }: Made): void {
  for (const command of commands) CallCommand.parse(command)
  const waiting = commands.filter(({ type }) => awaited[type] !== undefined)
  if (state.phase === 'ended') expect(state.end).toBeDefined()
  else if (state.phase === 'deciding') {
    // A caller is never left in silence: somebody is waited for, by the last command.
    expect(state.awaiting).toBeDefined()
    expect(waiting.length).toBeLessThanOrEqual(1)
    if (waiting.length === 1) expect(commands.at(-1)).toBe(waiting[0])
  }
  expect(state.path.length).toBeLessThanOrEqual(callBounds.pathSteps)
  expect(state.jumps).toBeLessThanOrEqual(callBounds.jumps)
  expect(state.log.length).toBeLessThanOrEqual(callBounds.events + 1)
  expect(commands.length).toBeLessThanOrEqual(40)
  for (const command of commands) {
    if (command.type === 'ring') checkPlan(command.plan)
    // Every prompt has words to be rendered from: an unknown one would be silence.
    if (command.type === 'play' || command.type === 'gather' || command.type === 'record')
      for (const part of command.parts) if ('prompt' in part) expect(prompts).toHaveProperty(part.prompt)
  }
}

/** No endpoint twice, ids that tell legs apart, and help before all others. */
function checkPlan({ legs }: RingPlan): void {
  const targets = legs.map(targetOf)
  expect(legs.length).toBeGreaterThan(0)
  expect(new Set(targets).size).toBe(targets.length)
  expect(new Set(legs.map(({ id }) => id)).size).toBe(legs.length)
  const helps = legs.findIndex(({ target }) => target.kind === 'trunk' && target.emergency !== undefined)
  expect(helps <= 0).toBe(true)
}

interface Story {
  readonly documents: Documents
  readonly arrival: CallEvent
  readonly happenings: readonly Happening[]
}
const happenings = fc.array(randomHappening, { maxLength: 40, size: 'max' })
/** Half of the stories happen in an account of no sense, half in a company like many, where they lead further in. */
const story: fc.Arbitrary<Story> = fc.oneof(
  fc.record({ documents: randomAccount, arrival: randomArrival, happenings }),
  fc.record({
    documents: fc.constant(acmeDocuments()),
    arrival: arrivalTo(
      ['8000', acmeMainDid, '8001', '8002', '1001', '1003', '*97', '**2001', '911', '2065550100', '8100', '7'],
      ['desk-1001', 'browser-1001', 'desk-1007'],
    ),
    happenings,
  }),
)

/** Lives a story and checks every turn of it. */
function live({ documents, arrival, happenings }: Story): { state: CallState; given: (readonly CallCommand[])[] } {
  let made = turn(documents, undefined, { ...arrival, at: instant(0) })
  checkTurn(made)
  const past: CallEvent[] = []
  const given = [made.commands]
  for (const [index, happening] of happenings.entries()) {
    const event = eventOf(made.state, happening, past, index + 1)
    const next = turn(documents, made.state, event)
    const isRepeated = made.state.log.some((one) => JSON.stringify(one) === JSON.stringify(event))
    if (isRepeated) expect(next.state.log).toHaveLength(made.state.log.length)
    if (next.state.log.length === made.state.log.length) {
      expect(next.state).toEqual(made.state)
      expect(next.commands).toEqual([])
    } else {
      checkTurn(next)
      given.push(next.commands)
    }
    past.push(event)
    made = next
  }
  return { state: made.state, given }
}

it(
  'R-061, R-293: whatever the account and whatever happens, no turn throws, every turn is in bounds and leaves nobody in silence',
  () => {
    fc.assert(
      fc.property(story, (one) => void live(one)),
      settings,
    )
  },
  timeoutMs,
)

it(
  'every call ends: nobody hangs up, and still it is over within its bounds',
  () => {
    fc.assert(
      fc.property(story, fc.array(randomHappening, { minLength: 1, maxLength: 12 }), (one, round) => {
        let { state } = turn(one.documents, undefined, { ...one.arrival, at: instant(0) })
        for (let count = 1; state.phase === 'deciding'; count++) {
          expect(count).toBeLessThanOrEqual(callBounds.events + 1)
          const happening = { ...(round[count % round.length] as Happening), how: 'fits' as const }
          const fitting = { ...happening, outcome: { ...happening.outcome, rightPlan: true } }
          const event = fittingEvent(state, fitting, instant(count))
          expect(event).toBeDefined()
          if (event === undefined) break
          state = turn(one.documents, state, event).state
        }
        if (state.phase === 'talking')
          state = turn(one.documents, state, { type: 'hungup', at: instant(9_999), leg: 'callee' }).state

        expect(state.phase).toBe('ended')
        expect(cdrOf(state).callId).toBe(state.callId)
      }),
      { ...settings, numRuns: Math.ceil(runs / 3) },
    )
  },
  timeoutMs,
)

it(
  'the caller who hangs up ends the call at any moment',
  () => {
    fc.assert(
      fc.property(story, (one) => {
        const { state } = live(one)
        const over = turn(one.documents, state, { type: 'hungup', at: instant(9_999), leg: 'caller' })

        expect(over.state.phase).toBe('ended')
        expect(over.commands.map(({ type }) => type)).toEqual(state.phase === 'ended' ? [] : ['hang-up'])
      }),
      { ...settings, numRuns: Math.ceil(runs / 3) },
    )
  },
  timeoutMs,
)

it(
  'R-293: the decisions computed again from the event log are the same to the byte',
  () => {
    fc.assert(
      fc.property(story, (one) => {
        const { state, given } = live(one)
        const again = replay(revisionOf('acme', 1, one.documents, 'absent'), state.log)

        expect(JSON.stringify(again.map(({ commands }) => commands))).toBe(JSON.stringify(given))
        expect(JSON.stringify(CallState.parse(again.at(-1)?.state))).toBe(JSON.stringify(state))
      }),
      { ...settings, numRuns: Math.ceil(runs / 3) },
    )
  },
  timeoutMs,
)

it(
  'R-278, R-062: a call for help from any phone is an emergency leg at once, whatever the account',
  () => {
    fc.assert(
      fc.property(
        randomAccount,
        randomArrival,
        fc.constantFrom('911', '112', '933', '1911', 'prefixed'),
        (documents, arrival, number) => {
          const { prefix } = (documents.get(`account/${singletonId}`) as Account).emergency
          const dialled = number === 'prefixed' ? `${prefix}911` : number
          const { commands } = turn(documents, undefined, {
            ...(arrival as Extract<CallEvent, { type: 'arrived' }>),
            origin: { kind: 'device', deviceId: 'a' },
            dialled,
          })

          expect(classifyEmergency(dialled, prefix)).toBeDefined()
          const ring = commands.at(-1)
          const first = ring?.type === 'ring' ? ring.plan.legs[0]?.target : undefined
          expect(first?.kind === 'trunk' && first.emergency !== undefined).toBe(true)
        },
      ),
      settings,
    )
  },
  timeoutMs,
)
