import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { describeTable } from './describe-table.ts'
import { entity } from './entity.ts'
import { accountTemplates, globalTemplates, type Templates } from './table.ts'

const namesOf = (...templates: (string | undefined)[]): string[] => [
  ...new Set(
    templates.flatMap((template) => [...(template ?? '').matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')),
  ),
]

const filled = (template: Templates, values: readonly string[], accountId: string): Record<string, string> => {
  const names = namesOf(template.pk, template.sk, template.gsi1pk, template.gsi1sk)
  return { ...Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])), accountId }
}

describe('keys', () => {
  it('R-009: whatever the values are, two accounts never share a partition', () => {
    const inAccounts = Object.values<Templates>(accountTemplates)
    fc.assert(
      fc.property(
        fc.constantFrom(...inAccounts),
        fc.constantFrom(...inAccounts),
        fc.array(fc.string({ maxLength: 20 }), { minLength: 12, maxLength: 12 }),
        fc.array(fc.string({ maxLength: 20 }), { minLength: 12, maxLength: 12 }),
        fc.string({ maxLength: 20 }),
        fc.string({ maxLength: 20 }),
        (one, other, valuesA, valuesB, a, b) => {
          fc.pre(a !== b)
          const itemA = entity(z.object({}), one).item(filled(one, valuesA, a), {})
          const itemB = entity(z.object({}), other).item(filled(other, valuesB, b), {})

          expect(itemA.pk).not.toBe(itemB.pk)
          if (one.gsi1pk?.startsWith('ACCOUNT') === true) expect(itemA.gsi1pk).not.toBe(itemB.gsi1pk)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('of an account name it first', () => {
    for (const template of Object.values<Templates>(accountTemplates))
      expect(template.pk).toMatch(/^ACCOUNT#\{accountId\}(#|$)/)
    for (const template of Object.values<Templates>(globalTemplates)) expect(template.pk).not.toMatch(/^ACCOUNT#/)
  })

  it('differ wherever a value differs, separators and all', () => {
    const box = entity(z.object({}), accountTemplates.message)
    const key = (boxId: string, id: string) => JSON.stringify(box.key({ accountId: 'a', boxId, id }))

    expect(new Set([key('x#MESSAGE', 'y'), key('x', 'MESSAGE#y'), key('x%23MESSAGE', 'y'), key('x', 'y')]).size).toBe(4)
  })

  it('are described for people from the same templates', () => {
    const page = describeTable()

    for (const { pk, what } of [
      ...Object.values<Templates>(accountTemplates),
      ...Object.values<Templates>(globalTemplates),
    ]) {
      expect(page).toContain(pk)
      expect(page).toContain(what)
    }
  })
})
