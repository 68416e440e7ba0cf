import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { PbxError } from '@offhook/shared/pbx-error.ts'

/** scrypt N=2^15, r=8, p=3: 32 MB and about a fifth of a second (OWASP's password storage advice). */
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 }
const hashBytes = 32
const lengthMin = 10
export const passwordLengthMax = 256

export interface PasswordHash {
  /** Base 64. */
  readonly salt: string
  readonly hash: string
}

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, hashBytes, cost, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  )

/** Throws weak-password (400) for fewer than 10 or more than 256 characters. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  if (password.length < lengthMin || password.length > passwordLengthMax)
    throw new PbxError('weak-password', {
      message: `Use a password of ${lengthMin} to ${passwordLengthMax} characters.`,
      details: { field: 'password' },
    })
  const salt = randomBytes(16)
  return { salt: salt.toString('base64'), hash: (await derive(password, salt)).toString('base64') }
}

const decoy = { salt: randomBytes(16).toString('base64'), hash: randomBytes(hashBytes).toString('base64') }

/** Takes as long for a name nobody has, where `known` is missing. */
export async function isPassword(password: string, known: PasswordHash | undefined): Promise<boolean> {
  const { salt, hash } = known ?? decoy
  const derived = await derive(password.slice(0, passwordLengthMax), Buffer.from(salt, 'base64'))
  const expected = Buffer.from(hash, 'base64')
  return derived.length === expected.length && timingSafeEqual(derived, expected) && known !== undefined
}
