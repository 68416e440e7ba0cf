import { randomUUID } from 'node:crypto'
import type { EmergencyAddress } from '@offhook/shared/model/emergency-address.ts'
import { sdpType } from './sdp-body.ts'

const escapeXml = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => `&#${char.codePointAt(0)};`)
const element = (name: string, text: string | undefined): string =>
  text ? `<ca:${name}>${escapeXml(text)}</ca:${name}>` : ''

/** House number, street and suffix, as a civic address wants them apart: `500 Example Ave` (RFC 5139, RFC 4776 §3.4). */
export function splitStreet(street: string): {
  readonly number?: string
  readonly name: string
  readonly suffix?: string
} {
  const match = /^(\d+[\w/-]*)\s+(.*)$/.exec(street.trim())
  const name = match?.[2] ?? street.trim()
  const suffix =
    /^(.+)\s+(ave|avenue|st|street|rd|road|dr|drive|blvd|boulevard|ln|lane|way|ct|court|pl|place|hwy|pkwy|ter|cir)\.?$/i.exec(
      name,
    )
  return {
    ...(match?.[1] === undefined ? {} : { number: match[1] }),
    name: suffix?.[1] ?? name,
    ...(suffix?.[2] === undefined ? {} : { suffix: suffix[2] }),
  }
}

/** The presence document that says where help must come: RFC 4119, RFC 5139; elements as the Voice Connector guide uses them. */
export function pidfLo(entity: string, address: EmergencyAddress, atMs: number): string {
  const street = splitStreet(address.street)
  const civic = [
    element('country', address.country),
    element('A1', address.region),
    element('A3', address.city),
    element('HNO', street.number),
    element('RD', street.name),
    element('STS', street.suffix),
    element('LOC', address.unit),
    element('NAM', address.name),
    element('PC', address.postalCode),
  ].join('')
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"',
    ` xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" entity="${escapeXml(entity)}">`,
    `<tuple id="t1"><status><gp:geopriv><gp:location-info><ca:civicAddress>${civic}</ca:civicAddress></gp:location-info>`,
    `<gp:usage-rules/></gp:geopriv></status><timestamp>${new Date(atMs).toISOString()}</timestamp></tuple>`,
    '</presence>',
  ].join('\r\n')
}

/** An offer and a location in one body, and the headers that name it: RFC 6442. Content-ID and Geolocation match. */
export function withLocation(
  offer: string,
  entity: string,
  address: EmergencyAddress,
  atMs: number,
): { readonly body: string; readonly headers: readonly (readonly [string, string])[] } {
  const boundary = `offhook-${randomUUID()}`
  const contentId = `${randomUUID()}@${/@([^;>]+)/.exec(entity)?.[1] ?? 'offhook'}`
  const part = (type: string, id: string, content: string) =>
    `--${boundary}\r\nContent-Type: ${type}\r\n${id}\r\n${content}\r\n`
  return {
    body: `${part(sdpType, '', offer)}${part('application/pidf+xml', `Content-ID: <${contentId}>\r\n`, pidfLo(entity, address, atMs))}--${boundary}--\r\n`,
    headers: [
      ['Content-Type', `multipart/mixed; boundary=${boundary}`],
      ['Geolocation', `<cid:${contentId}>`],
      ['Geolocation-Routing', 'yes'],
    ],
  }
}
