import * as z from 'zod'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'

const tag = 'Carriers'
const params = z.object({ id: Id })

export const CarrierPassword = z.object({ password: z.string().min(1).max(128).meta({ title: 'Password' }) }).strict()

export const setCarrierPassword = contract({
  method: 'put',
  path: '/carriers/{id}/password',
  tag,
  summary: 'Set the password of a carrier; nobody is ever shown it',
  params,
  body: CarrierPassword,
  status: 204,
  may: 'carriers:write',
})

/** What one host of a carrier answered. */
export const CarrierTestResult = z.object({
  host: z.string(),
  port: z.int(),
  transport: z.enum(['udp', 'tcp', 'tls']),
  /** OPTIONS, or REGISTER where the carrier has a user name and a password. */
  method: z.enum(['OPTIONS', 'REGISTER']),
  isFine: z.boolean(),
  /** 408: no answer; 503: no way there; 401 and 403 to REGISTER: the password is not taken. */
  status: z.int(),
  reason: z.string(),
  roundTripMs: z.int(),
})

export const testCarrier = contract({
  method: 'post',
  path: '/carriers/{id}/test',
  tag,
  summary: 'Ask every host of a carrier whether it is there, and whether it takes the password',
  params,
  reply: z.object({ results: z.array(CarrierTestResult) }),
  status: 200,
  may: 'carriers:write',
  refusals: [501],
})
