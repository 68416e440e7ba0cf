import * as z from 'zod'
import { Id, ref } from './id.ts'
import { ExtensionNumber } from './number.ts'

/** A seat: user + device + voicemail box + callflow under one number (R-025, D12). Its id is its number. */
export const Extension = z.object({
  id: Id,
  number: ExtensionNumber,
  userId: ref('user', 'User'),
  deviceId: ref('device', 'Device'),
  voicemailBoxId: ref('voicemail-box', 'Voicemail box'),
  callflowId: ref('callflow', 'Callflow'),
  seat: z.enum(['standard', 'voicemail-only', 'call-forward']).default('standard'),
})
export type Extension = z.infer<typeof Extension>
