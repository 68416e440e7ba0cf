import { expect, it } from 'vitest'
import { describeRequirements, layersOf, reasonsByRow, unproven } from './requirements-page.ts'

const row = { id: 'R-135', layers: ['UI', 'API'] }

it('tests prove the layers of the folder they are in, the nearest folder counting', () => {
  expect(layersOf('shared/callflow/walk.test.ts')).toEqual(['CORE'])
  expect(layersOf('functions/api/devices.test.ts')).toEqual(['API'])
  expect(layersOf('functions/sma/caps.test.ts')).toEqual(['CORE'])
  expect(layersOf('e2e/browser/console.test.ts')).toContain('UI')
  expect(layersOf('e2e/phones/main-line.test.ts')).not.toContain('UI')
  expect(unproven(row, ['functions/api/my-phone.test.ts'])).toEqual(['UI'])
})

it('a reason for a row that is proven on every layer is refused, and so is one for no row or a second one', () => {
  const files = ['functions/api/my-phone.test.ts', 'web/src/phone.test.ts']

  expect(() => reasonsByRow([row], () => files, { 'comes later': ['R-135'] })).toThrow('R-135 is proven on every layer')
  expect(() => reasonsByRow([row], () => [], { 'comes later': ['R-999'] })).toThrow('no row')
  expect(() => reasonsByRow([row], () => [], { one: ['R-135'], two: ['R-135'] })).toThrow('two reasons')
  expect(reasonsByRow([row], () => files.slice(0, 1), { 'comes later': ['R-135'] }).get('R-135')).toBe('comes later')
})

it('the page can be made: no reason of ours is for a row that is proven, and every row says where it stands', () => {
  const rows = describeRequirements()
    .split('\n')
    .filter((line) => /^\| R-\d{3} /.test(line))

  expect(rows.length).toBeGreaterThan(290)
  for (const line of rows) expect(line).toMatch(/\(`[\w./-]+`\)|\*[^*|]+\* \|$|none yet \|$/)
})
