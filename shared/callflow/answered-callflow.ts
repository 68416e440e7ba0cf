/** A callflow that a URL answered with, read as strictly as one that somebody saves. */
import * as z from 'zod'
import { Id } from '../model/id.ts'
import { CallflowNode } from './callflow.ts'
import { checkCallflow } from './check-callflow.ts'

/** Modules of one answer: a stranger's callflow is a few steps, and it travels with the call. */
export const answeredNodesMax = 50
/** Objects in objects: no module's settings go deeper, and what travels must be writable again. */
const depthMax = 12

/**
 * What an answer may make a call do. Left out is what changes settings of the caller's own (forwards, do-not-disturb, log-in at a phone),
 * what reads their messages, and whatever is new until somebody has thought about it.
 */
export const answerableModules: ReadonlySet<string> = new Set([
  'account-carrier',
  'branch',
  'callflow',
  'collect-digits',
  'device',
  'directory',
  'dynamic-caller-id',
  'fax-box',
  'global-carrier',
  'hang-up',
  'language',
  'match-caller-id',
  'menu',
  'missed-call-alert',
  'pivot',
  'play-media',
  'prepend',
  'privacy',
  'response',
  'ring-group',
  'set-caller-id',
  'set-variables',
  'sleep',
  'text-to-speech',
  'time-of-day',
  'user',
  'voicemail',
  'webhook',
])

/** As people write it: a module's id is the name it is filed under. */
const Answer = z
  .object({
    callflowId: Id.optional(),
    callflow: z
      .object({
        root: Id,
        nodes: z.record(Id, CallflowNode.omit({ id: true }).strict()),
      })
      .strict()
      .optional(),
  })
  .strict()
  .refine(({ callflowId, callflow }) => (callflowId === undefined) !== (callflow === undefined), {
    message: 'give either callflow or callflowId',
  })

export type ReadAnswer =
  | { readonly callflowId: string }
  | { readonly callflow: { readonly root: string; readonly nodes: Record<string, CallflowNode> } }
  | { readonly problem: string }

const wrong = (what: string): ReadAnswer => ({ problem: `the URL's answer cannot be followed: ${what}`.slice(0, 200) })

/** The steps in an answer's JSON, or what is the matter with it, with the field. */
export function readAnswer(text: string): ReadAnswer {
  const json = parsed(text)
  if (json === undefined) return wrong('it is no JSON')
  if (isDeep(json)) return wrong(`it is nested more than ${depthMax} deep`)
  const answer = Answer.safeParse(json)
  if (!answer.success) {
    const [issue] = answer.error.issues
    return wrong(`${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim())
  }
  const { callflowId, callflow } = answer.data
  if (callflow === undefined) return callflowId === undefined ? wrong('it is empty') : { callflowId }
  const entries = Object.entries(callflow.nodes)
  if (entries.length > answeredNodesMax) return wrong(`more than ${answeredNodesMax} modules`)
  const foreign = entries.find(([, { type }]) => !answerableModules.has(type))
  if (foreign !== undefined) return wrong(`nodes.${foreign[0]}.type: a URL cannot use ${foreign[1].type}`)
  const nodes = Object.fromEntries(entries.map(([id, node]) => [id, { id, ...node }]))
  const checked = { id: 'answer', name: '', numbers: [], patterns: [], hideFromContactList: false }
  const error = checkCallflow({ ...checked, root: callflow.root, nodes }).find(({ severity }) => severity === 'error')
  return error === undefined ? { callflow: { root: callflow.root, nodes } } : wrong(`${error.field}: ${error.message}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

/** Level by level, for a stack would not hold what 64 kB can nest. */
function isDeep(json: unknown): boolean {
  let level: unknown[] = [json]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}
