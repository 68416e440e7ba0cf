import type { DocumentKey } from '../model/document.ts'
import type { CallState } from './call-state.ts'
import type { CallCommand } from './vocabulary.ts'

/**
 * One decision. Either the next state and what to do about it (at most one waiting command, the last), or the documents that must be
 * fetched before it can be made; then `step` is called again with the same state and event.
 */
export type Turn =
  | { readonly state: CallState; readonly commands: readonly CallCommand[] }
  | { readonly needs: readonly DocumentKey[] }

/** Raised when decisions change for the same input, so that an old CDR's stored path is shown instead of a recomputed one. */
export const engineVersion = '3'
