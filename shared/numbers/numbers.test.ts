import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Routing } from '../model/number-route.ts'
import { classify } from './classify.ts'
import { isPublic, normaliseNumber, sameNumber, withoutPlusOne } from './normalise.ts'
import { compilePattern, patternMax } from './pattern.ts'
import { resolve } from './resolve.ts'

describe('what was dialled', () => {
  it.each([
    // Public numbers, as people and phones write them.
    ['+16045550100', 'US', '+16045550100'],
    ['16045550100', 'US', '+16045550100'],
    ['6045550100', 'CA', '+16045550100'],
    ['(604) 555-0100', 'US', '+16045550100'],
    ['604.555.0100', 'US', '+16045550100'],
    ['1-604-555-0100', 'US', '+16045550100'],
    ['6045550100', 'JM', '+16045550100'],
    ['011442079460000', 'US', '+442079460000'],
    ['00442079460000', 'US', '+442079460000'],
    ['+44 20 7946 0000', 'US', '+442079460000'],
    ['020 7946 0000', 'GB', '+442079460000'],
    ['00 1 604 555 0100', 'GB', '+16045550100'],
    ['030 901820', 'DE', '+4930901820'],
    // Internal numbers keep their zeros.
    ['1001', 'US', '1001'],
    ['007', 'US', '007'],
    ['5550100', 'US', '5550100'],
    ['1234567', 'GB', '1234567'],
    ['10', 'GB', '10'],
    // Codes and services.
    ['*97', 'US', '*97'],
    ['*971001', 'US', '*971001'],
    ['**1001', 'US', '**1001'],
    ['911', 'US', '911'],
    ['112', 'GB', '112'],
    ['933', 'US', '933'],
    // What is no number stays what it is.
    ['55501001', 'US', '55501001'],
    ['442079460000', 'US', '442079460000'],
    ['1604555010', 'US', '1604555010'],
    ['0116', 'US', '0116'],
    ['anonymous', 'US', 'anonymous'],
    ['+0123', 'US', '+0123'],
    ['6045550100', 'ZZ', '6045550100'],
    ['', 'US', ''],
  ])('%s dialled in %s is %s', (dialled, country, wanted) => {
    expect(normaliseNumber(dialled, country)).toBe(wanted)
  })

  it('is normalised once and for all, whatever was typed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789*#+() -.'.split('')), maxLength: 40 }),
        fc.constantFrom('US', 'CA', 'GB', 'DE', 'FR', 'AU', 'BR', 'ZZ'),
        (typed, country) => {
          const once = normaliseNumber(typed, country)
          return normaliseNumber(once, country) === once
        },
      ),
    )
  })

  it('R-174: is the same subscriber however it is written', () => {
    for (const written of ['604-123-4567', '+16041234567', '6041234567', '1 (604) 123.4567'])
      expect(sameNumber(written, '+16041234567', 'US')).toBe(true)
    expect(sameNumber('6041234567', '6041234568', 'US')).toBe(false)
  })

  it.each([
    ['+16041234567', '6041234567'],
    ['16041234567', '6041234567'],
    ['6041234567', '6041234567'],
    ['+442079460000', '442079460000'],
    ['1001', '1001'],
  ])('R-094: %s is compared as %s', (number, wanted) => {
    expect(withoutPlusOne(number)).toBe(wanted)
  })

  it('is public only in E.164', () => {
    expect(isPublic('+16045550100')).toBe(true)
    expect(isPublic('1001')).toBe(false)
    expect(isPublic('+0123456789')).toBe(false)
  })
})

describe('the class a number is restricted by', () => {
  it.each([
    ['+18005550100', 'toll-free'],
    ['+18335550100', 'toll-free'],
    ['+16045550100', 'national'],
    ['+12125550100', 'national'],
    ['+19005550100', 'premium'],
    ['+12129760100', 'premium'],
    ['+17005550100', 'premium'],
    ['+15005550100', 'premium'],
    ['+18765550100', 'caribbean'],
    ['+12425550100', 'caribbean'],
    ['+17875550100', 'caribbean'],
    ['+442079460000', 'international'],
    ['+4930901820', 'international'],
    ['+5215555550100', 'international'],
    ['+449098790000', 'premium'],
    ['+447011234567', 'premium'],
    ['+870773110000', 'premium'],
    ['+881612345678', 'premium'],
    ['+882160000000', 'premium'],
    ['+979123456789', 'premium'],
    ['+33899123456', 'premium'],
    ['+49900123456', 'premium'],
    ['+800123456789', 'international'],
    ['988', 'toll-free'],
    ['211', 'toll-free'],
    ['711', 'toll-free'],
    ['411', 'national'],
    ['111', 'unknown'],
    ['1001', 'unknown'],
    ['55501001', 'unknown'],
    ['+11235550100', 'unknown'],
    ['', 'unknown'],
  ])('of %s is %s', (number, wanted) => {
    expect(classify(number)).toBe(wanted)
  })
})

