import * as z from 'zod'
import type { CallView } from './define-module.ts'
import type { SignedFor } from './vocabulary.ts'

/** Of the secret requests are signed with: a higher number makes a new one, the old one is void. */
export const keyVersion = z.int().min(1).max(1_000).default(1).meta({ title: 'Secret number', advanced: true })

/** Texts of the administrator's own that go along. */
export const ownData = z
  .array(
    z.object({
      name: z.string().min(1).max(64).meta({ title: 'Name' }),
      value: z.string().max(256).meta({ title: 'Value' }),
    }),
  )
  .max(20)
  .default([])
  .meta({ title: 'Data to send along' })

/** What a URL is told of a call (docs/pivot-and-webhooks.md). A caller who withholds the number has none here either. */
export function toldOfCall(
  view: CallView,
  event: 'pivot' | 'webhook',
  data: z.infer<typeof ownData>,
): Record<string, unknown> {
  const { callId, accountId, direction, dialled, caller, answered, traits } = view.call
  const user = view.callingUser
  return {
    event,
    at: view.at,
    accountId,
    callId,
    ...(view.callflowId === undefined ? {} : { callflowId: view.callflowId }),
    nodeId: view.nodeId,
    direction,
    dialled,
    caller: {
      anonymous: caller.anonymous,
      ...(caller.anonymous || caller.number === undefined ? {} : { number: caller.number }),
      ...(caller.anonymous || caller.name === undefined ? {} : { name: caller.name }),
      ...(view.callingDevice === undefined ? {} : { deviceId: view.callingDevice.id }),
      ...(user === undefined ? {} : { userId: user.id }),
      ...(user?.extension === undefined ? {} : { extension: user.extension }),
    },
    answered,
    variables: Object.fromEntries(Object.entries(traits.variables).map(([name, { value }]) => [name, value])),
    data: Object.fromEntries(data.map(({ name, value }) => [name, value])),
  }
}

/** The secret of the module itself; what an answer brought signs as the module that asked for it. */
export function signedForOf({ call, callflowId, nodeId }: CallView, version: number): SignedFor {
  if (call.brought !== undefined && call.brought.id === callflowId) return call.brought.signedFor
  return { ...(callflowId === undefined ? {} : { callflowId }), nodeId, keyVersion: version }
}

/** What a URL is sent, as text: the same whenever it is sent again. */
export const toldText = (id: string, body: Readonly<Record<string, unknown>>): string => JSON.stringify({ id, ...body })
