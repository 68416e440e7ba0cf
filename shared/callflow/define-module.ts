import type * as z from 'zod'
import type { Account } from '../model/account.ts'
import type { Disposition } from '../model/cdr.ts'
import type { DocumentOf, Kind } from '../model/document.ts'
import type { CallState, CallTraits } from './call-state.ts'
import type { RingOutcome } from './ring-plan.ts'
import type { CallCommandInput, CallEvent, FactKey, FactOf, SignedFor } from './vocabulary.ts'

/** What a module sees of the call it serves. Reading something not at hand suspends the turn; the module is simply run again. */
export interface CallView {
  /** The instant of the event being served: the only clock there is. */
  readonly at: string
  readonly call: Readonly<Omit<CallState, 'position' | 'facts' | 'log' | 'path'>>
  readonly account: Account
  /** Callflow the node stands in; absent for feature codes. */
  readonly callflowId: string | undefined
  readonly nodeId: string
  /** Device that placed the call, when it is one of the account's; none while DISA lets somebody call in another's name. */
  readonly callingDevice: DocumentOf<'device'> | undefined
  /** Who owns that device, whoever sits at it: needs no look-up, so a call for help may ask. */
  readonly callingOwner: DocumentOf<'user'> | undefined
  /** Who calls: whom DISA lets call as, the person logged in at the device, else its owner. Asks for the device's live facts once a call. */
  readonly callingUser: DocumentOf<'user'> | undefined
  /** The document, or `undefined` when the account has none by that id. */
  find<K extends Kind>(kind: K, id: string): DocumentOf<K> | undefined
  /** Several at once: one fetch instead of many. */
  findAll<K extends Kind>(kind: K, ids: readonly string[]): (DocumentOf<K> | undefined)[]
  /** A live fact of this instant. Ask for several together with `facts` first: one look-up instead of many. */
  fact<K extends FactKey['kind']>(kind: K, id: string): FactOf<K>
  facts(keys: readonly FactKey[]): void
  /** A number in 0 ≤ n < 1 that is the same whenever this turn is replayed. `salt` tells draws apart. */
  random(salt: string): number
}

/** What a module decides. */
export type Outcome<M> =
  | {
      readonly kind: 'wait'
      readonly memo: M
      readonly commands: readonly CallCommandInput[]
      readonly traits?: Partial<CallTraits>
    }
  | {
      readonly kind: 'exit'
      readonly exit: string
      readonly reason?: string
      readonly commands?: readonly CallCommandInput[]
      readonly traits?: Partial<CallTraits>
    }
  | {
      readonly kind: 'jump'
      readonly callflowId: string
      readonly reason?: string
      readonly commands?: readonly CallCommandInput[]
      readonly traits?: Partial<CallTraits>
    }
  /** Go on as an answer of a URL's says; one that cannot be followed leaves by `failed`. */
  | {
      readonly kind: 'follow'
      readonly text: string
      readonly signedFor: SignedFor
      readonly commands?: readonly CallCommandInput[]
    }
  | { readonly kind: 'talk'; readonly answered: NonNullable<RingOutcome['answered']>; readonly reason?: string }
  | {
      readonly kind: 'end'
      readonly disposition: Disposition
      readonly reason: string
      readonly cause?: 'normal' | 'busy' | 'unavailable'
      readonly commands?: readonly CallCommandInput[]
      readonly traits?: Partial<CallTraits>
    }

/** Give commands and wait for the event the last of them brings. Exactly one command of a turn may be one that waits, the last. */
export const wait = <M>(memo: M, ...commands: CallCommandInput[]): Outcome<M> => ({ kind: 'wait', memo, commands })
/** Go on by a way out. One without a node behind it ends the call. */
export const exit = (name: string, reason?: string): Outcome<never> => ({
  kind: 'exit',
  exit: name,
  ...(reason === undefined ? {} : { reason }),
})
/** Go on in another callflow, without return. */
export const jump = (callflowId: string, reason?: string): Outcome<never> => ({
  kind: 'jump',
  callflowId,
  ...(reason === undefined ? {} : { reason }),
})
/** The parties are connected; the engine takes it from here. */
export const talk = (answered: NonNullable<RingOutcome['answered']>): Outcome<never> => ({ kind: 'talk', answered })
/** The call is over. */
export const end = (
  disposition: Disposition,
  reason: string,
  cause: 'normal' | 'busy' | 'unavailable' = 'normal',
): Outcome<never> => ({ kind: 'end', disposition, reason, cause })

