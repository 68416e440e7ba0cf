import { type RingOutcome, RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import type { ActionOf } from '@offhook/shared/sma-contract/actions.ts'
import { actionErrors } from '@offhook/shared/sma-contract/errors.ts'
import { headerOf } from '@offhook/shared/sma-contract/sip-headers.ts'
import { type XPbxRing, xPbxRing } from '@offhook/shared/sma-contract/x-pbx.ts'
import { readRing } from '../x-pbx.ts'
import { type ActionContext, type ActionResult, type Execute, failed, stopped } from './action.ts'

type Parameters = ActionOf<'CallAndBridge'>['Parameters']

/**
 * CallAndBridge (call-and-bridge): rings as the header's plan says, or the one endpoint. The caller is answered when the far end
 * answers, not before; an answered one hears the ringback tone. Nothing but its end or the time-out cuts it short.
 */
export const callAndBridge: Execute<'CallAndBridge'> = async (context, parameters) => {
  if (context.isBridged) return failed(actionErrors.alreadyBridged)
  const from = context.legA.leg.from
  if (!mayShow(context, parameters.CallerIdNumber, from)) return failed(actionErrors.callerIdInvalid)
  const tone = parameters.RingbackTone
  const ringback = tone === undefined ? undefined : await context.audio.resolve(tone.BucketName, tone.Key)
  if (tone !== undefined && ringback === undefined) return failed(actionErrors.ringtoneInvalid)
  const header = headerOf(parameters.SipHeaders, xPbxRing)
  const ring =
    header === undefined ? plainRing(context, parameters) : await readRing(context.trustKey, header, context.loadItem)
  if (ring === undefined) return failed(actionErrors.header(xPbxRing))
  return carryOut(context, ring, parameters.CallTimeoutSeconds, ringback)
}

/** The plan has the same time-out and tells it as `no-answer`; ours is for a call layer that forgets. */
const graceMs = 2_000

const e164 = /^\+[1-9]\d{1,14}$/

/** Leg A's own number always; else E.164, and an owned one where the profile has an inventory. */
function mayShow({ profile }: ActionContext, number: string, from: string): boolean {
  if (number === from) return true
  return e164.test(number) && (profile.ownedNumbers === undefined || profile.ownedNumbers.has(number))
}

async function carryOut(
  context: ActionContext,
  ring: XPbxRing,
  timeoutSeconds: number,
  ringback: string | undefined,
): Promise<ActionResult> {
  const ringing = context.calls.ring(context.legA.leg, ring.plan, {
    accountId: ring.account,
    callId: ring.call,
    ...(ringback === undefined ? {} : { ringback: { kind: 'file' as const, path: ringback } }),
  })
  const cancel = () => ringing.cancel('the caller is gone')
  context.signal.addEventListener('abort', cancel, { once: true })
  const forget = context.clock.after(timeoutSeconds * 1_000 + graceMs, () => ringing.cancel('nobody answered in time'))
  const { outcome, leg } = await ringing.done
  forget()
  context.signal.removeEventListener('abort', cancel)
  if (leg === undefined)
    return { kind: 'failed', error: actionErrors.notAnswered, data: await told(context, ring, outcome) }
  // The caller may have gone in the instant of the answer: then nobody is left for the callee to talk to.
  if (context.signal.aborted || !context.legA.isUp) {
    leg.hangUp('the caller is gone')
    return stopped
  }
  try {
    const data = await told(context, ring, outcome)
    const connection = await context.calls.connect(context.legA.leg, leg)
    context.legA.digits.clear()
    context.joined(leg, connection)
    return { kind: 'done', data }
  } catch (cause) {
    leg.hangUp('could not be connected')
    throw cause
  }
}

/** The outcome rides in the event on the `edge` plane, the only field that plane adds; elsewhere in an item named by the plan. */
async function told(context: ActionContext, ring: XPbxRing, outcome: RingOutcome): Promise<Record<string, unknown>> {
  if (context.profile.tellsOutcome) return { Outcome: outcome }
  await context.saveOutcome(ring.account, outcome)
  return {}
}

/** A bridge without our header, as any program on the service would ask for. */
function plainRing(context: ActionContext, parameters: Parameters): XPbxRing | undefined {
  const [endpoint] = parameters.Endpoints
  if (endpoint === undefined) return undefined
  const number = parameters.CallerIdNumber
  const target =
    endpoint.BridgeEndpointType === 'PSTN'
      ? { kind: 'trunk', number: endpoint.Uri, callerId: { number } }
      : { kind: 'uri', uri: endpoint.Uri }
  const plan = RingPlan.safeParse({
    id: context.transactionId,
    legs: [{ id: '1', target, timeoutSeconds: parameters.CallTimeoutSeconds }],
    timeoutSeconds: parameters.CallTimeoutSeconds,
    display: { number },
  })
  return plan.success ? { account: context.accountId, call: context.transactionId, plan: plan.data } : undefined
}
