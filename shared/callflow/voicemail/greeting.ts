import type { VoicemailBox } from '../../model/voicemail-box.ts'
import type { CallView } from '../define-module.ts'
import { heardFor } from '../recorded-by-phone.ts'
import type { Speech } from '../vocabulary.ts'

/**
 * What callers of a box hear: the temporary greeting, else the box's own, each as recorded by phone before as saved, else one made of
 * its recorded name or number (kazoo semantics §5.2). Empty when the box skips it.
 */
export function greetingOf(box: VoicemailBox, view: CallView): Speech[] {
  if (box.skipGreeting) return []
  const fact = view.fact('voicemail-box', box.id)
  const greeting = heardFor('temporary', box, fact, view) ?? heardFor('greeting', box, fact, view)
  if (greeting !== undefined) return [greeting]
  const name = heardFor('name', box, fact, view)
  if (name !== undefined) return [name, { prompt: 'vm-not-available' }]
  return [{ prompt: 'vm-person' }, { digits: box.number }, { prompt: 'vm-not-available' }]
}
