/** Calls as the service tells of them, for tests that care what is decided and not how the contract words it. */
import type { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { ResponseEnvelope } from '@offhook/shared/sma-contract/response.ts'
import { signCall } from '../trust.ts'
import { type handlerUnderTest, trustKey } from './handler-under-test.ts'

export type Origin = { readonly deviceId: string } | { readonly did: string }
type Actions = NonNullable<ResponseEnvelope['Actions']>

const inTime = { getRemainingTimeInMillis: () => 5_000 }

export class ToldCalls {
  readonly #underTest: ReturnType<typeof handlerUnderTest>
  readonly #calls = new Map<string, { attributes: unknown; sequence: number }>()

  constructor(underTest: ReturnType<typeof handlerUnderTest>) {
    this.#underTest = underTest
  }

  /** A new call; what is to be done about it. Told again by the same id, it is the same event once more. */
  async arrive(callId: string, from: Origin, dialled: string): Promise<Actions> {
    const { nowMs } = this.#underTest.time
    const claims = {
      call: callId,
      account: 'acme',
      origin: { kind: 'device' as const, deviceId: 'deviceId' in from ? from.deviceId : '' },
      dialled,
      exp: nowMs / 1_000 + 60,
    }
    const signed = 'did' in from ? {} : { SipHeaders: { 'X-Pbx-Call': signCall(trustKey, claims) } }
    const to = 'did' in from ? from.did : '+17035550122'
    this.#calls.delete(callId)
    return this.#tell(callId, 'NEW_INBOUND_CALL', { To: to, Status: 'Connected', ...signed })
  }

  async hangUp(callId: string): Promise<Actions> {
    const leg = `${callId}-leg`
    return this.#tell(callId, 'HANGUP', { Status: 'Disconnected' }, { Type: 'Hangup', Parameters: { CallId: leg } })
  }

  /** An action of the last answer has been carried out. */
  async done(callId: string, action: SmaAction, more: object = {}): Promise<Actions> {
    return this.#tell(callId, 'ACTION_SUCCESSFUL', { Status: 'Connected' }, { ...action, ...more })
  }

  async #tell(callId: string, type: string, leg: object, action?: object): Promise<Actions> {
    const before = this.#calls.get(callId)
    const sequence = (before?.sequence ?? 0) + 1
    const first = {
      CallId: `${callId}-leg`,
      ParticipantTag: 'LEG-A',
      To: '1',
      From: '+14255550163',
      Direction: 'Inbound',
      StartTimeInMilliseconds: String(this.#underTest.time.nowMs),
    }
    const event = SmaEvent.parse({
      SchemaVersion: '1.0',
      Sequence: sequence,
      InvocationEventType: type,
      CallDetails: {
        TransactionId: callId,
        AwsAccountId: '1',
        AwsRegion: 'r',
        Participants: [{ ...first, ...leg }],
        ...(before === undefined ? {} : { TransactionAttributes: before.attributes }),
      },
      ...(action === undefined ? {} : { ActionData: action }),
    })
    const answer = ResponseEnvelope.parse(await this.#underTest.handler(event, inTime))
    this.#calls.set(callId, { attributes: answer.TransactionAttributes ?? before?.attributes, sequence })
    return answer.Actions ?? []
  }
}
