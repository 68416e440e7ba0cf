import { E164 } from '@offhook/shared/model/number.ts'
import { type ActionType, SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import { type ActionError, actionErrors, invalidParameter } from '@offhook/shared/sma-contract/errors.ts'
import { speakCharsMax } from '@offhook/shared/sma-contract/limits.ts'
import { refusedHeader } from '@offhook/shared/sma-contract/sip-headers.ts'
import type { RawAction } from './check-response.ts'

/** One action with defaults filled in, or the error the service would print for it. */
export type CheckedAction =
  | { readonly kind: 'good'; readonly action: SmaAction }
  | { readonly kind: 'bad'; readonly error: ActionError }

const bad = (error: ActionError): CheckedAction => ({ kind: 'bad', error })

/** SIP user part of an AWS endpoint, 1-36 characters (call-and-bridge). */
const userPart = /^[a-zA-Z0-9&=+$/%\-_!~*().;]{1,36}$/

export function checkAction(raw: RawAction): CheckedAction {
  const parsed = SmaAction.safeParse(raw)
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.filter((part) => typeof part === 'string') ?? []
    return bad(errorOf(raw, path.slice(1)))
  }
  const action = parsed.data
  if (action.Type !== 'CallAndBridge') return { kind: 'good', action }
  const [endpoint] = action.Parameters.Endpoints
  const isPstn = endpoint?.BridgeEndpointType === 'PSTN'
  if (endpoint === undefined) return bad(actionErrors.endpointCount)
  if (isPstn ? !E164.safeParse(endpoint.Uri).success || endpoint.Arn !== undefined : !isOwnEndpoint(endpoint))
    return bad(actionErrors.endpoint)
  const header = refusedHeader(action.Parameters.SipHeaders ?? {})
  if (header !== undefined) return bad(actionErrors.header(header))
  if (isPstn && action.Parameters.SipHeaders !== undefined) return bad(actionErrors.header('PSTN'))
  return { kind: 'good', action }
}

const isOwnEndpoint = ({ Uri, Arn }: { Uri: string; Arn?: string | undefined }): boolean =>
  userPart.test(Uri) && Arn !== undefined && /:(vc|vcg)\//.test(Arn)

/** The message goes by the first parameter that is wrong. */
function errorOf(raw: RawAction, path: readonly string[]): ActionError {
  const [name = '', member = ''] = path
  const isMissing = valueAt(raw.Parameters, path) === undefined
  const type = raw.Type as ActionType
  switch (name) {
    case 'CallId':
    case 'ParticipantTag':
      return actionErrors.unknownLeg
    case 'AudioSource':
    case 'FailureAudioSource':
      return actionErrors.audioInvalid
    case 'RingbackTone':
      return actionErrors.ringtoneInvalid
    case 'Text':
      return textError(valueAt(raw.Parameters, path))
    case 'SpeechParameters':
    case 'FailureSpeechParameters':
      return member === 'Text' || isMissing ? textError(valueAt(raw.Parameters, [name, 'Text'])) : invalid(name)
    case 'Endpoints':
      return path.length === 1 ? actionErrors.endpointCount : actionErrors.endpoint
    case 'CallerIdNumber':
      return isMissing ? actionErrors.callerIdMissing : actionErrors.callerIdInvalid
    case 'CallTimeoutSeconds':
      return actionErrors.callTimeout
    case 'Enable':
      return actionErrors.missing(name)
    default:
      return isMissing && type === 'VoiceFocus' ? actionErrors.missing(name) : invalid(name)
  }
}

const invalid = (name: string): ActionError => invalidParameter(`${name || 'Action'} parameter value is invalid`)

const textError = (text: unknown): ActionError =>
  typeof text === 'string' && text.length > speakCharsMax ? actionErrors.textTooLong : actionErrors.textMissing

function valueAt(from: unknown, path: readonly string[]): unknown {
  let value = from
  for (const name of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return value
}
