import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
// The library keeps its metadata with this; it must come first.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const dayMs = 86_400_000
/** Self-signed certificates last a year and are made anew a month before they end. */
const lifetimeDays = 365
const renewDays = 30

const pem = (label: string, bytes: ArrayBuffer): string => {
  const text = Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
    .trimEnd()
  return `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`
}

function isFresh(certFile: string, names: readonly string[], nowMs: number): boolean {
  if (!existsSync(certFile)) return false
  const certificate = new x509.X509Certificate(readFileSync(certFile, 'utf8'))
  const named =
    certificate
      .getExtension(x509.SubjectAlternativeNameExtension)
      ?.names.toJSON()
      .map((name) => name.value) ?? []
  return certificate.notAfter.getTime() - nowMs > renewDays * dayMs && names.every((name) => named.includes(name))
}

/** Makes sure of a self-signed certificate for `names` (host names and IP addresses) and its key, mode 0600. Written whole or not at all. */
export async function ensureCertificate(
  certFile: string,
  keyFile: string,
  names: readonly string[],
  nowMs: number,
): Promise<void> {
  if (existsSync(keyFile) && isFresh(certFile, names, nowMs)) return
  x509.cryptoProvider.set(crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const isAddress = (name: string) => /^[\d.]+$/.test(name) || name.includes(':')
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0] ?? 'offhook'}`,
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + lifetimeDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isAddress(name) ? ('ip' as const) : ('dns' as const), value: name })),
      ),
    ],
  })
  mkdirSync(dirname(certFile), { recursive: true, mode: 0o700 })
  writeFileSync(keyFile, pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey)), {
    mode: 0o600,
    flush: true,
  })
  writeFileSync(certFile, certificate.toString('pem'), { mode: 0o600, flush: true })
}
