import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PassingMap } from './passing-map.ts'

it('holds what a Map holds, in the same order', () => {
  const changes = fc.array(fc.tuple(fc.constantFrom('set', 'delete'), fc.constantFrom('a', 'b', 'c', 'd')))
  fc.assert(
    fc.property(changes, (todo) => {
      const [passing, plain] = [new PassingMap<string, { readonly at: number }>(), new Map<string, { at: number }>()]
      for (const [at, [what, key]] of todo.entries()) {
        if (what === 'delete') expect(passing.delete(key)).toBe(plain.delete(key))
        else {
          // One that is put in again is the newest.
          plain.delete(key)
          plain.set(key, { at })
          passing.set(key, { at })
        }
      }
      expect([...passing.values()]).toEqual([...plain.values()])
      expect(passing.size).toBe(plain.size)
      for (const key of ['a', 'b', 'c', 'd']) expect(passing.get(key)).toEqual(plain.get(key))
    }),
  )
})
