import * as z from 'zod'
import { defineModule, exit, wait } from '../define-module.ts'
import { ownEndpoint } from '../own-endpoint.ts'

const phone = { 'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' } } as const
const alex = {
  'device/desk': { ...phone['device/desk'], ownerId: 'alex' },
  'user/alex': { firstName: 'Alex' },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const

export const doNotDisturb = defineModule({
  type: 'do-not-disturb',
  title: 'Do Not Disturb',
  summary: "Switches do not disturb of the caller's own user, or else phone, on or off.",
  params: z.object({ action: z.enum(['on', 'off', 'toggle']).default('toggle').meta({ title: 'Action' }) }),
  exits: ['next'],
  memo: z.literal('saying'),
  answers: true,
  editor: { category: 'Advanced', icon: 'do-not-disturb', caption: (p) => p.action },
  start(p, view) {
    const own = ownEndpoint(view)
    if (own === undefined) return wait('saying', { type: 'play', parts: [{ prompt: 'feature-not-available' }] })
    const { kind, id, document } = own
    const isOn = view.fact(kind, id).doNotDisturb ?? document.doNotDisturb
    const doNotDisturb = p.action === 'toggle' ? !isOn : p.action === 'on'
    return wait(
      'saying',
      { type: 'change', fact: { kind, id }, set: { doNotDisturb } },
      { type: 'play', parts: [{ prompt: doNotDisturb ? 'dnd-on' : 'dnd-off' }] },
    )
  },
  resume: () => exit('next'),
  examples: [
    {
      says: 'R-160: do not disturb is switched on for the user of the phone.',
      params: { action: 'on' },
      documents: alex,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'R-160: a phone of nobody is switched by itself.',
      params: { action: 'off' },
      documents: phone,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['change', 'play'],
    },
    {
      says: 'R-160: a caller from outside has nothing to switch.',
      params: {},
      events: [{ type: 'played' }],
      leavesBy: 'next',
      commands: ['play'],
    },
  ],
})
