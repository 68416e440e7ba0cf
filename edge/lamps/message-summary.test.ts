import { expect, it } from 'vitest'
import { messageSummary } from './message-summary.ts'

it.each([
  ['new and saved ones', { newCount: 2, savedCount: 8, dial: '*97' }, 'yes', 'Voice-Message: 2/8 (0/0)'],
  ['saved ones alone leave the lamp dark', { newCount: 0, savedCount: 3 }, 'no', 'Voice-Message: 0/3 (0/0)'],
  ['counts that cannot be', { newCount: -1, savedCount: 1e9 }, 'no', 'Voice-Message: 0/9999 (0/0)'],
])('RFC 3842 §5.2: %s', (_, counts, waiting, line) => {
  const body = messageSummary(counts, 'pbx.example')

  expect(body.startsWith(`Messages-Waiting: ${waiting}\r\n`)).toBe(true)
  expect(body.endsWith(`${line}\r\n`)).toBe(true)
  expect(body.includes('Message-Account: sip:*97@pbx.example\r\n')).toBe('dial' in counts)
})

it('a number to call that would be another line is left out', () => {
  expect(messageSummary({ newCount: 1, savedCount: 0, dial: '*97\r\nX: y' }, 'pbx.example')).not.toContain('X: y')
})
