import { describe, expect, it } from 'vitest'
import { addressOf, homeOf } from './console-config.ts'
import { challengeOf } from './sign-in.ts'
import { durationOf, partyOf, spoken } from './words.ts'

describe('the console', () => {
  it('R-001: takes its account from the address alone', () => {
    expect(addressOf('/acme/')).toBe('acme')
    expect(homeOf({ origin: 'http://127.0.0.1:8080', pathname: '/acme/calls' })).toBe('http://127.0.0.1:8080/acme/')
  })

  it('proves its sign-in by the challenge of RFC 7636 appendix B', async () => {
    expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })

  it('shows lengths as people read them', () => {
    expect([0, 5, 65, 3_600].map(durationOf)).toEqual(['0:00', '0:05', '1:05', '60:00'])
  })

  it('names people with their numbers, and says codes as words', () => {
    expect(partyOf('1002', 'Dana')).toBe('Dana (1002)')
    for (const name of [undefined, null, '', '1002']) expect(partyOf('1002', name)).toBe('1002')
    expect(spoken('no-answer')).toBe('no answer')
  })
})
