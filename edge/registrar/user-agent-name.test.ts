import { expect, it } from 'vitest'
import { parseUserAgent } from './user-agent-name.ts'

it.each([
  ['Yealink SIP-T46U 108.86.0.20', { make: 'Yealink', model: 'SIP-T46U', firmware: '108.86.0.20' }],
  ['PolycomVVX-VVX_411-UA/5.9.6.2327', { make: 'Polycom', model: 'VVX-VVX_411-UA', firmware: '5.9.6.2327' }],
  ['Mitel 6867i/5.1.0.2024', { make: 'Mitel', model: '6867i', firmware: '5.1.0.2024' }],
  ['Grandstream GXP2170 1.0.11.64', { make: 'Grandstream', model: 'GXP2170', firmware: '1.0.11.64' }],
  ['baresip v1.0.0 (x86_64/linux)', { make: 'baresip', firmware: '1.0.0' }],
  ['JsSIP 3.13.8', { make: 'JsSIP', firmware: '3.13.8' }],
  ['', {}],
  [undefined, {}],
])('R-155: %s is taken apart', (text, expected) => {
  expect(parseUserAgent(text)).toEqual(expected)
})
