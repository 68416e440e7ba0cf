import type { SignedFor } from '@offhook/shared/callflow/vocabulary.ts'
import { idHeader, moduleSecret, signatureHeader, signatureOf } from './signature.ts'

export interface Told {
  readonly id: string
  readonly accountId: string
  readonly signedFor: SignedFor
  readonly text: string
}

/** Body and headers of one request. The signature tells when it was sent. */
export function signedRequest(trustKey: string, { id, accountId, signedFor, text }: Told, nowMs: number) {
  const secret = moduleSecret(trustKey, accountId, signedFor)
  return { body: text, headers: { [idHeader]: id, [signatureHeader]: signatureOf(secret, text, nowMs) } }
}
