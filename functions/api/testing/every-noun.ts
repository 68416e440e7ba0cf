import { crudNouns } from '@offhook/shared/api/nouns.ts'
import type { ApiUnderTest } from './api-under-test.ts'

/** Something to create of every noun, and what to look for where it must not leak. */
export const marker = 'Zanzibar'
const sample: Readonly<Record<string, (id: string) => object>> = {
  user: () => ({ firstName: marker }),
  device: () => ({ type: 'sip-phone', name: marker }),
  'voicemail-box': (id) => ({ name: marker, number: `77${id.replaceAll(/\D/g, '')}` }),
  callflow: () => ({ name: marker }),
  menu: () => ({ name: marker }),
  media: () => ({ name: marker, text: marker }),
  group: () => ({ name: marker }),
  'ring-group': () => ({ name: marker }),
  schedule: () => ({ name: marker, recurrence: { cycle: 'daily' } }),
  'schedule-set': () => ({ name: marker, schedules: ['schedule-1'] }),
  directory: () => ({ name: marker }),
  blacklist: () => ({ name: marker }),
  'phone-number': () => ({ id: '16045550199', number: '+16045550199' }),
  'emergency-address': () => ({ name: marker, street: '1 Main St', city: marker, region: 'BC', postalCode: 'V5K 0A1' }),
  conference: () => ({ name: marker, pins: ['1234'] }),
  'fax-box': () => ({ name: marker }),
  queue: () => ({ name: marker }),
  carrier: () => ({ name: marker, hosts: [{ host: 'sip.example.com' }] }),
  'feature-code': () => ({ digits: '8700', module: 'check-voicemail' }),
  prompt: () => ({ id: 'en-US-vm-goodbye', promptId: 'vm-goodbye', language: 'en-US', mediaId: 'media-1' }),
}

/** One of every noun in Acme, all bearing the marker. Answers with their ids by kind. */
export async function everyNoun(api: ApiUnderTest): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>()
  for (const noun of crudNouns) {
    const id = `${noun.kind}-1`
    // Carriers are for the operator to write.
    const who = noun.kind === 'carrier' ? 'operator@operator' : 'admin@acme'
    const answer = await api.ask(who, noun.create, { body: { id, ...sample[noun.kind]?.(id) } })
    if (answer.status !== 201) throw new Error(`${noun.kind}: ${answer.text}`)
    made.set(noun.kind, answer.id)
  }
  return made
}
