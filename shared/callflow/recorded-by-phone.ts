/**
 * What people record or set by phone counts from the next call on, before it is in any document: the live fact holds it. Then it is
 * filed: recordings as media of the account that the document names, settings in the document itself, from some revision on. Calls at
 * that revision or a later one go by the document, whoever saved it last; calls that began earlier still go by the fact.
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

/** Fields of a box that its owner sets by phone, and where the live fact has the revision that has them too. */
export const settables = {
  pin: 'pinRevision',
  isSetUp: 'isSetUpRevision',
  announcementOnly: 'announcementOnlyRevision',
} as const
export type SettableName = keyof typeof settables

/** The change of a live fact by which a setting counts from now on. */
export const setFact = (what: SettableName, value: string | boolean): Record<string, unknown> => ({
  [what]: value,
  [settables[what]]: 0,
})

/** A setting of a box: as set by phone while no document of this call's revision has that, else as saved. */
export function setFor<K extends SettableName>(
  what: K,
  box: DocumentOf<'voicemail-box'>,
  fact: FactOf<'voicemail-box'>,
  view: Pick<CallView, 'call'>,
): DocumentOf<'voicemail-box'>[K] {
  const filedAt = fact[settables[what]] ?? 0
  const isFiled = filedAt > 0 && view.call.configRevision >= filedAt
  const live = fact[what] as DocumentOf<'voicemail-box'>[K] | undefined
  return isFiled || live === undefined ? box[what] : live
}

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
