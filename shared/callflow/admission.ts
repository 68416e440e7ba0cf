import { singletonId } from '../model/document.ts'
import { callingDeviceId, FactReader, findOne } from './view.ts'
import type { FactKey } from './vocabulary.ts'
import type { Position, Work } from './work.ts'

/** What must be known before a call may wait for anything: it rides along with the first look-up, so that one serves. */
export function admissionKeys({ state }: Pick<Work, 'state'>): FactKey[] {
  if (state.admitted) return []
  const deviceId = callingDeviceId(state)
  return [
    { kind: 'account', id: singletonId },
    ...(deviceId === undefined ? [] : [{ kind: 'device' as const, id: deviceId }]),
  ]
}

/**
 * Whether the call is inside the account's caps, asked before it takes anybody's time: once for the caps on calls, and at every outside
 * call for the cap on those. A call for help and the call back are never capped, nor do they wait for a look-up.
 */
export function admit(work: Work, position: Position): boolean {
  if (position.module === 'emergency' || position.module === 'call-back') {
    callsAs(work, undefined)
    return true
  }
  const account = findOne(work.config, 'account', singletonId)
  if (account === undefined) return true
  const facts = new FactReader(work.state.facts)
  facts.need(admissionKeys(work))
  // A call that is outside already, by a forward that nobody took, is one of those counted.
  const isOutside = position.module === 'outside' && work.state.outside !== true
  const { callsUp = 0, outboundUp = 0 } = work.state.admitted && !isOutside ? {} : facts.read('account', singletonId)
  if (isOutside && outboundUp >= account.caps.outboundMax)
    return refuse(work, 'outside call cap of the account reached')
  if (work.state.admitted) return true
  const deviceId = callingDeviceId(work.state)
  const device = deviceId === undefined ? {} : facts.read('device', deviceId)
  if (callsUp >= account.caps.callsMax) return refuse(work, 'call cap of the account reached')
  if ((device.callsUp ?? 0) >= account.caps.perDeviceMax) return refuse(work, 'call cap of the device reached')
  callsAs(work, device.hotDeskUserIds?.[0])
  work.patch({ admitted: true })
  return true
}

/** Notes whose call it is: the guest's, else the owner's of the calling device. */
function callsAs(work: Work, guestId: string | undefined): void {
  const deviceId = callingDeviceId(work.state)
  const device = deviceId === undefined ? undefined : findOne(work.config, 'device', deviceId)
  const callingUserId = guestId ?? device?.ownerId
  if (callingUserId !== undefined) work.patch({ callingUserId })
}

function refuse(work: Work, reason: string): false {
  work.note({ reason })
  work.end('refused', 'us', reason, 'busy')
  return false
}
