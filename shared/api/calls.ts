import * as z from 'zod'
import { Id, Instant } from '../model/id.ts'
import { contract, PageQuery, pageOf } from './contract.ts'

/** A device with at least one live binding, as somebody looking for a phone wants it. */
export const Registration = z.object({
  id: z.string(),
  deviceId: Id,
  deviceName: z.string(),
  /** Whose phone it is. */
  ownerId: Id.optional(),
  ownerName: z.string().optional(),
  username: z.string(),
  contact: z.string(),
  remoteAddress: z.string(),
  transport: z.string(),
  userAgent: z.string().optional(),
  registeredAt: Instant,
  expiresAt: Instant,
})
export type Registration = z.infer<typeof Registration>

export const listRegistrations = contract({
  method: 'get',
  path: '/registrations',
  tag: 'Registrations',
  summary: 'Bindings of all devices that are online now; people who serve themselves see their own',
  query: PageQuery,
  reply: pageOf(Registration),
  status: 200,
  may: 'calls:read',
})

export const LiveCall = z.object({
  callId: z.string(),
  deviceId: Id.optional(),
  at: Instant,
  direction: z.string(),
  from: z.string(),
  to: z.string(),
})
export type LiveCall = z.infer<typeof LiveCall>

export const listCalls = contract({
  method: 'get',
  path: '/calls',
  tag: 'Calls',
  summary: 'Calls in progress, at most 1,000; people who serve themselves see their own',
  reply: z.object({ items: z.array(LiveCall) }),
  status: 200,
  may: 'calls:read',
})
