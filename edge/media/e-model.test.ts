import { expect, it } from 'vitest'
import { meanOpinionScore } from './e-model.ts'

it.each([
  ['a clean line', 0, 40, 4.39],
  ['one packet in a hundred lost', 0.01, 40, 4.28],
  ['one in ten lost', 0.1, 40, 3.36],
  ['half a second of delay', 0, 500, 2.35],
  ['nothing but loss', 1, 1_000, 1],
])('%s scores as the E-model says', (_, loss, delayMs, score) => {
  expect(meanOpinionScore(loss, delayMs)).toBeCloseTo(score, 1)
})
