import type { Invoke } from './invoker.ts'

/** Milliseconds the function has, as its deployment gives it on AWS. */
export const functionTimeoutMs = 5_000

/** A Lambda handler as far as it concerns its caller. */
export type LambdaHandler = (
  event: unknown,
  context: { readonly getRemainingTimeInMillis: () => number },
) => Promise<unknown>

/**
 * Calls the handler in this process, with a JSON round trip both ways: what it could not say over the wire it cannot say here either.
 * An answer that is not JSON (`undefined`, a cycle) arrives as nothing or as an error, as it would from Lambda.
 */
export function inProcess(handler: LambdaHandler, now: () => number = Date.now): Invoke {
  return async (event) => {
    const startedAt = now()
    const getRemainingTimeInMillis = () => Math.max(0, startedAt + functionTimeoutMs - now())
    const answer = await handler(JSON.parse(JSON.stringify(event)), { getRemainingTimeInMillis })
    const text = JSON.stringify(answer)
    return text === undefined ? undefined : JSON.parse(text)
  }
}
