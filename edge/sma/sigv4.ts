import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Milliseconds a signature's date may be off (Signature Version 4: five minutes). */
const skewMs = 5 * 60_000

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface SignedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Whether a request was signed with these credentials for the service `chime`, lately, over everything but unsigned headers (AWS Signature Version 4). */
export function isSignedBy(credentials: Credentials, request: SignedRequest, nowMs: number): boolean {
  const header = (name: string) => [request.headers[name] ?? ''].flat().join(',').trim().replaceAll(/\s+/g, ' ')
  const parts = authorization.exec(header('authorization'))
  if (parts === null) return false
  const [, accessKeyId = '', day = '', region = '', service = '', signedNames = '', signature = ''] = parts
  const names = signedNames.split(';')
  const date = header('x-amz-date')
  if (accessKeyId !== credentials.accessKeyId || service !== 'chime' || !date.startsWith(day)) return false
  if (!names.includes('host') || !isRecent(date, nowMs)) return false
  const { pathname, searchParams } = new URL(request.url, 'http://host')
  const query = [...searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const canonical = [
    request.method,
    pathname.split('/').map(encode).join('/'),
    query,
    ...names.map((name) => `${name}:${header(name)}`),
    '',
    signedNames,
    sha256(request.body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => hmac(previous, part),
    `AWS4${credentials.secretAccessKey}`,
  )
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))
}

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** `20261123T091500Z`. */
function isRecent(date: string, nowMs: number): boolean {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  if (parts === null) return false
  const [, year, month, day, hour, minute, second] = parts
  return Math.abs(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - nowMs) <= skewMs
}
