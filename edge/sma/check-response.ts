import { actionTypes } from '@offhook/shared/sma-contract/actions.ts'
import type { ResponseErrorType } from '@offhook/shared/sma-contract/errors.ts'
import { Attributes } from '@offhook/shared/sma-contract/events.ts'
import { actionsMax, attributeBytesMax, attributePairsMax, schemaVersion } from '@offhook/shared/sma-contract/limits.ts'
import { ResponseEnvelope } from '@offhook/shared/sma-contract/response.ts'

export type RawAction = NonNullable<ResponseEnvelope['Actions']>[number]

/**
 * A readable answer; one the service reports back (INVALID_LAMBDA_RESPONSE); or one it ends the call for (chime-sdk-voice reference
 * §3.8, reasons of unexpected hang-ups).
 */
export type CheckedResponse =
  | {
      readonly kind: 'good'
      readonly actions: readonly RawAction[] | undefined
      readonly attributes: Attributes | undefined
    }
  | { readonly kind: 'invalid'; readonly type: ResponseErrorType; readonly message: string }
  | { readonly kind: 'fatal'; readonly reason: string }

export function checkResponse(raw: unknown): CheckedResponse {
  if (raw === null || raw === undefined || typeof raw !== 'object' || Object.keys(raw).length === 0)
    return { kind: 'fatal', reason: 'response null or empty' }
  const envelope = ResponseEnvelope.safeParse(raw)
  if (!envelope.success)
    return 'SchemaVersion' in raw
      ? { kind: 'fatal', reason: 'error reading the action list' }
      : { kind: 'invalid', type: 'SchemaVersionMismatch', message: 'Schema version is missing' }
  const { SchemaVersion, Actions, TransactionAttributes } = envelope.data
  if (SchemaVersion !== schemaVersion)
    return { kind: 'invalid', type: 'SchemaVersionMismatch', message: 'Schema version is not supported' }
  const actions = Actions ?? undefined
  if (actions !== undefined && actions.length > actionsMax) return { kind: 'fatal', reason: 'more than 10 actions' }
  const unknown = actions?.find((action) => !actionTypes.has(action.Type))
  if (unknown !== undefined) return { kind: 'fatal', reason: `unsupported action name ${unknown.Type.slice(0, 64)}` }
  return checkAttributes(TransactionAttributes ?? undefined, actions)
}

function checkAttributes(
  given: Record<string, unknown> | undefined,
  actions: readonly RawAction[] | undefined,
): CheckedResponse {
  if (given === undefined) return { kind: 'good', actions, attributes: undefined }
  const attributes = Attributes.safeParse(given)
  if (!attributes.success) return { kind: 'fatal', reason: 'transaction attributes are not strings' }
  const pairs = Object.keys(attributes.data).length
  if (pairs > attributePairsMax || Buffer.byteLength(JSON.stringify(attributes.data)) > attributeBytesMax)
    return {
      kind: 'invalid',
      type: 'TransactionAttributesInvalidMapSize',
      message: `Transaction Attributes has too many mappings. Maximum number of mappings is ${attributePairsMax}`,
    }
  return { kind: 'good', actions, attributes: attributes.data }
}
