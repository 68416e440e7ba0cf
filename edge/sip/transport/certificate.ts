import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { SecureContextOptions, Server } from 'node:tls'

/** PEM files of the server's chain and key. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** How often certificate files are looked at, ms; a renewal is in use this soon. Polling also sees the symbolic links of secret mounts change. */
const certificatePollMs = 5_000

/** Reads the files. Throws when one cannot be read. */
export function readCertificate(files: CertificateFiles): SecureContextOptions {
  return { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile), minVersion: 'TLSv1.2' }
}

/** New handshakes use what is in the files now; half a renewal changes nothing and is tried again when the other half comes. */
export function reloadCertificate(server: Server, files: CertificateFiles): boolean {
  try {
    server.setSecureContext(readCertificate(files))
    return true
  } catch {
    // The key does not fit the certificate yet, or a file is just being written: the old pair serves on.
    return false
  }
}

/** Reloads whenever one of the files changes, until the server is closed. */
export function followCertificate(server: Server, files: CertificateFiles, pollMs = certificatePollMs): void {
  const changed = () => void reloadCertificate(server, files)
  const names = new Set([files.certFile, files.keyFile])
  for (const name of names) watchFile(name, { interval: pollMs, persistent: false }, changed)
  server.on('close', () => {
    for (const name of names) unwatchFile(name, changed)
  })
}
