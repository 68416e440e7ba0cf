import { randomBytes } from 'node:crypto'
import { usernameToCome } from '@offhook/shared/api/crud.ts'
import { checkCallflow } from '@offhook/shared/callflow/check-callflow.ts'
import { modulesToCome } from '@offhook/shared/callflow/feature-codes.ts'
import { findModule } from '@offhook/shared/callflow/modules/index.ts'
import { type Device, isForwardType, registers } from '@offhook/shared/model/device.ts'
import type { DocumentOf, SavedKind } from '@offhook/shared/model/document.ts'
import { compilePattern } from '@offhook/shared/numbers/pattern.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { requireOwnNumbers } from './caller-ids.ts'
import type { ApiDependencies } from './dependencies.ts'
import { media, prompt } from './media-rules.ts'
import { requireSeat } from './seats.ts'

export interface Save<K extends SavedKind> {
  readonly accountId: string
  readonly before: DocumentOf<K> | undefined
  readonly after: DocumentOf<K>
}

/** What is special about a noun when the API saves it. */
export interface NounRule<K extends SavedKind = SavedKind> {
  /** Nouns whose id follows from what they are. */
  readonly idOf?: (document: DocumentOf<K>) => string
  /** The document as it will be saved. Throws what is wrong with it. */
  prepare?(parts: ApiDependencies, save: Save<K>): Promise<DocumentOf<K>>
}

export const newSipUsername = (): string => `p${randomBytes(6).toString('hex')}`

/** Its password is made, kept and released with its username by the store, in the same transaction. */
const device: NounRule<'device'> = {
  async prepare({ store, seats }, { accountId, before, after }) {
    if (isForwardType(after.type) && before?.type !== after.type)
      await requireSeat({ store, seats }, accountId, 'callForward')
    await requireOwnNumbers(store, accountId, before, after)
    return named(after, before)
  },
}

const user: NounRule<'user'> = {
  async prepare({ store }, { accountId, before, after }) {
    await requireOwnNumbers(store, accountId, before, after)
    return after
  },
}

/** A pattern that is no expression would let nobody dial an extension; it is refused when saved, not when someone calls. */
const menu: NounRule<'menu'> = {
  async prepare(_, { after }) {
    const errors = (['allow', 'deny'] as const).flatMap((field) => {
      const pattern = after[field]
      const compiled = pattern === undefined || pattern === '' ? undefined : compilePattern(pattern)
      return compiled !== undefined && 'problem' in compiled ? [{ field, message: compiled.problem }] : []
    })
    if (errors.length > 0) throw new PbxError('bad-request', { message: errors[0]?.message ?? '', details: { errors } })
    return after
  },
}

/** Its own username, the one it had, or a new one; none where it does not register. */
function named(after: Device, before: Device | undefined): Device {
  const { username, ...rest } = after
  if (!registers(after.type)) return rest
  return { ...rest, username: username === usernameToCome ? (before?.username ?? newSipUsername()) : username }
}

/** Refuses a callflow that would fail a caller. Throws callflow-has-errors (400) naming the fields. */
export function requireSound(callflow: DocumentOf<'callflow'>): void {
  const errors = checkCallflow(callflow).filter((problem) => problem.severity === 'error')
  if (errors.length > 0)
    throw new PbxError('callflow-has-errors', {
      message: `The callflow cannot be used: ${errors[0]?.message ?? ''}`,
      details: { errors: errors.slice(0, 50).map(({ field, message }) => ({ field, message })) },
    })
}

const callflow: NounRule<'callflow'> = {
  async prepare(_, { after }) {
    requireSound(after)
    return after
  },
}

const voicemailBox: NounRule<'voicemail-box'> = {
  async prepare({ store, seats }, { accountId, before, after }) {
    if (after.ownerId === undefined && (before === undefined || before.ownerId !== undefined))
      await requireSeat({ store, seats }, accountId, 'voicemailOnly')
    return after
  },
}

/** A code that does nothing, or does it wrongly, would only be found out by whoever dials it. Throws bad-request (400) naming the fields. */
const featureCode: NounRule<'feature-code'> = {
  async prepare(_, { after }) {
    const module = findModule(after.module)
    if (module === undefined) {
      if (modulesToCome.has(after.module)) return after
      const errors = [{ field: 'module', message: `There is no module ${after.module}.` }]
      throw new PbxError('bad-request', { message: 'This code would do nothing.', details: { errors } })
    }
    const params = module.params.safeParse(after.params)
    if (params.success) return after
    const errors = params.error.issues.slice(0, 50).map(({ path, message }) => ({
      field: ['params', ...path.map(String)].join('.'),
      message,
    }))
    throw new PbxError('bad-request', {
      message: `The code cannot be used: ${errors[0]?.message ?? ''}`,
      details: { errors },
    })
  },
}

/** Rules by kind; a noun without one is saved as it was sent. */
export const nounRules: { readonly [K in SavedKind]?: NounRule<K> } = {
  device,
  user,
  menu,
  callflow,
  media,
  'voicemail-box': voicemailBox,
  'feature-code': featureCode,
  'phone-number': { idOf: ({ number }) => number.slice(1) },
  extension: { idOf: ({ number }) => number },
  prompt,
}
