import { getLadder, getLadderText, type LadderMessage, startSipTrace } from '@offhook/shared/api/sip-traces.ts'
import { drawLadder } from '@offhook/shared/ladder/draw-ladder.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { notFound } from './auth.ts'
import type { EdgeControl } from './dependencies.ts'
import { type Api, type Scene, serve } from './serve.ts'

function edgeOf({ edge }: Api): EdgeControl {
  if (edge !== undefined) return edge
  throw new PbxError('no-way-to-the-edge', {
    status: 501,
    message:
      'This installation cannot show SIP messages yet: its API has no way to the servers that carry calls. A queue for each of them is missing; on one machine none is needed.',
  })
}

/** Throws not-found unless the call is, or was, of the account inside whose walls the caller is. */
async function enterCall({ store, liveCalls }: Api, { accountId }: Scene, callId: string): Promise<void> {
  if ((await store.cdrs.get(accountId, callId)) !== undefined) return
  const up = await (liveCalls === undefined ? store.calls.up(accountId) : liveCalls(accountId))
  if (!up.some((call) => call.callId === callId)) throw notFound('There is no such call.')
}

async function messagesOf(api: Api, scene: Scene, callId: string): Promise<readonly LadderMessage[]> {
  await enterCall(api, scene, callId)
  const messages = await edgeOf(api).ladder(scene.accountId, callId)
  if (messages.length > 0) return messages
  throw new PbxError('not-recorded', {
    status: 404,
    message: 'Nothing was recorded of this call. Start recording (POST /sip-traces), then make the call again.',
  })
}

/** SIP messages of calls, for whoever must find out why a phone did not ring. They are never stored. */
export function serveSipTraces(api: Api): void {
  serve(api, startSipTrace, async ({ body }, { accountId, by }) => {
    const trace = await edgeOf(api).trace(accountId, body.minutes)
    await api.store.audit.append(accountId, {
      by,
      act: 'sip-trace',
      kind: 'sip-trace',
      targetId: accountId,
      summary: `SIP messages are recorded until ${trace.until}`,
    })
    return trace
  })
  serve(api, getLadder, async ({ params: { callId } }, scene) => ({
    callId,
    messages: [...(await messagesOf(api, scene, callId))],
  }))
  serve(api, getLadderText, async ({ params: { callId } }, scene) => {
    const text = drawLadder(callId, await messagesOf(api, scene, callId))
    return new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
  })
}
