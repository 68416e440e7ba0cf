/** Every module that names one object can be given it by a variable, and falls through where the variable is of no use. */
import { describe, expect, it } from 'vitest'
import { callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import { modules } from './modules/index.ts'

/** Modules by the kind of object they name. */
const readers = {
  user: 'user',
  device: 'device',
  callflow: 'callflow',
  'play-media': 'media',
  menu: 'menu',
  voicemail: 'voicemail-box',
  'ring-group': 'ring-group',
  directory: 'directory',
  'fax-box': 'fax-box',
}

const stranger = { outside: '+14255550163' } as const
const reasonsWith = (type: string, variables: readonly object[]): string =>
  dial(
    '7000',
    callflowOf('7000', [
      { type: 'set-variables', params: { variables } },
      { type, params: { routeVariable: 'v' } },
      { type: 'hang-up' },
    ]),
    {},
    stranger,
  ).reasons.join('; ')

describe.each(Object.entries(readers))('%s', (type, kind) => {
  it(`R-090: takes its ${kind} from the variable that is named`, () => {
    const module = modules.find((one) => one.type === type)
    const parsed = module?.params.safeParse({ routeVariable: 'v' })

    expect(parsed?.success && parsed.data).toMatchObject({ routeVariable: 'v' })
    // It looks for what the variable says and for nothing else.
    expect(reasonsWith(type, [{ name: 'v', type: kind, value: 'gone' }])).toMatch(
      /missing|gone|no longer|not available/,
    )
  })

  it('R-091: says that the variable is not set, or names something else, and goes on', () => {
    expect(reasonsWith(type, [])).toContain('variable v not set')
    expect(reasonsWith(type, [{ name: 'v', type: 'custom', value: 'gone' }])).toContain(`variable v is no ${kind}`)
  })
})
