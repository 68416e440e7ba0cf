import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { fieldMessage } from './field-message.ts'

const Form = z.object({
  name: z.string().min(1).max(5).default('x'),
  firstName: z.string().default('x'),
  seconds: z.int().min(5).max(120).default(20),
  strategy: z.enum(['together', 'in-order']).default('together'),
  mail: z.email().default('a@b.example'),
  at: z.iso.datetime().default('2026-11-23T09:30:00Z'),
  numbers: z.array(z.string()).max(2).default([]),
  flag: z.boolean().default(false),
  pin: z.string().regex(/^\d+$/, 'Use digits.').default('1'),
})
const Needy = z.object({ firstName: z.string(), kind: z.enum(['a', 'b']), options: z.object({}) })

function says(schema: z.ZodType, input: unknown): Record<string, string> {
  const { error } = schema.safeParse(input, { error: fieldMessage })
  return Object.fromEntries((error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message]))
}

describe('what is said of a field', () => {
  it.each([
    [{ name: '' }, { name: 'This must not be empty.' }],
    [{ name: 'abcdef' }, { name: 'Use at most 5 characters.' }],
    [{ firstName: 7 }, { firstName: 'Give a text.' }],
    [{ seconds: 3 }, { seconds: 'Give at least 5.' }],
    [{ seconds: 500 }, { seconds: 'Give at most 120.' }],
    [{ seconds: 5.5 }, { seconds: 'Give a whole number.' }],
    [{ strategy: 'loudest' }, { strategy: 'Choose together, in-order.' }],
    [{ mail: 'me' }, { mail: 'Give an e-mail address, such as alex@acme.example.' }],
    [{ at: 'today' }, { at: 'Give an instant, such as 2026-11-23T09:30:00Z.' }],
    [{ numbers: ['1', '2', '3'] }, { numbers: 'Use at most 2 entries.' }],
    [{ flag: 'yes' }, { flag: 'Give true or false.' }],
    [{ pin: 'x' }, { pin: 'Use digits.' }],
  ])('%j', (input, said) => {
    expect(says(Form, input)).toEqual(said)
  })

  it('names what is missing and what it wants', () => {
    expect(says(Needy, {})).toEqual({
      firstName: 'This is needed: a text.',
      kind: 'This is needed. Choose a, b.',
      options: 'This is needed: an object.',
    })
  })

  it('tells of twelve choices at most', () => {
    const many = z.object({ zone: z.enum(Array.from({ length: 20 }, (_, index) => `z${index}`)) })

    expect(says(many, { zone: 'x' }).zone).toMatch(/^Choose one of z0, .*, z11 and 8 others\.$/)
  })
})
