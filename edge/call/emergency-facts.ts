import type { EmergencyAddress } from '@offhook/shared/model/emergency-address.ts'

/** What a device's emergency call needs, cached when it registers: no table is asked while somebody waits for help. */
export interface EmergencyFacts {
  /** Dial prefix under which 911 also works, such as 9. */
  readonly prefix?: string
  /** The emergency caller ID: dispatch calls this number back, E.164. */
  readonly callerId?: { readonly number?: string; readonly name?: string }
  /** Where help must come; travels with the call as PIDF-LO. */
  readonly address?: EmergencyAddress
}
