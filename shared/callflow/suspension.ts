import type { DocumentKey } from '../model/document.ts'
import type { FactKey } from './vocabulary.ts'

/** Thrown through a module that reads a document not at hand; `step` answers with the keys. Never leaves the engine. */
export class NeedsDocuments extends Error {
  readonly keys: readonly DocumentKey[]
  constructor(keys: readonly DocumentKey[]) {
    super('documents needed')
    this.keys = keys
  }
}

/** Thrown through a module that reads a live fact of this instant not asked for yet; the engine gives the look-up command. */
export class NeedsFacts extends Error {
  readonly keys: readonly FactKey[]
  constructor(keys: readonly FactKey[]) {
    super('facts needed')
    this.keys = keys
  }
}

export const factKey = (key: FactKey): string => `${key.kind}/${key.id}`
