import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Invoke } from './invoker.ts'

/** Bytes of an answer we read; ten actions and 20 KB of attributes stay far below. */
const answerBytesMax = 262_144

/** Asks a deployed function, synchronously. Throws `PbxError('function-failed')` on an error of the function. */
export function lambdaInvoke(client: Pick<LambdaClient, 'send'>, functionName: string): Invoke {
  return async (event) => {
    const reply = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'RequestResponse',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    )
    const bytes = reply.Payload ?? new Uint8Array()
    const text = Buffer.from(bytes.subarray(0, answerBytesMax)).toString('utf8')
    if (reply.FunctionError !== undefined)
      throw new PbxError('function-failed', {
        status: 502,
        details: { kind: reply.FunctionError, answer: text.slice(0, 500) },
      })
    return text === '' ? undefined : JSON.parse(text)
  }
}
