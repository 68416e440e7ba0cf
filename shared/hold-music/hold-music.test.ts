import { describe, expect, it } from 'vitest'
import { Account } from '../model/account.ts'
import { Device } from '../model/device.ts'
import { User } from '../model/user.ts'
import { holdMusicFor } from './hold-music.ts'

const account = (holdMusic?: string) => Account.parse({ id: 'acme', name: 'Acme', address: 'acme', holdMusic })
const user = (holdMusic?: string) => User.parse({ id: 'alex', firstName: 'Alex', holdMusic })
const device = (holdMusic?: string) =>
  Device.parse({ id: 'desk', type: 'sip-phone', name: 'Desk', username: '1001', holdMusic })

describe('music on hold', () => {
  it.each([
    ['the account where nobody has any of their own', undefined, undefined, 'waltz', 'waltz'],
    ['the user before the account', undefined, 'tango', 'waltz', 'tango'],
    ['the device before its owner', 'march', 'tango', 'waltz', 'march'],
    ['the device alone', 'march', undefined, undefined, 'march'],
    ['nobody: the system plays its own', undefined, undefined, undefined, undefined],
  ])('R-021: is that of %s', (_, ofDevice, ofUser, ofAccount, played) => {
    const levels = { device: device(ofDevice), user: user(ofUser), account: account(ofAccount) }

    expect(holdMusicFor(levels)).toBe(played)
  })

  it('R-021: a party without a device of the account has the music of the account', () => {
    expect(holdMusicFor({ account: account('waltz') })).toBe('waltz')
  })
})
