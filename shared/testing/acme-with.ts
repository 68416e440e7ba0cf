import { type Kind, nouns } from '../model/document.ts'
import { acmeDocuments, deviceId } from './acme.ts'
import { type DrivenCall, drive, type From, type World } from './drive.ts'

export type Changes = Readonly<Record<string, object | null>>

/** The demo company with some documents changed or added, by `kind/id`; `null` takes one away. Defaults are filled in. */
export function acmeWith(changes: Changes): Map<string, unknown> {
  const documents = acmeDocuments()
  for (const [key, change] of Object.entries(changes)) {
    const [kind = '', id = ''] = key.split(/\/(.*)/s)
    if (change === null) documents.delete(key)
    else documents.set(key, nouns[kind as Kind].parse({ id, ...(documents.get(key) as object | undefined), ...change }))
  }
  return documents
}

/** A callflow answering a number, as the two documents it makes; nodes are given in order, each going on to the next by `next` and `no-answer`. */
export function callflowOf(
  number: string,
  nodes: readonly {
    readonly type: string
    readonly params?: object
    readonly exits?: Readonly<Record<string, string>>
  }[],
): Record<string, object> {
  const id = `flow-${number}`
  const placed = nodes.map((node, index) => {
    const next = `n${index + 2}`
    const onward: Record<string, string> = index + 1 < nodes.length ? { next, 'no-answer': next } : {}
    return { id: `n${index + 1}`, type: node.type, params: node.params ?? {}, exits: node.exits ?? onward }
  })
  return {
    [`callflow/${id}`]: {
      numbers: [number],
      root: 'n1',
      nodes: Object.fromEntries(placed.map((node) => [node.id, node])),
    },
    [`number-route/n${number}`]: { number, callflowId: id },
  }
}

/** A call in the demo company with some documents changed, by default from the desk phone of 1002. */
export const dialAcme = (
  number: string,
  changes: Changes = {},
  world: Partial<World> = {},
  from: From = { device: deviceId('1002') },
): DrivenCall => drive({ documents: acmeWith(changes), ...world }).arrive(from, number)
