import { createHmac } from 'node:crypto'
import type { SignedFor } from '@offhook/shared/callflow/vocabulary.ts'

/** Names of the two headers a request of ours bears. */
export const signatureHeader = 'offhook-signature'
export const idHeader = 'offhook-id'

/**
 * The secret of one placed module: made of the installation's own key, so that it is stored nowhere and stands in no document. Another
 * number makes another secret.
 */
export function moduleSecret(
  trustKey: string,
  accountId: string,
  { callflowId = '', nodeId, keyVersion }: SignedFor,
): string {
  const name = `outside.${accountId}.${callflowId}.${nodeId}.${keyVersion}`
  return createHmac('sha256', trustKey).update(name).digest('base64url')
}

/** `t=<seconds since 1970>,v1=<hex>`: HMAC-SHA-256 over `<t>.<body>`, so that neither can be changed nor an old request sent again. */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
