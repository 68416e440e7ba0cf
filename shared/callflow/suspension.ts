import type { DocumentKey } from '../model/document.ts'
import type { FactKey } from './vocabulary.ts'

/**
 * Thrown through a module that reads a document not at hand; `step` answers with the keys. Never leaves the engine, and is no error: most
 * calls throw one, so it takes down no stack.
 */
export class NeedsDocuments {
  readonly keys: readonly DocumentKey[]
  constructor(keys: readonly DocumentKey[]) {
    this.keys = keys
  }
}

/** Thrown through a module that reads a live fact of this instant not asked for yet; the engine gives the look-up command. */
export class NeedsFacts {
  readonly keys: readonly FactKey[]
  constructor(keys: readonly FactKey[]) {
    this.keys = keys
  }
}

export const factKey = (key: FactKey): string => `${key.kind}/${key.id}`
