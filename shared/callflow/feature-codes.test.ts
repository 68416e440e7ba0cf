import { describe, expect, it } from 'vitest'
import { singletonId } from '../model/document.ts'
import { documentsOf } from '../testing/run-example.ts'
import { revisionOf } from './account-revision.ts'
import { step } from './engine.ts'
import { defaultFeatureCodes } from './feature-codes.ts'
import { findModule } from './modules/index.ts'
import type { CallCommand, Speech } from './vocabulary.ts'

const at = '2026-11-24T15:00:00Z'
const documents = {
  [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
  [`routing/${singletonId}`]: { featureCodes: defaultFeatureCodes },
  'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk', ownerId: 'alex' },
  'user/alex': { firstName: 'Alex' },
  'ownership/alex': { deviceIds: ['desk'], voicemailBoxIds: ['mine'] },
  'voicemail-box/mine': { name: 'Alex', number: '1001', ownerId: 'alex', pin: '4711', isSetUp: true },
  'voicemail-box/sales': { name: 'Sales', number: '2001', pin: '4711' },
  'mailbox-route/2001': { voicemailBoxId: 'sales' },
}

/** What is said first to somebody who dials on Alex's phone. */
function heard(dialled: string, more: Record<string, unknown> = {}): readonly Speech[] {
  const config = revisionOf('acme', 1, documentsOf({ ...documents, ...more }), 'absent')
  let turn = step(config, undefined, {
    type: 'arrived',
    at,
    callId: 'call',
    accountId: 'acme',
    configRevision: 1,
    origin: { kind: 'device', deviceId: 'desk' },
    dialled,
    caller: { anonymous: false },
  })
  let waiting: CallCommand | undefined
  for (let rounds = 0; rounds < 5; rounds += 1) {
    if ('needs' in turn) throw new Error('every document is at hand')
    waiting = turn.commands.at(-1)
    if (waiting?.type !== 'look-up') break
    turn = step(config, turn.state, { type: 'looked-up', at, facts: waiting.facts.map((key) => ({ key, value: {} })) })
  }
  return waiting !== undefined && 'parts' in waiting ? waiting.parts : []
}

describe('feature codes', () => {
  it('R-158: an account begins with those enabled whose module is there, two aside that an administrator must want', () => {
    for (const { id, module, enabled } of defaultFeatureCodes)
      expect(enabled, id).toBe(findModule(module) !== undefined && !['directory', 'call-return'].includes(id))
  })

  it('R-160: an account begins with all of them, each once', () => {
    const codes = defaultFeatureCodes.map(({ digits }) => `*${digits}`)

    expect(codes.toSorted()).toEqual(
      [
        '**',
        '*0',
        '*11',
        '*12',
        '*13',
        '*2',
        '*3',
        '*4',
        '*411',
        '*43',
        '*5',
        '*52',
        '*53',
        '*56',
        '*60',
        '*67',
        '*69',
        '*72',
        '*73',
        '*74',
        '*76',
        '*77',
        '*78',
        '*79',
        '*90',
        '*91',
        '*97',
        '*98',
      ].toSorted(),
    )
    expect(new Set(codes).size).toBe(codes.length)
  })

  it.each(defaultFeatureCodes.filter((code) => !code.enabled).map((code) => [`*${code.digits}`, code.id]))(
    'R-158: %s (%s) is switched off and says so',
    (dialled) => {
      expect(heard(dialled)).toEqual([{ prompt: 'feature-not-available' }])
    },
  )

  it('R-160: *97 opens the mailbox of whoever calls', () => {
    expect(heard('*97')).toEqual([{ prompt: 'vm-no-messages' }, { prompt: 'vm-main-menu' }])
  })

  it('R-160: *97 and a number asks for the PIN of that box, as does one that does not exist', () => {
    expect(heard('*972001')).toEqual([{ prompt: 'vm-enter-pin' }])
    expect(heard('*977777')).toEqual([{ prompt: 'vm-enter-pin' }])
  })

  it('R-160: ** and a number leaves a message in that box', () => {
    expect(heard('**2001')).toContainEqual({ prompt: 'vm-record-message' })
    expect(heard('**7777')).toEqual([{ prompt: 'vm-no-box' }])
    expect(heard('**')).toEqual([{ prompt: 'vm-no-box' }])
  })

  it('R-158: a code that was disabled says so from the next call on, and works again when enabled', () => {
    const featureCodes = defaultFeatureCodes.map((code) => ({
      ...code,
      enabled: code.id !== 'voicemail-check' && code.enabled,
    }))

    expect(heard('*97', { [`routing/${singletonId}`]: { featureCodes } })).toEqual([
      { prompt: 'feature-not-available' },
    ])
    expect(heard('*97')).toContainEqual({ prompt: 'vm-main-menu' })
  })

  it('R-158: a code that was enabled although nothing does its work says the same', () => {
    const featureCodes = defaultFeatureCodes.map((code) => ({ ...code, enabled: true }))

    expect(heard('*3101', { [`routing/${singletonId}`]: { featureCodes } })).toEqual([
      { prompt: 'feature-not-available' },
    ])
  })

  it('R-161: a code works under other digits', () => {
    const featureCodes = defaultFeatureCodes.map((code) =>
      code.id === 'voicemail-check' ? { ...code, digits: '89' } : code,
    )

    expect(heard('*89', { [`routing/${singletonId}`]: { featureCodes } })).toContainEqual({ prompt: 'vm-main-menu' })
  })
})
