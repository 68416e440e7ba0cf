import { PbxError } from '@offhook/shared/pbx-error.ts'
import { parseSipUri } from '../sip/uri.ts'
import type { OriginateOptions } from './call-control.ts'
import { CallLeg } from './call-leg.ts'
import { callerGaveUp, type Fork } from './fork.ts'
import { resultOf } from './leg-result.ts'
import type { Party } from './party.ts'
import { type CallOut, type FarTarget, ringTarget } from './ring-targets.ts'

export interface OriginateSettings extends CallOut {
  isOurDomain(host: string): boolean
}

/** A device by `sip:user@our domain`, anybody else by URI, all else a number for a trunk. */
function targetOf(to: string, isOurDomain: (host: string) => boolean): FarTarget {
  const uri = parseSipUri(to)
  if (uri === undefined) return { kind: 'trunk', number: to, callerId: {} }
  if (uri.user !== undefined && isOurDomain(uri.host)) return { kind: 'device', deviceId: uri.user, username: uri.user }
  return { kind: 'uri', uri: to }
}

/** A leg of our own making. It is `ringing` at once; `answer()` resolves when the far end answers, `onEnd` tells when it does not. */
export function originateLeg(settings: OriginateSettings, options: OriginateOptions): CallLeg {
  const answered = Promise.withResolvers<Party>()
  // Whoever asked hears of a failure by `onEnd`, also when nobody waits for the answer.
  answered.promise.catch(() => undefined)
  let fork: Fork | undefined
  const leg = new CallLeg(
    {
      direction: 'outbound',
      to: options.to,
      from: options.from,
      identity: { kind: 'system', accountId: options.accountId },
      headers: options.headers ?? {},
      startedAtMs: settings.nowMs(),
    },
    settings.registry.hooks,
    {
      alerting: {
        ringing: () => undefined,
        answer: () => answered.promise,
        refuse: () => fork?.cancel(callerGaveUp),
      },
    },
  )
  settings.registry.add(leg)
  const target = targetOf(options.to, (host) => settings.isOurDomain(host))
  fork = ringTarget(
    settings,
    options.accountId,
    target,
    { display: { number: options.from } },
    {
      attempt: settings.registry.notes.attempts({
        accountId: options.accountId,
        callId: () => settings.registry.callIdOf(leg),
        address: target.kind === 'device' ? target.username : options.to,
      }),
      ringing: () => undefined,
      answered(party) {
        answered.resolve(party)
        leg.answer().catch(() => party.bye('Call over'))
      },
      failed(sipStatus, reason) {
        answered.reject(new PbxError(resultOf(sipStatus), { status: sipStatus, message: reason }))
        leg.finish({ by: 'remote', sipStatus, reason })
      },
    },
  )
  return leg
}
