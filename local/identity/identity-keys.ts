import { generateKeyPairSync, type JsonWebKey, randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'

const Jwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})

/** Signs tokens (ES256, RFC 7518 §3.4) and cookies; made once for an installation. */
const IdentityKeys = z.object({ signing: Jwk, cookies: z.array(z.string().min(32)).min(1) })
export type IdentityKeys = z.infer<typeof IdentityKeys>

/** The keys of this installation from their file (mode 0600), which is made where there is none. Throws where the file is not what we wrote. */
export function ensureIdentityKeys(file: string): IdentityKeys {
  try {
    return IdentityKeys.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    // Anything but a missing file is left alone: new keys would sign everybody out.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' }
  const keys = IdentityKeys.parse({ signing, cookies: [randomBytes(32).toString('base64url')] })
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, JSON.stringify(keys), { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  return keys
}

/** What verifies tokens, RFC 7517: no private part. */
export function publicKeys({ signing }: IdentityKeys): { readonly keys: (JsonWebKey & { readonly kty: string })[] } {
  const { d: _private, ...key } = signing
  return { keys: [key] }
}
