import { describe, expect, it } from 'vitest'
import { runExample } from '../../testing/run-example.ts'
import { modules } from './index.ts'

describe.each(modules.map((module) => [module.title, module] as const))('%s', (_, module) => {
  it.each(module.examples.map((example) => [example.says, example] as const))('%s', (_says, example) => {
    const result = runExample(module.type, example)

    expect(result.leftBy).toBe(example.leavesBy)
    if (example.commands !== undefined) {
      // When facts are looked up is the engine's affair, not the module's.
      const expected = example.commands.filter((type) => type !== 'look-up')
      const given = result.commands.filter((type) => type !== 'look-up')
      expect(given.slice(0, expected.length)).toEqual(expected)
    }
  })

  it('has examples, a summary and exits that are its own', () => {
    expect(module.examples.length).toBeGreaterThanOrEqual(3)
    expect(module.summary).toMatch(/\.$/)
    for (const example of module.examples)
      expect(new Set(module.exitsOf(example.params)).size).toBe(module.exitsOf(example.params).length)
  })
})
