import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { crc32 } from 'node:zlib'

const headerBytes = 20
const magicCookie = 0x2112a442
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const attributesMax = 24
const integrityBytes = 20
/** RFC 8489 §14; RFC 8445 §16.1. */
const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  xorMappedAddress: 0x0020,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
} as const
const fingerprintXor = 0x5354554e

/** Names and password of a check: `ours:theirs` is its user name, our password its key (RFC 8445 §7.2.2). */
export interface IceCredentials {
  readonly ufrag: string
  readonly pwd: string
  readonly remoteUfrag: string
}

interface Found {
  readonly at: number
  readonly value: Buffer
}

/** Attributes of a message by type, the first of each; `undefined` when it is no Binding request. Bounded by its length and 24. */
function readRequest(bytes: Buffer): Map<number, Found> | undefined {
  if (bytes.length < headerBytes || bytes.readUInt16BE(0) !== bindingRequest) return undefined
  if (bytes.readUInt32BE(4) !== magicCookie || bytes.readUInt16BE(2) !== bytes.length - headerBytes) return undefined
  const found = new Map<number, Found>()
  let at = headerBytes
  for (let count = 0; count < attributesMax && at + 4 <= bytes.length; count += 1) {
    const type = bytes.readUInt16BE(at)
    const length = bytes.readUInt16BE(at + 2)
    if (at + 4 + length > bytes.length) return undefined
    // What stands behind MESSAGE-INTEGRITY is not protected by it (RFC 8489 §14.5).
    if (!found.has(attribute.messageIntegrity) && !found.has(type))
      found.set(type, { at, value: bytes.subarray(at + 4, at + 4 + length) })
    at += 4 + ((length + 3) & ~3)
  }
  return found
}

/** The HMAC over a message up to `at`, where MESSAGE-INTEGRITY stands: its length counts as if it ended there. */
function integrityOf(bytes: Buffer, at: number, password: string): Buffer {
  const head = Buffer.from(bytes.subarray(0, headerBytes))
  head.writeUInt16BE(at + 4 + integrityBytes - headerBytes, 2)
  return createHmac('sha1', password).update(head).update(bytes.subarray(headerBytes, at)).digest()
}

function attributeOf(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3))
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  // The URL parser writes any IPv6 address in its shortest form; what `::` stands for is filled in.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const [first, last] = [words(head), words(tail ?? '')]
  const bytes = Buffer.alloc(16)
  for (const [index, word] of first.entries()) bytes.writeUInt16BE(word, index * 2)
  for (const [index, word] of last.entries()) bytes.writeUInt16BE(word, 16 - (last.length - index) * 2)
  return bytes
}

function xorMapped(address: string, port: number, transaction: Buffer): Buffer {
  const host = addressBytes(address)
  const mask = Buffer.concat([transaction.subarray(0, 4), transaction.subarray(4)])
  const value = Buffer.alloc(4 + host.length)
  value.writeUInt8(host.length === 4 ? 1 : 2, 1)
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2)
  for (let at = 0; at < host.length; at += 1) value[4 + at] = (host[at] ?? 0) ^ (mask[at] ?? 0)
  return value
}

function respond(request: Buffer, address: string, port: number, password: string): Buffer {
  const head = Buffer.from(request.subarray(0, headerBytes))
  head.writeUInt16BE(bindingSuccess, 0)
  const mapped = attributeOf(attribute.xorMappedAddress, xorMapped(address, port, request.subarray(4, headerBytes)))
  const unsigned = Buffer.concat([head, mapped])
  const integrity = attributeOf(attribute.messageIntegrity, integrityOf(unsigned, unsigned.length, password))
  const signed = Buffer.concat([unsigned, integrity, Buffer.alloc(8)])
  signed.writeUInt16BE(signed.length - headerBytes, 2)
  const sum = (crc32(signed.subarray(0, -8)) ^ fingerprintXor) >>> 0
  signed.writeUInt16BE(attribute.fingerprint, signed.length - 8)
  signed.writeUInt16BE(4, signed.length - 6)
  signed.writeUInt32BE(sum, signed.length - 4)
  return signed
}

/**
 * A connectivity check answered as a lite agent does (RFC 8445 §7.3, §6.1.1): the response, and whether the browser chose this path.
 * `undefined` for all that does not prove to come from the browser of this call; nothing is sent then.
 */
export function answerCheck(
  bytes: Buffer,
  from: { readonly address: string; readonly port: number },
  credentials: IceCredentials,
): { readonly response: Buffer; readonly isChosen: boolean } | undefined {
  const found = readRequest(bytes)
  const integrity = found?.get(attribute.messageIntegrity)
  const username = found?.get(attribute.username)?.value.toString('latin1')
  if (found === undefined || integrity === undefined || integrity.value.length !== integrityBytes) return undefined
  if (username !== `${credentials.ufrag}:${credentials.remoteUfrag}`) return undefined
  if (!timingSafeEqual(integrityOf(bytes, integrity.at, credentials.pwd), integrity.value)) return undefined
  // A lite agent is always the controlled one; two of them cannot meet.
  if (found.has(attribute.iceControlled)) return undefined
  return {
    response: respond(bytes, from.address, from.port, credentials.pwd),
    isChosen: found.has(attribute.useCandidate),
  }
}
