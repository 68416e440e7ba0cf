import * as z from 'zod'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'

const tag = 'Devices'
const ById = z.object({ id: Id })
const Credential = z.object({ username: z.string(), password: z.string() })

export const revealDevicePassword = contract({
  method: 'post',
  path: '/devices/{id}/password/reveal',
  tag,
  summary: "Show a device's SIP password; who asked is noted in the audit log",
  params: ById,
  reply: Credential,
  status: 200,
  may: 'secrets:read',
})

export const rotateDevicePassword = contract({
  method: 'post',
  path: '/devices/{id}/password/rotate',
  tag,
  summary: 'Give a device a new SIP password; the phone is off at its next refresh until it has it',
  params: ById,
  reply: Credential,
  status: 200,
  may: 'secrets:write',
})
