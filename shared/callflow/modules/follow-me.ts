import * as z from 'zod'
import { defineModule, exit, wait } from '../define-module.ts'

const phone = { 'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' } } as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const

export const followMe = defineModule({
  type: 'follow-me',
  title: 'Follow-Me',
  summary: "Lets the phone that calls be called, or not; its owner's other phones ring as they did.",
  params: z.object({ action: z.enum(['on', 'off', 'toggle']).default('toggle').meta({ title: 'Action' }) }),
  exits: ['next'],
  memo: z.literal('saying'),
  answers: true,
  editor: { category: 'Advanced', icon: 'follow-me', caption: (p) => p.action },
  start(p, view) {
    const device = view.callingDevice
    if (device === undefined) return wait('saying', { type: 'play', parts: [{ prompt: 'feature-not-available' }] })
    const isOn = view.fact('device', device.id).followMe ?? device.followMe
    const follows = p.action === 'toggle' ? !isOn : p.action === 'on'
    return wait(
      'saying',
      { type: 'change', fact: { kind: 'device', id: device.id }, set: { followMe: follows } },
      { type: 'play', parts: [{ prompt: follows ? 'follow-me-on' : 'follow-me-off' }] },
    )
  },
  resume: () => exit('next'),
  examples: [
    {
      says: 'R-141: Follow-Me of the phone is switched off by a code.',
      params: { action: 'toggle' },
      documents: phone,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'R-141: one that was switched off by phone is switched on again.',
      params: { action: 'toggle' },
      documents: phone,
      facts: [{ key: { kind: 'device', id: 'desk' }, value: { followMe: false } }],
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'A caller from outside has no phone to switch.',
      params: {},
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
  ],
})
