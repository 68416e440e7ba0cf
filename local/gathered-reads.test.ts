import type { LookedUp } from '@offhook/functions/sma/dependencies.ts'
import type { FactKey } from '@offhook/shared/callflow/vocabulary.ts'
import { describe, expect, it } from 'vitest'
import { gatheredReads } from './gathered-reads.ts'

const device = (id: string): FactKey => ({ kind: 'device', id })

/** A table that answers when it is told to, with what it holds then. */
function slowTable() {
  const asked: { readonly what: string; answer(): void; fail(): void }[] = []
  let configRevision = 1
  const later = <T>(what: string, read: () => T) =>
    new Promise<T>((resolve, reject) => {
      const atOnce = { what, answer: () => resolve(read()), fail: () => reject(new Error('the table is away')) }
      asked.push(atOnce)
    })
  const reads = gatheredReads({
    accounts: { head: (accountId) => later(`head of ${accountId}`, () => ({ configRevision, enabled: true })) },
    facts: {
      lookUp: (_, keys) =>
        later(keys.map(({ id }) => id).join(' '), (): LookedUp[] =>
          keys.map((key) => ({ key, value: { seen: key.id } })),
        ),
    },
  })
  const save = () => {
    configRevision += 1
  }
  return { reads, asked, save }
}

describe('reads of calls that arrive together', () => {
  it('are one, made after the last of them asked', async () => {
    const { reads, asked, save } = slowTable()

    const first = reads.accounts.head('acme')
    const [second, third] = [reads.accounts.head('acme'), reads.accounts.head('acme')]
    asked[0]?.answer()
    expect(await first).toEqual({ configRevision: 1, enabled: true })
    save()
    asked[1]?.answer()

    expect(await Promise.all([second, third])).toEqual(Array(2).fill({ configRevision: 2, enabled: true }))
    expect(asked).toHaveLength(2)
  })

  it('of facts ask for every key once, and everybody gets their own', async () => {
    const { reads, asked } = slowTable()

    const first = reads.facts.lookUp('acme', [device('a')])
    const second = reads.facts.lookUp('acme', [device('a'), device('b')])
    const third = reads.facts.lookUp('acme', [device('b'), device('c')])
    asked[0]?.answer()
    await first
    asked[1]?.answer()

    expect(await second).toEqual([
      { key: device('a'), value: { seen: 'a' } },
      { key: device('b'), value: { seen: 'b' } },
    ])
    expect((await third).map(({ key }) => key.id)).toEqual(['b', 'c'])
    expect(asked.map(({ what }) => what)).toEqual(['a', 'a b c'])
  })

  it('of different accounts do not wait for each other', async () => {
    const { reads, asked } = slowTable()

    const [one, other] = [reads.accounts.head('acme'), reads.accounts.head('other')]
    asked[1]?.answer()
    expect(await other).toMatchObject({ configRevision: 1 })
    asked[0]?.answer()
    await one

    expect(asked.map(({ what }) => what)).toEqual(['head of acme', 'head of other'])
  })

  it('that fail fail for those who asked, and the next are read again', async () => {
    const { reads, asked } = slowTable()

    const first = reads.accounts.head('acme')
    const second = reads.accounts.head('acme')
    asked[0]?.fail()
    await expect(first).rejects.toThrow('the table is away')
    asked[1]?.answer()

    expect(await second).toMatchObject({ configRevision: 1 })
  })
})
