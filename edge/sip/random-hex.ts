import { randomBytes } from 'node:crypto'

/** Random bytes fetched at a time: one call of the system for hundreds of tags. */
const poolBytes = 8_192
let pool = Buffer.alloc(0)

/** So many random bytes of the system's, as hex. */
export function randomHex(bytes: number): string {
  if (pool.length < bytes) pool = randomBytes(poolBytes)
  const text = pool.toString('hex', 0, bytes)
  pool = pool.subarray(bytes)
  return text
}
