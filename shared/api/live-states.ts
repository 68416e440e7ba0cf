import * as z from 'zod'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'

/** People or phones of one request: what one look-up brings. */
export const liveStatesMax = 60

const Forward = z.object({ enabled: z.boolean(), number: z.string().optional() })

/** How a person stands now: as set by phone, else as saved. */
export const UserState = z.object({
  id: Id,
  doNotDisturb: z.boolean(),
  forward: Forward,
  forwardBusy: Forward,
  forwardUnanswered: Forward,
  forwardUnregistered: Forward,
  /** Phones the person is logged in at besides their own. */
  hotDeskDeviceIds: z.array(Id),
})
export type UserState = z.infer<typeof UserState>

/** How a phone stands now. */
export const DeviceState = z.object({
  id: Id,
  doNotDisturb: z.boolean(),
  followMe: z.boolean(),
  forward: Forward,
  /** Who is logged in: while somebody is, the phone is theirs. */
  hotDeskUserIds: z.array(Id),
  callsUp: z.int(),
})
export type DeviceState = z.infer<typeof DeviceState>

const SomeIds = z.object({
  /** Ids with commas between, such as those of a page of a list. */
  ids: z
    .string()
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(Id).min(1).max(liveStatesMax)),
})
const asked = `what is set by phone stands over what is saved, until that is changed; at most ${liveStatesMax}, those that are not there left out; people who serve themselves see their own`

export const listUserStates = contract({
  method: 'get',
  path: '/user-states',
  tag: 'Users',
  summary: `Do not disturb, forwarding and hot desks of users, as they are now: ${asked}`,
  query: SomeIds,
  reply: z.object({ items: z.array(UserState) }),
  status: 200,
  may: 'calls:read',
})

export const listDeviceStates = contract({
  method: 'get',
  path: '/device-states',
  tag: 'Devices',
  summary: `Do not disturb, Follow-Me, forwarding and who is logged in at devices, as they are now: ${asked}`,
  query: SomeIds,
  reply: z.object({ items: z.array(DeviceState) }),
  status: 200,
  may: 'calls:read',
})
