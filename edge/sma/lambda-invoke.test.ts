import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { lambdaInvoke } from './lambda-invoke.ts'

const event = SmaEvent.parse({
  SchemaVersion: '1.0',
  Sequence: 1,
  InvocationEventType: 'NEW_INBOUND_CALL',
  CallDetails: {
    TransactionId: 'one',
    AwsAccountId: '111122223333',
    AwsRegion: 'us-east-1',
    Participants: [
      {
        CallId: 'leg',
        ParticipantTag: 'LEG-A',
        To: '1002',
        From: '1001',
        Direction: 'Inbound',
        StartTimeInMilliseconds: '1795600000123',
      },
    ],
  },
})

/** A payload as the client hands it out. */
const payload = (text: string) => Object.assign(new TextEncoder().encode(text), { transformToString: () => text })

function answering(answer: { text?: string; FunctionError?: string }) {
  const client = mockClient(LambdaClient)
  const { text, ...rest } = answer
  client.on(InvokeCommand).resolves({ ...rest, ...(text === undefined ? {} : { Payload: payload(text) }) })
  return { client, invoke: lambdaInvoke(new LambdaClient({ region: 'us-east-1' }), 'pbx-sma:live') }
}

describe('a deployed function', () => {
  it('is invoked synchronously with the event as JSON, and answers with JSON', async () => {
    const { client, invoke } = answering({ text: '{"SchemaVersion":"1.0"}' })

    expect(await invoke(event)).toEqual({ SchemaVersion: '1.0' })

    const [call] = client.commandCalls(InvokeCommand)
    expect(call?.args[0].input).toEqual({
      FunctionName: 'pbx-sma:live',
      InvocationType: 'RequestResponse',
      Payload: Buffer.from(JSON.stringify(event)),
    })
  })

  it('that fails is an error, and one that says nothing says nothing', async () => {
    await expect(
      answering({ text: '{"errorMessage":"x"}', FunctionError: 'Unhandled' }).invoke(event),
    ).rejects.toMatchObject({
      code: 'function-failed',
    })
    expect(await answering({}).invoke(event)).toBeUndefined()
  })
})
