import { describe, expect, it } from 'vitest'
import { pastedNumbers } from './pasted-numbers.ts'

const [first, second] = ['+16041234567', '+17781234567']

describe('numbers pasted into a blacklist', () => {
  it.each([
    ['one a line', '604-123-4567\n+1 (778) 123-4567', [first, second]],
    ['between commas', '6041234567, 7781234567', [first, second]],
    ['between semicolons and bars', '6041234567;7781234567|6041234567', [first, second]],
    ['from a spreadsheet', '604.123.4567\t778.123.4567\r\n', [first, second]],
    ['with blanks alone between them', '6041234567 +17781234567', [first, second]],
    ['one number in groups', '604 123 4567', [first]],
    ['from a mail', '"Pat Caller" <604-123-4567>', [first]],
    ['as URIs', 'tel:+16041234567;ext=1\nsip:7781234567@carrier.example', [first, second]],
    ['from abroad', '011 44 1632 960000', ['+441632960000']],
    ['a short code', '82277', ['82277']],
  ])('R-172: are read as they come: %s', (_, text, numbers) => {
    expect(pastedNumbers(text, 'US')).toMatchObject({ numbers, anonymous: false })
  })

  it('R-175: the word "anonymous" stands for callers who hide their number', () => {
    expect(pastedNumbers('Anonymous\n6041234567', 'US')).toEqual({ numbers: [first], anonymous: true, refused: [] })
  })

  it('what holds no number is told, not dropped in silence', () => {
    const { numbers, refused } = pastedNumbers('Number\n6041234567\n12\nthe noisy one\n604 123', 'US')

    expect(numbers).toEqual([first, '604123'])
    expect(refused).toEqual(['Number', '12', 'the noisy one'])
  })

  it('are each taken once, and a paste without end is cut', () => {
    const long = Array.from({ length: 40_000 }, (_, index) => `604${String(1_000_000 + index)}`).join('\n')

    expect(pastedNumbers(`${long}\n${long}`, 'US').numbers.length).toBeLessThan(20_000)
    expect(pastedNumbers('x\n'.repeat(1_000), 'US').refused).toHaveLength(50)
  })
})
