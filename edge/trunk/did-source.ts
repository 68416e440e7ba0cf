/** Whose number was called. */
export interface DidOwner {
  readonly accountId: string
}

/** Where inbound numbers are looked up: the store's global claims, behind a cache. E.164 with its plus sign. */
export interface DidSource {
  find(did: string): Promise<DidOwner | undefined>
}

/** As the carrier wants it written. National: North American numbers without `+1`; others keep E.164. */
export function writtenFor(format: 'e164' | 'national' | undefined, number: string): string {
  return format === 'national' ? number.replace(/^\+1(?=\d{10}$)/, '') : number
}
