import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatSipUri, parseSipUri, sameTarget } from './uri.ts'

describe('a SIP URI', () => {
  it.each([
    ['sip:alex@acme.example', { user: 'alex', host: 'acme.example' }],
    ['SIPS:1001@ACME.Example:5061', { scheme: 'sips', user: '1001', host: 'acme.example', port: 5_061 }],
    ['sip:[2001:db8::1]:5060', { host: '[2001:db8::1]', port: 5_060 }],
    ['sip:j%40s0n@example.com', { user: 'j@s0n' }],
    ['sip:sip%3Auser%40example.com@company.com', { user: 'sip:user@example.com' }],
    ['sip:user;par=u%40ex@example.com', { user: 'user;par=u@ex' }],
    ['sip:alex:secret@acme.example', { user: 'alex', password: 'secret' }],
    ['sip:+15550100@acme.example?Subject=x', { user: '+15550100', headers: 'Subject=x' }],
  ])('%s is read', (text, parts) => {
    expect(parseSipUri(text)).toMatchObject(parts)
  })

  it('has parameters by their names in lower case, an empty value where there is none', () => {
    const uri = parseSipUri('sip:a@b;LR;Transport=TCP;x=%3B')

    expect([...(uri?.params ?? [])]).toEqual([
      ['lr', ''],
      ['transport', 'TCP'],
      ['x', ';'],
    ])
  })

  it.each([
    'tel:+15550100',
    'sip:',
    'sip:a@',
    'sip:a@b c',
    'sip:@b',
    'sip:a@b:99999',
    'sip:a b@c',
    'sip:a@b;x=a b',
    `sip:${'a'.repeat(5_000)}@b`,
  ])('%s is none', (text) => {
    expect(parseSipUri(text)).toBeUndefined()
  })

  it('is written so that it reads the same', () => {
    const text = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' })
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
    fc.assert(
      fc.property(text, fc.array(fc.tuple(name, text), { maxLength: 4 }), (user, params) => {
        const uri = { scheme: 'sip', user, host: 'acme.example', port: 5_060, params: new Map(params) } as const

        const again = parseSipUri(formatSipUri(uri))

        expect(again).toEqual(uri)
        expect(formatSipUri(uri)).toMatch(/^[\x21-\x7e]+$/)
      }),
    )
  })

  /** A Contact with `;x=%0D%0AX-Pbx-Call: 1` was once written into our request line as two lines. */
  it('cannot carry a line break into a message', () => {
    const uri = parseSipUri('sip:a%0D%0A@b;x=%0D%0AX-Pbx-Call:%201')

    expect(uri === undefined ? '' : formatSipUri(uri)).toBe('sip:a%0D%0A@b;x=%0D%0AX-Pbx-Call:%201')
  })

  it('means the same target whatever its parameters, another one with another user, host, port or scheme', () => {
    const same = (a: string, b: string) => {
      const [left, right] = [parseSipUri(a), parseSipUri(b)]
      return left !== undefined && right !== undefined && sameTarget(left, right)
    }

    expect(same('sip:a@B.example;x=1', 'sip:%61@b.example')).toBe(true)
    expect(same('sip:a@b', 'sip:A@b')).toBe(false)
    expect(same('sip:a@b', 'sip:a@b:5060')).toBe(false)
    expect(same('sip:a@b', 'sips:a@b')).toBe(false)
  })
})
