import type { RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import type { CallControl, IncomingCall, Leg } from '../call/call-control.ts'

/** Who answers a number: user names that ring together. */
export type Routes = (call: IncomingCall) => readonly string[]

/** A plan that rings devices together. Device ids are `device-<username>`. */
export function planFor(usernames: readonly string[], more: Partial<RingPlan> = {}): RingPlan {
  return {
    id: 'plan',
    mode: 'together',
    timeoutSeconds: 20,
    display: {},
    stopOnDecline: false,
    legs: usernames.map((username, index) => ({
      id: String(index + 1),
      target: { kind: 'device', deviceId: `device-${username}`, username },
      delaySeconds: 0,
      timeoutSeconds: 20,
      keyPress: false,
    })),
    ...more,
  }
}

/** The least that can decide calls: rings who is dialled, connects, ends both when one ends. Returns the calls it saw. */
export function decideByNumber(
  calls: CallControl,
  routes: Routes = (call) => [call.leg.to],
): { readonly seen: IncomingCall[] } {
  const seen: IncomingCall[] = []
  calls.onCall((call) => {
    seen.push(call)
    void serve(calls, call.leg, routes(call))
  })
  return { seen }
}

async function serve(calls: CallControl, caller: Leg, usernames: readonly string[]): Promise<void> {
  const plan = planFor(usernames, {
    display: { number: caller.from, ...(caller.fromName === undefined ? {} : { name: caller.fromName }) },
  })
  const { outcome, leg } = await calls.ring(caller, plan, { accountId: caller.identity.accountId, callId: caller.id })
    .done
  if (leg === undefined) return caller.reject(outcome.reason === 'busy' || outcome.reason === 'declined' ? 486 : 480)
  caller.onEnd(() => leg.hangUp())
  leg.onEnd(() => caller.hangUp())
  try {
    await calls.connect(caller, leg)
  } catch {
    // The caller hung up while we answered: its end takes the other leg along.
    leg.hangUp('Caller gone')
  }
}
