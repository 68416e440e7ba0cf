import * as z from 'zod'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'

const Level = z.enum(['device', 'user', 'account'])
const Effective = z.object({
  name: z.string().optional(),
  nameFrom: Level.optional(),
  number: z.string().optional(),
  numberFrom: Level.optional(),
})

/** What calls show, by kind, and which level each part comes from. */
export const EffectiveCallerIds = z.object({
  internal: Effective,
  external: Effective,
  emergency: Effective.extend({
    /** The registered address that goes with the number; absent: emergency services learn of none. */
    addressId: Id.optional(),
    /** Emergency numbers passed over because no address is registered for them. */
    unregistered: z.array(z.object({ level: Level, number: z.string() })),
  }),
})

const effective = {
  method: 'get',
  params: z.object({ id: Id }),
  reply: EffectiveCallerIds,
  status: 200,
  may: 'config:read',
} as const

export const getDeviceCallerIds = contract({
  ...effective,
  path: '/devices/{id}/caller-ids',
  tag: 'Devices',
  summary: 'What calls of a device show, and where each part comes from',
})

export const getUserCallerIds = contract({
  ...effective,
  path: '/users/{id}/caller-ids',
  tag: 'Users',
  summary: 'What calls of a user show from a device without a caller ID of its own, and where each part comes from',
})
