import { describe, expect, it } from 'vitest'
import { deviceId, userId } from '../testing/acme.ts'
import { type Changes, dialAcme as dial } from '../testing/acme-with.ts'
import { Device, type DeviceType } from './device.ts'

const landline = { id: 'home', type: 'landline', name: 'Home', number: '+12065550104' }

describe('a landline', () => {
  it('R-138: asks for no key unless somebody says so', () => {
    expect(Device.parse(landline).requireKeyPress).toBe(false)
  })

  it('R-138: cannot be made to ask for one, and says why', () => {
    const refused = Device.safeParse({ ...landline, requireKeyPress: true })

    expect(refused.error?.issues).toMatchObject([
      { path: ['requireKeyPress'], message: expect.stringContaining('nobody could press the key') },
    ])
    expect(Device.safeParse({ ...landline, type: 'cell', requireKeyPress: true }).success).toBe(true)
  })
})

describe('further types of devices', () => {
  const target: Readonly<Partial<Record<DeviceType, string>>> = { 'sip-uri': 'sip:desk@partner.example' }
  const called = (type: DeviceType): Changes => ({
    'device/other': {
      type,
      name: type,
      ownerId: userId('1003'),
      ...(type === 'sip-uri' ? { uri: target[type] } : { username: 'other' }),
    },
    'ownership/user-1003': { deviceIds: [deviceId('1003'), 'other'] },
  })

  it.each<DeviceType>(['ata', 'fax', 'smartphone', 'sip-uri'])(
    'R-140: a device of type %s rings with the others of its owner',
    (type) => {
      const call = dial('1003', called(type))

      expect(call.rang.map((rang) => rang.target).toSorted()).toEqual(
        [deviceId('1003'), target[type] ?? 'other'].toSorted(),
      )
    },
  )

  it('R-140: says what it lacks', () => {
    const issuesOf = (device: object) => Device.safeParse({ id: 'x', name: 'X', ...device }).error?.issues ?? []

    expect(issuesOf({ type: 'ata' })).toMatchObject([{ path: ['username'] }])
    expect(issuesOf({ type: 'sip-uri' })).toMatchObject([{ path: ['uri'] }])
    expect(issuesOf({ type: 'sip-uri', uri: 'tel:+1' })).toMatchObject([{ path: ['uri'] }])
  })
})