describe('a pattern', () => {
  it('matches, and captures its longest group, the first of equals', () => {
    const pattern = compilePattern('^\\*97([0-9]*)$')
    if ('problem' in pattern) throw new Error(pattern.problem)

    expect(pattern.test('*971001')).toBe(true)
    expect(pattern.test('971001')).toBe(false)
    expect(pattern.exec('*971001')).toEqual({ whole: '*971001', capture: '1001' })
    expect(pattern.exec('1001')).toBeUndefined()
  })

  it.each(['(', '[a-', 'a{2,1}', '(?=x)', '(a)\\1', '', 'x'.repeat(patternMax + 1)])(
    'R-100: %s is refused with a sentence',
    (text) => {
      expect(compilePattern(text)).toHaveProperty('problem', expect.stringMatching(/.+/))
    },
  )

  it('R-100: a catastrophic one takes time in proportion to the text', () => {
    const pattern = compilePattern('(a+)+$')
    if ('problem' in pattern) throw new Error(pattern.problem)
    pattern.test('warm up')
    const before = performance.now()

    pattern.test(`${'a'.repeat(50)}!`)

    expect(performance.now() - before).toBeLessThan(10)
  })

  it('R-097: the list as the guide prints it works as typed', () => {
    const pattern = compilePattern('\\b604123456|778123456\\b')
    if ('problem' in pattern) throw new Error(pattern.problem)

    expect(['604123456', '778123456', '250123456'].map((caller) => pattern.test(caller))).toEqual([true, true, false])
  })

  it('R-098: the exact form does not match longer numbers', () => {
    const loose = compilePattern('\\b6041234567|7781234567\\b')
    const exact = compilePattern('\\b(?:6041234567|7781234567)\\b')
    if ('problem' in loose || 'problem' in exact) throw new Error('both compile')

    expect(loose.test('6041234567890')).toBe(true)
    expect(exact.test('6041234567890')).toBe(false)
    expect(exact.test('6041234567')).toBe(true)
  })

  it('never throws and never answers wrongly twice, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 60 }), (text, subject) => {
        const [one, two] = [compilePattern(text), compilePattern(text)]
        return 'problem' in one ? 'problem' in two : !('problem' in two) && one.test(subject) === two.test(subject)
      }),
    )
  })
})

const code = (id: string, digits: string, takesDigits = false, enabled = true) => ({
  id,
  digits,
  takesDigits,
  enabled,
  module: 'check-voicemail',
  params: {},
})
const routing: Routing = {
  id: 'account',
  patterns: [
    { pattern: '(', callflowId: 'broken' },
    { pattern: '^2(\\d{3})$', callflowId: 'short' },
    { pattern: '^2\\d{3}$', callflowId: 'whole' },
    { pattern: '^20(\\d\\d)$', callflowId: 'shorter' },
    { pattern: '^\\*', callflowId: 'stars' },
  ],
  featureCodes: [
    code('voicemail-check', '97', true),
    code('park', '9', true),
    code('dnd', '78'),
    code('direct', '*', true),
  ],
  featureCodesGiven: 1,
  emergencyNumbers: [],
}

describe('where something dialled inside leads', () => {
  it('an exact number stands before everything', () => {
    expect(resolve(routing, 'mine', '2001')).toEqual({ kind: 'callflow', callflowId: 'mine', by: 'number' })
    expect(resolve(routing, 'mine', '*97')).toEqual({ kind: 'callflow', callflowId: 'mine', by: 'number' })
  })

  it.each([
    ['*97', 'voicemail-check', ''],
    ['*971001', 'voicemail-check', '1001'],
    ['*9', 'park', ''],
    ['*91', 'park', '1'],
    ['*78', 'dnd', ''],
    ['**1001', 'direct', '1001'],
  ])('%s is the feature code %s with "%s"', (dialled, id, digits) => {
    expect(resolve(routing, undefined, dialled)).toMatchObject({ kind: 'feature-code', code: { id }, digits })
  })

  it('a code that takes no digits is dialled exactly; otherwise patterns are tried', () => {
    expect(resolve(routing, undefined, '*781')).toEqual({ kind: 'callflow', callflowId: 'stars', by: 'pattern' })
  })

  it('the pattern with the longest captured text wins, and one that does not compile is passed over', () => {
    expect(resolve(routing, undefined, '2001')).toEqual({ kind: 'callflow', callflowId: 'whole', by: 'pattern' })
    expect(resolve({ ...routing, patterns: routing.patterns.slice(0, 2) }, undefined, '2001')).toMatchObject({
      callflowId: 'short',
      capture: '001',
    })
  })

  it('of patterns with equally long captures the earlier wins', () => {
    const twins = { ...routing, patterns: ['a', 'b'].map((callflowId) => ({ pattern: '^3\\d+$', callflowId })) }

    expect(resolve(twins, undefined, '3001')).toMatchObject({ callflowId: 'a' })
  })

  it('services of three digits leave, unless somebody here has the number', () => {
    expect(resolve(routing, undefined, '988')).toEqual({ kind: 'outside', number: '988' })
    expect(resolve(routing, undefined, '411')).toEqual({ kind: 'outside', number: '411' })
    expect(resolve(routing, 'mine', '411')).toMatchObject({ kind: 'callflow' })
  })

  it('public numbers leave, other digits lead nowhere', () => {
    expect(resolve(routing, undefined, '+16045550100')).toEqual({ kind: 'outside', number: '+16045550100' })
    expect(resolve(routing, undefined, '4444')).toEqual({ kind: 'nothing' })
    expect(resolve(routing, undefined, '+0123')).toEqual({ kind: 'nothing' })
  })

  it.each(['911', '112', '933', '9911', '9-1-1'])(
    'R-062: a catch-all pattern, an exact number or a code does not capture %s',
    (dialled) => {
      const greedy = { ...routing, patterns: [{ pattern: '.*', callflowId: 'all' }] }

      expect(resolve(greedy, undefined, dialled, '9').kind).toBe('emergency')
      expect(resolve(greedy, 'mine', dialled, '9').kind).toBe('emergency')
    },
  )
})
