/**
 * What people record by phone is heard from the next call on, before it is in any document: the live fact holds the object's key. Then
 * it is filed as media of the account and the document names it, from some revision on. Calls at that revision or a later one go by the
 * document, whoever saved it last; calls that began earlier still go by the fact.
 */
import type { DocumentOf } from '../model/document.ts'
import type { CallView } from './define-module.ts'
import type { FactOf, Speech } from './vocabulary.ts'

/** A field of a document that a phone may record, and where the live fact has it. */
export interface Recordable {
  /** Field of the document that names the media. */
  readonly field: 'greeting' | 'temporaryGreeting' | 'recordedName'
  /** Fields of the fact: the object's key, empty when it was deleted by phone; the revision that has it, 0 when none has yet. */
  readonly key: 'greetingKey' | 'temporaryGreetingKey' | 'nameKey'
  readonly revision: 'greetingRevision' | 'temporaryGreetingRevision' | 'nameRevision'
}

export const recordables = {
  greeting: { field: 'greeting', key: 'greetingKey', revision: 'greetingRevision' },
  temporary: { field: 'temporaryGreeting', key: 'temporaryGreetingKey', revision: 'temporaryGreetingRevision' },
  name: { field: 'recordedName', key: 'nameKey', revision: 'nameRevision' },
} as const satisfies Readonly<Record<string, Recordable>>
export type RecordableName = keyof typeof recordables

/** Kinds of documents whose greetings are recorded by phone, and which of them. */
export const recordedNouns = {
  'voicemail-box': ['greeting', 'temporary', 'name'],
  menu: ['greeting'],
} as const satisfies Readonly<Record<string, readonly RecordableName[]>>
export type RecordedNoun = keyof typeof recordedNouns

/** The change of a live fact by which a recording is heard from now on. */
export const recordedFact = (what: RecordableName, objectKey: string): Record<string, unknown> => ({
  [recordables[what].key]: objectKey,
  [recordables[what].revision]: 0,
})

type Fact = Partial<FactOf<'voicemail-box'> & FactOf<'menu'>>
type Document = Partial<DocumentOf<'voicemail-box'> & DocumentOf<'menu'>>

/** What is heard for a field: as recorded by phone while no document of this call's revision has that, else as saved. */
export function heardFor(
  what: RecordableName,
  document: Document,
  fact: Fact,
  view: Pick<CallView, 'call'>,
): Speech | undefined {
  const { field, key, revision } = recordables[what]
  const [objectKey, filedAt = 0, saved] = [fact[key], fact[revision], document[field]]
  const isFiled = filedAt > 0 && view.call.configRevision >= filedAt
  if (objectKey === undefined || isFiled) return saved === undefined ? undefined : { media: saved }
  return objectKey === '' ? undefined : { object: objectKey }
}
