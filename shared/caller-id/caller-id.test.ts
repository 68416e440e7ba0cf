import { describe, expect, it } from 'vitest'
import { CallerIdKind, type CallerIds } from '../model/caller-id.ts'
import { type CallerIdLevels, callerIdFor, emergencyCallerId, type Level } from './caller-id.ts'

const levels: readonly Level[] = ['device', 'user', 'account']
const values = {
  device: { name: 'Desk', number: '+16045550101' },
  user: { name: 'Alex', number: '+16045550102' },
  account: { name: 'Acme', number: '+16045550103' },
} as const

/** Which of three levels have a value: all 8 combinations. */
const combinations = Array.from({ length: 8 }, (_, bits) =>
  levels.filter((_level, index) => (bits & (1 << index)) !== 0),
)
const rows = combinations.flatMap((set) =>
  CallerIdKind.options.flatMap((kind) =>
    (['name', 'number'] as const).map((field) => ({
      set,
      kind,
      field,
      source: levels.find((level) => set.includes(level)),
    })),
  ),
)

function levelsWith(kind: CallerIdKind, field: 'name' | 'number', set: readonly Level[]): CallerIdLevels {
  const other = field === 'name' ? 'number' : 'name'
  // The field in question where it is set; everything else about the identity is set everywhere and must not matter.
  const at = (level: Level): { callerId: CallerIds } => {
    const noise = Object.fromEntries(
      CallerIdKind.options.filter((one) => one !== kind).map((one) => [one, { name: 'Noise', number: '999' }]),
    )
    return {
      callerId: {
        ...noise,
        [kind]: { [other]: values[level][other], ...(set.includes(level) ? { [field]: values[level][field] } : {}) },
      },
    }
  }
  return { device: at('device'), user: at('user'), account: at('account') }
}

describe('the identity a call shows', () => {
  it.each(rows)('R-246, R-248: $kind $field set on [$set] comes from $source', ({ set, kind, field, source }) => {
    const chosen = callerIdFor(kind, levelsWith(kind, field, set))

    expect(chosen[field]).toBe(source === undefined ? undefined : values[source][field])
    expect(chosen[field === 'name' ? 'nameFrom' : 'numberFrom']).toBe(source)
    expect(chosen[field === 'name' ? 'number' : 'name']).toBe(values.device[field === 'name' ? 'number' : 'name'])
  })

  it.each([
    ['R-015', 'internal'],
    ['R-016', 'external'],
    ['R-017', 'emergency'],
  ] as const)('%s: the account says who calls where nobody else does (%s)', (_, kind) => {
    const account = { callerId: { [kind]: values.account } }

    expect(callerIdFor(kind, { account, user: { callerId: {} }, device: { callerId: {} } })).toEqual({
      ...values.account,
      nameFrom: 'account',
      numberFrom: 'account',
    })
  })

  it.each(CallerIdKind.options)('R-143: an %s identity of a device changes only that kind of call', (kind) => {
    const account = { callerId: { internal: values.account, external: values.account, emergency: values.account } }
    const device = { callerId: { [kind]: values.device } }

    for (const other of CallerIdKind.options)
      expect(callerIdFor(other, { account, device }).numberFrom).toBe(other === kind ? 'device' : 'account')
  })

  it("R-247: a user shows a direct number or another office's main line", () => {
    const account = { callerId: { external: { number: '+16045550103' } } }

    for (const number of ['+16045550102', '+12505550100'])
      expect(callerIdFor('external', { account, user: { callerId: { external: { number } } } })).toMatchObject({
        number,
        numberFrom: 'user',
      })
  })

  it('R-250: says of each part where it comes from', () => {
    const chosen = callerIdFor('external', {
      account: { callerId: { external: values.account } },
      user: { callerId: { external: { number: '+16045550102' } } },
    })

    expect(chosen).toEqual({ name: 'Acme', nameFrom: 'account', number: '+16045550102', numberFrom: 'user' })
  })
})

const registered = (...numbers: string[]) => numbers.map((number) => ({ number, addressId: `a${number.slice(-1)}` }))
const at = (number: string | undefined, external?: string): { callerId: CallerIds } => ({
  callerId: {
    ...(number === undefined ? {} : { emergency: { number } }),
    ...(external === undefined ? {} : { external: { number: external } }),
  },
})
const [one, two, three, four] = ['+16045550101', '+16045550102', '+16045550103', '+16045550104']

describe('the identity a call for help shows', () => {
  const all = { device: at(one), user: at(two), account: at(three) }
  it.each([
    ['the device where its number is registered', all, [one, two, three], one, 'device', []],
    ['the user where the device is not', all, [two, three], two, 'user', ['device']],
    ['the account where neither is', all, [three], three, 'account', ['device', 'user']],
    [
      'the external number where no emergency one is',
      { device: at(one, four), account: at(three) },
      [four],
      four,
      'device',
      ['device', 'account'],
    ],
    ['any registered number where no level has one', all, [four], four, 'account', ['device', 'user', 'account']],
    [
      'the nearest number where none is registered, for the call goes out all the same',
      all,
      [],
      one,
      'device',
      ['device', 'user', 'account'],
    ],
    ['a registered number although no identity is set', { account: at(undefined) }, [four], four, 'account', []],
  ] as const)('R-249: is of %s', (_, from, known, number, numberFrom, alerted) => {
    const chosen = emergencyCallerId(from, registered(...known))

    expect(chosen).toMatchObject({ number, numberFrom })
    expect(chosen.unregistered.map(({ level }) => level)).toEqual(alerted)
    expect(chosen.addressId).toBe(known.some((is) => is === number) ? `a${number.slice(-1)}` : undefined)
  })

  it('R-249: knows its registered number also when it was typed without +1', () => {
    expect(emergencyCallerId({ account: at('6045550101') }, registered(one))).toMatchObject({
      number: one,
      addressId: 'a1',
    })
  })

  it('has no number when the account has none at all', () => {
    expect(emergencyCallerId({ account: { callerId: {} } }, [])).toEqual({ unregistered: [] })
  })
})
