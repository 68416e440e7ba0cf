import { describe, expect, it } from 'vitest'
import { SipHeaders, type SipRequest } from '../sip/message.ts'
import { foreignHeaders, isAnonymous } from './foreign-headers.ts'
import { readInfoDigit } from './info-digit.ts'
import { resultOf } from './leg-result.ts'
import { pidfLo, splitStreet, withLocation } from './pidf-lo.ts'
import { profileOf, sdpOf } from './sdp-body.ts'
import { readReferTo, readReplaces } from './transfers.ts'

const message = (headers: [string, string][], body = ''): SipRequest => ({
  kind: 'request',
  method: 'INFO',
  uri: 'sip:x@y',
  headers: new SipHeaders(headers),
  body: new TextEncoder().encode(body),
})

describe('a key by INFO', () => {
  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
    ['application/dtmf-relay', 'Signal= *\nDuration= 100', '*'],
    ['application/dtmf-relay', 'Signal=11', '#'],
    ['application/dtmf', '#', '#'],
    ['application/dtmf', '10', '*'],
    ['application/dtmf', 'd', 'D'],
    ['application/dtmf', '55', undefined],
    ['application/sdp', 'Signal=5', undefined],
  ])('%s %j is %s', (type, body, digit) => {
    expect(readInfoDigit(message([['Content-Type', type]], body))).toBe(digit)
  })
})

describe('what a stranger may say of a call', () => {
  const headers = new SipHeaders([
    ['X-Pbx-Call', 'forged'],
    ['x-pbx-ring', 'forged'],
    ['X-Colour', 'green'],
    ['X-Colour', 'red'],
    ['Diversion', '<sip:a@b>'],
    ['User-to-User', '00;encoding=hex'],
    ['Subject', 'hi'],
  ])

  it('a phone may add X- headers, never ours, and no Diversion', () => {
    expect(foreignHeaders(headers, 'device')).toEqual({ 'X-Colour': 'green' })
  })

  it('what a trunk says of diversions is data', () => {
    expect(foreignHeaders(headers, 'trunk')).toEqual({
      'X-Colour': 'green',
      Diversion: '<sip:a@b>',
      'User-to-User': '00;encoding=hex',
    })
  })

  it.each([
    [[['Privacy', 'id;critical']], true],
    [[['From', '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1']], true],
    [
      [
        ['Privacy', 'none'],
        ['From', '<sip:a@b>;tag=1'],
      ],
      false,
    ],
  ] as [[string, string][], boolean][])('%j is anonymous: %s', (entries, expected) => {
    expect(isAnonymous(new SipHeaders(entries))).toBe(expected)
  })
})

describe('a Refer-To', () => {
  it('names whom to call', () => {
    expect(readReferTo('<sip:1003@pbx.example;user=phone>')).toEqual({ user: '1003', host: 'pbx.example' })
  })

  it('with Replaces names the call to join, escaped or not', () => {
    const replaces = { sipCallId: 'a@b', localTag: 'ours', remoteTag: 'theirs' }

    expect(readReferTo('<sip:1003@pbx.example?Replaces=a%40b%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs>')).toMatchObject({
      replaces,
    })
    expect(readReplaces('a@b; from-tag=theirs ;to-tag=ours;early-only')).toEqual(replaces)
  })

  it.each([undefined, '', 'nonsense', '<tel:+1604>', '<sip:pbx.example>', '<sip:1003@pbx.example?Replaces=half>'])(
    '%s is malformed',
    (header) => {
      expect(readReferTo(header)).toBeUndefined()
    },
  )
})

describe('a location', () => {
  const address = {
    id: 'hq',
    name: 'Tom & "Jerry" <Ltd>',
    street: '12B Main Street',
    unit: 'Floor 3',
    city: 'Seattle',
    region: 'WA',
    postalCode: '98101',
    country: 'US',
    status: 'confirmed',
  } as const

  it('is well formed whatever people are called', () => {
    const text = pidfLo('sip:+12065550142@pbx.example', address, 0)

    expect(text).toContain('<ca:NAM>Tom &#38; &#34;Jerry&#34; &#60;Ltd&#62;</ca:NAM>')
    expect(text).toContain('<ca:HNO>12B</ca:HNO><ca:RD>Main</ca:RD><ca:STS>Street</ca:STS><ca:LOC>Floor 3</ca:LOC>')
    expect(text).toContain('<timestamp>1970-01-01T00:00:00.000Z</timestamp>')
  })

  it.each([
    ['500 Example Ave', { number: '500', name: 'Example', suffix: 'Ave' }],
    ['Broadway', { name: 'Broadway' }],
    ['1 Way', { number: '1', name: 'Way' }],
  ])('%s is split', (street, parts) => {
    expect(splitStreet(street)).toEqual(parts)
  })

  it('travels beside the offer, and the offer can be taken out again', () => {
    const { body, headers } = withLocation('v=0\r\nm=audio 9 RTP/AVP 0\r\n', 'sip:a@pbx.example', address, 0)

    expect(
      sdpOf(
        message(
          headers.map(([name, value]) => [name, value]),
          body,
        ),
      ),
    ).toContain('m=audio 9 RTP/AVP 0')
  })
})

describe('how media is carried', () => {
  it.each([
    ['m=audio 9 RTP/AVP 0', 'rtp'],
    ['m=audio 9 RTP/SAVP 0', 'sdes'],
    ['m=audio 9 UDP/TLS/RTP/SAVPF 0', 'webrtc'],
    ['', 'rtp'],
  ])('%s is %s', (line, profile) => {
    expect(profileOf(`v=0\r\n${line}\r\n`)).toBe(profile)
  })
})

it.each([
  [486, 'busy'],
  [600, 'busy'],
  [603, 'declined'],
  [403, 'declined'],
  [408, 'no-answer'],
  [480, 'no-answer'],
  [404, 'failed'],
  [503, 'failed'],
])('R-030: a phone that answers %s is %s', (sipStatus, result) => {
  expect(resultOf(sipStatus)).toBe(result)
})