/** Palette categories in the guide's order. */
export const categories = ['Basic', 'Advanced', 'Caller ID', 'Call Recording', 'Time of Day', 'Call-Center'] as const
export type Category = (typeof categories)[number]

/** A sentence about the module that is run as a test: documents, what happens, and where it must come out. */
export interface ModuleExample {
  readonly says: string
  readonly params: Readonly<Record<string, unknown>>
  /** Documents of the account besides the account itself, by `kind/id`; given in input form, defaults are filled in. */
  readonly documents?: Readonly<Record<string, unknown>>
  readonly facts?: readonly { readonly key: FactKey; readonly value: Readonly<Record<string, unknown>> }[]
  /** Caller, origin and dialled number when they matter. */
  readonly arrived?: Readonly<Record<string, unknown>>
  /** Events after the start, without `at`. */
  readonly events: readonly (Readonly<Record<string, unknown>> & { readonly type: CallEvent['type'] })[]
  /** Way out, `'ends'`, `'talks'`, `'waits'` or `'jumps:<callflowId>'`. */
  readonly leavesBy: string
  /** Types of the commands given, in order and look-ups aside, when that is the point. */
  readonly commands?: readonly string[]
}

export interface ModuleDefinition<P extends z.ZodType = z.ZodType, M = unknown> {
  /** Stored in every callflow document: never renamed. */
  readonly type: string
  readonly title: string
  readonly summary: string
  readonly params: P
  /**
   * Ways out, in the order the editor shows them; from the parameters where they depend on them. The last is the ordinary one: by it a
   * node is passed over, and whoever leaves by a way that is not wired goes there. Empty: the module is an end.
   */
  readonly exits: readonly string[] | ((params: z.infer<P>) => readonly string[])
  /** True when nothing need follow, as the module itself sends the caller on: no warning that callers are cut off. */
  readonly sendsOn?: boolean
  /** True when it is meant to be the first of its callflow: elsewhere the editor warns (R-102, D13). */
  readonly comesFirst?: boolean
  /** What an administrator should know of parameters that are not wrong, by field. */
  readonly notes?: (params: z.infer<P>) => readonly { readonly field: string; readonly message: string }[]
  /** What the node remembers between two events; checked when the state is read back. */
  readonly memo?: z.ZodType<M>
  /** True when serving the caller answers the call, so the editor and the prover know. */
  readonly answers: boolean
  readonly editor: {
    readonly category: Category
    readonly icon: string
    readonly caption?: (params: z.infer<P>) => string
    readonly hidden?: boolean
  }
  start(params: z.infer<P>, view: CallView): Outcome<M>
  resume?(params: z.infer<P>, event: CallEvent, memo: M, view: CallView): Outcome<M>
  readonly examples: readonly ModuleExample[]
}

/** A module with its own types forgotten, as the list and the engine hold it: parameters and memo are parsed before use. */
export interface CallModule extends Omit<ModuleDefinition, 'start' | 'resume' | 'exits' | 'editor' | 'notes'> {
  readonly editor: {
    readonly category: Category
    readonly icon: string
    readonly caption: (params: unknown) => string
    readonly hidden: boolean
  }
  exitsOf(params: unknown): readonly string[]
  notesOn(params: unknown): readonly { readonly field: string; readonly message: string }[]
  /** Throws what zod throws when the stored parameters do not fit: the engine passes such a node over with a reason. */
  begin(params: unknown, view: CallView): Outcome<unknown>
  proceed(params: unknown, event: CallEvent, memo: unknown, view: CallView): Outcome<unknown>
}

/** Declares a callflow module: one file, one line in `modules/index.ts`; palette, form, reference page, checks and tests follow from it. */
export function defineModule<P extends z.ZodType, M = undefined>(definition: ModuleDefinition<P, M>): CallModule {
  const { exits, memo, editor, notes, ...rest } = definition
  return {
    ...rest,
    ...(memo === undefined ? {} : { memo }),
    editor: {
      category: editor.category,
      icon: editor.icon,
      hidden: editor.hidden ?? false,
      caption: (params) => editor.caption?.(definition.params.parse(params)) ?? '',
    },
    exitsOf: (params) => (typeof exits === 'function' ? exits(definition.params.parse(params)) : exits),
    notesOn: (params) => notes?.(definition.params.parse(params)) ?? [],
    begin: (params, view) => definition.start(definition.params.parse(params), view),
    proceed(params, event, stored, view) {
      if (definition.resume === undefined) return exit('next', 'nothing to resume')
      const remembered = memo === undefined ? (undefined as M) : memo.parse(stored)
      return definition.resume(definition.params.parse(params), event, remembered, view)
    },
  }
}
