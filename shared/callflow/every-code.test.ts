/** Every code an account begins with, dialled on the desk phone of 1002: what is said, and what is set. */
import { describe, expect, it } from 'vitest'
import { type Changes, dialAcme } from '../testing/acme-with.ts'
import { defaultFeatureCodes } from './feature-codes.ts'

interface Dialled {
  readonly dial: string
  readonly press?: readonly string[]
  /** All that is said to whoever dialled, in order. */
  readonly heard: readonly string[]
  readonly sets?: Readonly<Record<string, unknown>>
  readonly rings?: readonly string[]
  /** Parameters an administrator gives the code when switching it on. */
  readonly params?: object
}

const me = 'user/user-1002'
const phone = 'device/desk-1002'
const cell = '2065550104'
const there = { enabled: true, number: cell }
const forwarded = { ...there, enabled: false }
const comesLater: Dialled['heard'] = ['feature-not-available']

/** By the code's id; what was set before is in `before`. */
const codes: Readonly<Record<string, readonly Dialled[]>> = {
  'voicemail-check': [
    { dial: '*97', heard: ['vm-no-messages', 'vm-main-menu'] },
    { dial: '*972001', heard: ['vm-enter-pin'] },
  ],
  'voicemail-own': [{ dial: '*98', heard: ['vm-no-messages', 'vm-main-menu'] }],
  'voicemail-direct': [
    { dial: '**1003', heard: ['vm-person', '1003', 'vm-not-available', 'vm-record-message'] },
    { dial: '**7777', heard: ['vm-no-box'] },
  ],
  'call-forward-on': [
    { dial: `*72${cell}`, heard: ['forward-on', cell], sets: { [me]: { forward: there } } },
    {
      dial: '*72',
      press: [cell],
      heard: ['forward-enter-number', 'forward-on', cell],
      sets: { [me]: { forward: there } },
    },
  ],
  'call-forward-off': [{ dial: '*73', heard: ['forward-off'], sets: { [me]: { forward: forwarded } } }],
  'call-forward-toggle': [{ dial: '*74', heard: ['forward-off'], sets: { [me]: { forward: forwarded } } }],
  'call-forward-update': [
    { dial: '*561003', heard: ['forward-saved'], sets: { [me]: { forward: { enabled: true, number: '1003' } } } },
  ],
  'call-forward-busy-on': [
    { dial: `*90${cell}`, heard: ['forward-on-busy', cell], sets: { [me]: { forwardBusy: there } } },
  ],
  'call-forward-busy-off': [{ dial: '*91', heard: ['forward-off-busy'], sets: { [me]: { forwardBusy: forwarded } } }],
  'call-forward-no-answer-on': [
    { dial: `*53${cell}`, heard: ['forward-on-unanswered', cell], sets: { [me]: { forwardUnanswered: there } } },
  ],
  'call-forward-no-answer-off': [
    { dial: '*52', heard: ['forward-off-unanswered'], sets: { [me]: { forwardUnanswered: forwarded } } },
  ],
  'do-not-disturb-on': [{ dial: '*78', heard: ['dnd-on'], sets: { [me]: { doNotDisturb: true } } }],
  'do-not-disturb-off': [{ dial: '*79', heard: ['dnd-off'], sets: { [me]: { doNotDisturb: false } } }],
  'do-not-disturb-toggle': [{ dial: '*76', heard: ['dnd-on'], sets: { [me]: { doNotDisturb: true } } }],
  'hot-desk-in': [
    {
      dial: '*11',
      press: ['1003', '2468'],
      heard: ['hotdesk-enter-extension', 'hotdesk-enter-pin', 'hotdesk-logged-in'],
      sets: { [phone]: { hotDeskUserIds: ['user-1003'] }, 'user/user-1003': { hotDeskDeviceIds: ['desk-1002'] } },
    },
  ],
  'hot-desk-out': [{ dial: '*12', heard: ['hotdesk-logged-out'], sets: { [phone]: { hotDeskUserIds: [] } } }],
  'hot-desk-toggle': [
    {
      dial: '*13',
      press: ['1003', '9'],
      heard: ['hotdesk-enter-extension', 'hotdesk-enter-pin', 'hotdesk-invalid', 'hotdesk-enter-pin'],
    },
  ],
  privacy: [
    { dial: '*671003', heard: [], rings: ['Anonymous'] },
    { dial: '*67', heard: ['number-not-in-service'] },
  ],
  intercom: [
    { dial: '*01003', heard: [], rings: ['Dana Dogwood'] },
    { dial: '*01999', heard: ['number-not-in-service'] },
  ],
  'follow-me-toggle': [{ dial: '*77', heard: ['follow-me-off'], sets: { [phone]: { followMe: false } } }],
  time: [{ dial: '*60', heard: ['It is 10 A M.'] }],
  'sound-test': [{ dial: '*43', heard: [], rings: ['echo'] }],
  directory: [
    { dial: '*411', heard: ['feature-not-available'] },
    { dial: '*411', params: { directoryId: 'directory-staff' }, heard: ['directory-enter'] },
  ],
  'call-return': [
    { dial: '*69', heard: ['feature-not-available'] },
    { dial: '*69', params: {}, heard: ['call-return-last', '1003', 'call-return-press-1'] },
  ],
  park: [{ dial: '*3101', heard: comesLater }],
  'park-valet': [{ dial: '*4', heard: comesLater }],
  'park-retrieve': [{ dial: '*5101', heard: comesLater }],
  'group-pickup': [{ dial: '*2', heard: comesLater }],
}

const rows = Object.entries(codes).flatMap(([id, dialled]) => dialled.map((row) => ({ id, ...row })))
/** What is set when somebody dials. */
const before = {
  [me]: { forward: there, forwardBusy: there, forwardUnanswered: there, lastCaller: '1003' },
}

describe('the codes of an account', () => {
  it('R-160: the table below has every one of them', () => {
    expect(Object.keys(codes).toSorted()).toEqual(defaultFeatureCodes.map(({ id }) => id).toSorted())
  })

  it.each(rows)('R-160: $dial ($id) says $heard', ({ id, dial, press = [], heard, sets = {}, rings, params }) => {
    const featureCodes = defaultFeatureCodes.map((code) =>
      code.id === id && params !== undefined ? { ...code, enabled: true, params } : code,
    )
    const changes: Changes = {
      'routing/account': { featureCodes },
      'user/user-1003': { hotDesk: { enabled: true, pin: '2468' } },
    }
    const phones = { 'desk-1003': { does: 'answer' } } as const
    const call = press.reduce((one, keys) => one.press(keys), dialAcme(dial, changes, { facts: before, phones }))

    expect(call.heard).toEqual(heard)
    expect(Object.fromEntries(call.given('change').map(({ fact, set }) => [`${fact.kind}/${fact.id}`, set]))).toEqual(
      sets,
    )
    expect(call.rang.map(({ name, target }) => name ?? target)).toEqual(rings ?? [])
  })
})
