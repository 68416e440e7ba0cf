import * as z from 'zod'
import { ref } from '../../model/id.ts'
import { defineModule, exit } from '../define-module.ts'
import { notingCaller } from '../last-caller.ts'
import { RingMemo, ring, ringAgain } from '../ringing.ts'
import { routed, routeVariable } from '../route-variable.ts'

export const device = defineModule({
  type: 'device',
  title: 'Device',
  summary: 'Rings one device, whatever else its owner has.',
  params: z.object({
    deviceId: ref('device', 'Device').optional(),
    timeoutSeconds: z.int().min(1).max(600).default(20).meta({ title: 'Ring for', unit: 's' }),
    routeVariable,
  }),
  exits: ['no-answer'],
  memo: RingMemo,
  answers: false,
  editor: { category: 'Advanced', icon: 'phone', caption: (p) => `${p.timeoutSeconds} s` },

  start(p, view) {
    const chosen = routed(view, 'device', { id: p.deviceId, routeVariable: p.routeVariable })
    if ('why' in chosen) return exit('no-answer', chosen.why)
    const device = view.find('device', chosen.id)
    if (device === undefined) return exit('no-answer', 'device missing')
    const rung = ring(view, [{ kind: 'device', id: device.id, delaySeconds: 0, timeoutSeconds: p.timeoutSeconds }], {
      mode: 'together',
      timeoutSeconds: p.timeoutSeconds,
    })
    return device.ownerId === undefined ? rung : notingCaller(view, device.ownerId, rung)
  },
  resume: (_, event, memo, view) => ringAgain(view, event, memo, {}),

  examples: [
    {
      says: 'Only that device rings.',
      params: { deviceId: 'desk' },
      documents: { 'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' } },
      events: [
        {
          type: 'rang',
          outcome: { planId: 'p', answered: { legId: '1', deviceId: 'desk' }, reason: 'answered', legs: [] },
        },
      ],
      leavesBy: 'talks',
    },
    {
      says: 'R-141: a device whose Follow-Me is off is refused.',
      params: { deviceId: 'desk' },
      documents: { 'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk', followMe: false } },
      events: [],
      leavesBy: 'no-answer',
    },
    { says: 'A device that is gone is passed over.', params: { deviceId: 'desk' }, events: [], leavesBy: 'no-answer' },
  ],
})
