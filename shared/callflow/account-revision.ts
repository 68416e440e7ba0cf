import type { DocumentKey, DocumentOf, Kind } from '../model/document.ts'

/**
 * The account at one immutable revision, holding what has been fetched so far. `step` reads only this; what is not in it is asked
 * for by key and `step` runs again, so the engine never waits.
 */
export interface AccountRevision {
  readonly accountId: string
  readonly configRevision: number
  /** The document, `'absent'` when the account has none by that id at this revision, `undefined` when it has not been fetched. */
  find<K extends Kind>(kind: K, id: string): DocumentOf<K> | 'absent' | undefined
}

export const documentKey = (key: DocumentKey): string => `${key.kind}/${key.id}`

/** A revision made of documents at hand: `null` marks what is known to be absent. Tests, the simulator and the shell's cache use it. */
export function revisionOf(
  accountId: string,
  configRevision: number,
  documents: ReadonlyMap<string, unknown>,
  whenMissing?: 'absent',
): AccountRevision {
  return {
    accountId,
    configRevision,
    find<K extends Kind>(kind: K, id: string) {
      const found = documents.get(documentKey({ kind, id }))
      if (found === undefined) return whenMissing
      return found === null ? 'absent' : (found as DocumentOf<K>)
    },
  }
}
