import type { VoicemailBox } from '../../model/voicemail-box.ts'
import type { CallView } from '../define-module.ts'
import type { Speech } from '../vocabulary.ts'

/**
 * What callers of a box hear: the temporary greeting, else the box's own, each as recorded by phone before as saved, else one made of
 * its recorded name or number (kazoo semantics §5.2). Empty when the box skips it.
 */
export function greetingOf(box: VoicemailBox, view: CallView): Speech[] {
  if (box.skipGreeting) return []
  const { greetingKey, temporaryGreetingKey, nameKey } = view.fact('voicemail-box', box.id)
  const temporary = recordedOrSaved(temporaryGreetingKey, box.temporaryGreeting)
  const own = recordedOrSaved(greetingKey, box.greeting)
  if (temporary !== undefined) return [temporary]
  if (own !== undefined) return [own]
  if (nameKey !== undefined) return [{ object: nameKey }, { prompt: 'vm-not-available' }]
  return [{ prompt: 'vm-person' }, { digits: box.number }, { prompt: 'vm-not-available' }]
}

/** An empty key was deleted by phone, and the saved one with it. */
function recordedOrSaved(key: string | undefined, saved: string | undefined): Speech | undefined {
  if (key !== undefined) return key === '' ? undefined : { object: key }
  return saved === undefined ? undefined : { media: saved }
}
