import type { DocumentKey } from '@offhook/shared/model/document.ts'
import { describe, expect, it } from 'vitest'
import { Revisions } from './revisions.ts'

const user = (id: string): DocumentKey => ({ kind: 'user', id })

/** A store where every document says where it is from, and everything by the name of `gone` is absent. */
function counted() {
  const asked: string[] = []
  const revisions = new Revisions({
    async fetch(accountId, revision, keys) {
      for (const { id } of keys) asked.push(`${accountId}@${revision}/${id}`)
      return new Map(keys.map(({ kind, id }) => [`${kind}/${id}`, id === 'gone' ? null : `${accountId}@${revision}`]))
    },
  })
  return { revisions, asked }
}

describe('documents of a revision', () => {
  it('are asked for once, whether they are there or not', async () => {
    const { revisions, asked } = counted()

    for (let turn = 0; turn < 3; turn += 1) {
      const documents = await revisions.fetch('acme', 7, [user('alex'), user('gone')])
      expect(documents.get('user/alex')).toBe('acme@7')
      expect(documents.get('user/gone')).toBeNull()
    }

    expect(asked).toEqual(['acme@7/alex', 'acme@7/gone'])
    expect(revisions.documents('acme', 7).size).toBe(2)
  })

  it('are another revision’s and another account’s own', async () => {
    const { revisions } = counted()
    await revisions.fetch('acme', 7, [user('alex')])

    expect((await revisions.fetch('acme', 8, [user('alex')])).get('user/alex')).toBe('acme@8')
    expect((await revisions.fetch('other', 7, [user('alex')])).get('user/alex')).toBe('other@7')
    expect((await revisions.fetch('acme', 7, [user('alex')])).get('user/alex')).toBe('acme@7')
  })

  it('of revisions that were used longest ago are forgotten first', async () => {
    const { revisions, asked } = counted()
    for (let revision = 1; revision <= 500; revision += 1) await revisions.fetch('acme', revision, [user('alex')])
    await revisions.fetch('acme', 1, [user('alex')])
    await revisions.fetch('acme', 501, [user('alex')])

    await revisions.fetch('acme', 1, [user('alex')])
    await revisions.fetch('acme', 2, [user('alex')])

    expect(asked.filter((one) => one === 'acme@1/alex')).toHaveLength(1)
    expect(asked.filter((one) => one === 'acme@2/alex')).toHaveLength(2)
  })

  it('are bounded in number, however large one revision is', async () => {
    const { revisions } = counted()
    const many = (from: number, count: number) => Array.from({ length: count }, (_, index) => user(`u${from + index}`))

    await revisions.fetch('small', 1, many(0, 10))
    await revisions.fetch('large', 1, many(0, 20_001))

    expect(revisions.documents('small', 1).size).toBe(0)
    expect(revisions.documents('large', 1).size).toBe(0)
    expect((await revisions.fetch('small', 1, many(0, 10))).size).toBe(10)
  })
})
