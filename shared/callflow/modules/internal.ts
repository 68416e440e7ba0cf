/** What the engine does for numbers that no callflow answers. Modules like any other, but nobody can place them. */
import * as z from 'zod'
import { callerIdFor } from '../../caller-id/caller-id.ts'
import { EmergencyFacts, emergencyDecision, emergencyFactsOf, placedForHelp } from '../../emergency/emergency.ts'
import { Disposition } from '../../model/cdr.ts'
import { singletonId } from '../../model/document.ts'
import { classify } from '../../numbers/classify.ts'
import { isAllowed } from '../../restriction/restriction.ts'
import { type CallModule, type CallView, defineModule, end, exit, jump, talk, wait } from '../define-module.ts'
import { chosenOutside } from '../forwarding.ts'
import { callableIdentity, displayOf } from '../ringing.ts'
import type { CallCommandInput } from '../vocabulary.ts'

const hidden = { category: 'Advanced', icon: 'system', hidden: true } as const

const announce = defineModule({
  type: 'announce',
  title: 'Announcement',
  summary: 'Says a sentence and ends the call.',
  params: z.object({ say: z.string(), disposition: Disposition.default('completed'), reason: z.string().default('') }),
  exits: [],
  memo: z.literal('saying'),
  answers: true,
  editor: hidden,
  start: (p) => wait('saying', { type: 'play', parts: [{ prompt: p.say }] }),
  resume: (p) => end(p.disposition, p.reason),
  examples: [],
})

/** The caller's own identity, where DISA lets it be kept: an outside number that is not hidden. */
function keptCaller(view: CallView): CallView['call']['caller'] | undefined {
  const { caller, origin, traits } = view.call
  const isShown = origin.kind === 'trunk' && !caller.anonymous && caller.number !== undefined
  return traits.actsAs?.shows === 'caller' && isShown ? caller : undefined
}

/** A call to a public number in the name of the calling device. */
const outside = defineModule({
  type: 'outside',
  title: 'Outside call',
  summary: 'Calls a public number through a carrier.',
  params: z.object({ number: z.string() }),
  exits: ['no-answer'],
  memo: z.enum(['ringing', 'refusing']),
  answers: false,
  editor: hidden,
  start(p, view) {
    const levels = { device: view.callingDevice, user: view.callingUser, account: view.account }
    const numberClass = classify(p.number)
    const permission = isAllowed(numberClass, levels)
    if (!permission.allowed) return { ...wait('refusing', { type: 'play', parts: [{ prompt: 'call-not-allowed' }] }) }
    const { name, number } = keptCaller(view) ?? callerIdFor('external', levels)
    const usual = { ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) }
    const callerId = chosenOutside(view, usual)
    const target = { kind: 'trunk' as const, number: p.number, callerId }
    return wait('ringing', {
      type: 'ring',
      callerId,
      plan: {
        id: planId(view),
        legs: [{ id: '1', target, timeoutSeconds: 90 }],
        timeoutSeconds: 90,
        display: callerId,
      },
    })
  },
  resume(p, event, memo) {
    if (memo === 'refusing') return end('refused', `calls to ${classify(p.number)} numbers are not allowed`)
    if (event.type === 'rang' && event.outcome.answered !== undefined) return talk(event.outcome.answered)
    return exit(
      'no-answer',
      event.type === 'rang' ? event.outcome.reason : event.type === 'failed' ? event.reason : 'failed',
    )
  },
  examples: [],
})

const planId = (view: CallView): string => `${view.call.callId.slice(0, 50)}-${view.call.turn}`

/** What the call knows of who is calling for help; a caller without a device of the account has the account's identity. */
function factsOf(view: CallView): EmergencyFacts {
  const { account, callingDevice: device, callingOwner: user } = view
  const routing = view.find('routing', singletonId)
  if (device !== undefined) return emergencyFactsOf({ account, device, user, routing })
  return EmergencyFacts.parse({ accountId: account.id, account, registered: routing?.emergencyNumbers ?? [] })
}

const placedAt = (at: string, deviceId: string | undefined, number: string | undefined): CallCommandInput => ({
  type: 'change',
  fact: { kind: 'account', id: singletonId },
  set: placedForHelp(at, deviceId, number),
})

/** A call for help that reached the engine: a menu's dialled digits, say. The edge decides a phone's own 911 the same way without us. */
const emergency = defineModule({
  type: 'emergency',
  title: 'Emergency call',
  summary: 'Calls emergency services with the registered address.',
  params: z.object({ kind: z.enum(['emergency', 'test']) }),
  exits: [],
  memo: z.enum(['ringing', 'failing']),
  answers: false,
  editor: hidden,
  start(p, view) {
    const decided = emergencyDecision(p.kind, factsOf(view), planId(view), (id) => view.find('emergency-address', id))
    const { plan, callerId, address, notice, alerts } = decided
    return {
      ...wait(
        'ringing' as const,
        placedAt(view.at, view.callingDevice?.id, callerId.number),
        {
          type: 'notify',
          what: 'emergency-call',
          to: view.account.emergency.notifyEmails,
          text: notice.slice(0, 500),
          details: { callBack: callerId.number ?? '', addressId: address?.id ?? '' },
        },
        ...alerts.map((text) => ({ type: 'notify' as const, what: 'alert' as const, text })),
        { type: 'ring', callerId, plan },
      ),
      traits: { emergency: true },
    }
  },
  resume(_, event, memo) {
    if (memo === 'failing') return end('failed', 'emergency services could not be reached')
    if (event.type === 'rang' && event.outcome.answered !== undefined) return talk(event.outcome.answered)
    // Said aloud, twice: silence or a busy tone would look like help on its way.
    return wait('failing' as const, { type: 'play', parts: [{ prompt: 'emergency-not-available' }], repeat: 2 })
  },
  examples: [],
})

/** Seconds that a phone rings for emergency services before the number leads where it always does. */
const callBackSeconds = 30

/** Emergency services call back: the phone that called them rings first, whatever else it is set to. */
const callBack = defineModule({
  type: 'call-back',
  title: 'Call-back of emergency services',
  summary: 'Rings the phone that called for help.',
  params: z.object({ deviceId: z.string(), dialled: z.string() }),
  exits: ['no-answer'],
  memo: z.literal('ringing'),
  answers: false,
  editor: hidden,
  start({ deviceId, dialled }, view) {
    const username = view.find('device', deviceId)?.username
    if (username === undefined) return jump(`number:${dialled}`, 'the phone that called for help is gone')
    return wait('ringing', {
      type: 'ring',
      callerId: callableIdentity(view),
      plan: {
        id: planId(view),
        legs: [{ id: '1', target: { kind: 'device', deviceId, username }, timeoutSeconds: callBackSeconds }],
        timeoutSeconds: callBackSeconds,
        display: displayOf(view),
      },
    })
  },
  resume({ dialled }, event) {
    if (event.type === 'rang' && event.outcome.answered !== undefined) return talk(event.outcome.answered)
    return jump(`number:${dialled}`, 'nobody is at the phone that called for help')
  },
  examples: [],
})

export const internalModules: ReadonlyMap<string, CallModule> = new Map(
  [announce, outside, emergency, callBack].map((module) => [module.type, module]),
)
