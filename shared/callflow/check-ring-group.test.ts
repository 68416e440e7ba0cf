import { describe, expect, it } from 'vitest'
import { Device } from '../model/device.ts'
import { Group } from '../model/group.ts'
import { RingGroup } from '../model/ring-group.ts'
import { User } from '../model/user.ts'
import { checkRingGroup } from './check-ring-group.ts'

const users = [User.parse({ id: 'alex', firstName: 'Alex' }), User.parse({ id: 'bo', firstName: 'Bo' })]
const devices = [
  Device.parse({ id: 'desk', type: 'sip-phone', name: "Alex's desk", username: 'desk', ownerId: 'alex' }),
  Device.parse({ id: 'lobby', type: 'sip-phone', name: 'Lobby', username: 'lobby' }),
]
const groups = [
  Group.parse({ id: 'staff', name: 'Staff', members: [{ kind: 'group', id: 'inner' }] }),
  Group.parse({
    id: 'inner',
    name: 'Inner',
    members: [
      { kind: 'user', id: 'alex' },
      { kind: 'group', id: 'staff' },
    ],
  }),
]
const member = (name: string, more: object = {}) => {
  const [kind, id] = name.split('/')
  return { kind, id, ...more }
}
const told = (members: readonly object[], more: object = {}) =>
  checkRingGroup(RingGroup.parse({ id: 'g', name: 'G', members, ...more }), { users, devices, groups }).map(
    ({ field, message }) => `${field}: ${message}`,
  )

describe('what is told of a ring group', () => {
  it.each([
    ['a device whose owner is a member', ['user/alex', 'device/desk'], "members.1: Alex's desk belongs to Alex"],
    ['and the reverse', ['device/desk', 'user/alex'], "members.0: Alex's desk belongs to Alex"],
    ['a device whose owner is in a group', ['group/staff', 'device/desk'], "members.1: Alex's desk belongs to Alex"],
    ['a user who is in a group', ['user/alex', 'group/staff'], 'members.0: Alex is in Inner already'],
    ['a member twice', ['device/lobby', 'device/lobby'], 'members.1: Lobby is a member twice'],
  ])('R-073: %s', (_, members, expected) => {
    expect(told(members.map((one) => member(one)))).toEqual([expect.stringContaining(expected)])
  })

  it('R-073: nothing of members who reach phones of their own', () => {
    expect(told(['user/alex', 'user/bo', 'device/lobby'].map((one) => member(one)))).toEqual([])
  })

  it('a group of nobody rings nobody', () => {
    expect(told([])).toEqual(['members: Nobody is a member, so nobody rings.'])
  })

  it('a member whose turn would come when the ringing is over', () => {
    const late = [member('user/alex'), member('user/bo')]

    expect(told(late, { strategy: 'in-order', timeoutSeconds: 20 })).toEqual([
      expect.stringMatching(/^members\.1: Rings after 20 s/),
    ])
    expect(told(late, { strategy: 'in-order', timeoutSeconds: 21 })).toEqual([])
    expect(told([member('user/alex', { delaySeconds: 30 })], { timeoutSeconds: 30 })).toHaveLength(1)
    expect(told(late, { strategy: 'weighted', timeoutSeconds: 20 })).toEqual([])
  })
})
