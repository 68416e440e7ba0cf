import { deflateRawSync } from 'node:zlib'
import type { RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import { type XPbxRing, xPbxRingCharsMax } from '@offhook/shared/sma-contract/x-pbx.ts'
import type { Spill } from './dependencies.ts'
import { macOf } from './trust.ts'

/**
 * `X-Pbx-Ring`: `<form>.<body>.<mac>`. Form `z` is the deflated JSON of the plan, base64url; form `k` the key of an item holding
 * the same bytes, for plans that would make the header longer than 2,000 characters.
 */
export async function ringHeader(
  call: { readonly accountId: string; readonly callId: string },
  plan: RingPlan,
  trustKey: string,
  spill: Spill,
): Promise<string> {
  const content: XPbxRing = { account: call.accountId, call: call.callId, plan }
  const bytes = deflateRawSync(JSON.stringify(content))
  const inline = signed(`z.${bytes.toString('base64url')}`, trustKey)
  if (inline.length <= xPbxRingCharsMax) return inline
  const key = `plans/${call.accountId}/${call.callId}/${plan.id}`
  await spill.save(key, bytes)
  return signed(`k.${Buffer.from(key).toString('base64url')}`, trustKey)
}

const signed = (text: string, trustKey: string): string =>
  `${text}.${macOf(trustKey, 'ring', text).toString('base64url')}`
