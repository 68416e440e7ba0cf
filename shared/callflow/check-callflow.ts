import * as z from 'zod'
import { Id } from '../model/id.ts'
import { compilePattern } from '../numbers/pattern.ts'
import { type Callflow, type CallflowNode, nodesMax } from './callflow.ts'
import { findModule } from './modules/index.ts'

/** Something that would go wrong when somebody calls. An `error` keeps a callflow from going live, a `warning` does not. */
export const CallflowProblem = z.object({
  severity: z.enum(['error', 'warning']),
  /** Where it is: a node and, in it, a parameter or a way out; absent: the callflow itself. */
  nodeId: Id.optional(),
  field: z.string().max(200),
  message: z.string().max(500),
})
export type CallflowProblem = z.infer<typeof CallflowProblem>

/** Everything that is wrong with a callflow on its own; whether what it names exists is for those who have the account. */
export function checkCallflow(callflow: Callflow): CallflowProblem[] {
  const nodes = Object.entries(callflow.nodes)
  if (nodes.length > nodesMax)
    return [{ severity: 'error', field: 'nodes', message: `A callflow may have ${nodesMax} modules.` }]
  return [
    ...callflow.patterns.flatMap((pattern, index) => ofPattern(pattern, index)),
    ...ofRoot(callflow),
    ...nodes.flatMap(([key, node]) => ofNode(callflow, key, node)),
    ...ofShape(callflow),
  ]
}

/** what is no linear-time expression is refused when saved, not when somebody calls. */
function ofPattern(pattern: string, index: number): CallflowProblem[] {
  const compiled = compilePattern(pattern)
  return 'problem' in compiled
    ? [{ severity: 'error', field: `patterns.${index}`, message: compiled.problem.slice(0, 500) }]
    : []
}

function ofRoot({ root, nodes, numbers, patterns }: Callflow): CallflowProblem[] {
  if (root !== undefined && !Object.hasOwn(nodes, root))
    return [{ severity: 'error', field: 'root', message: `There is no module ${root} to start with.` }]
  if (root === undefined && Object.keys(nodes).length > 0)
    return [{ severity: 'error', field: 'root', message: 'Say which module the callflow starts with.' }]
  if (root === undefined && numbers.length + patterns.length > 0)
    return [{ severity: 'warning', field: 'root', message: 'Callers of its numbers hear nothing: it has no module.' }]
  return []
}

function ofNode(callflow: Callflow, key: string, node: CallflowNode): CallflowProblem[] {
  const problem = (field: string, message: string): CallflowProblem => ({
    severity: 'error',
    nodeId: key,
    field: `nodes.${key}.${field}`.slice(0, 200),
    message,
  })
  if (node.id !== key) return [problem('id', `The module is filed under ${key} but calls itself ${node.id}.`)]
  const module = findModule(node.type)
  if (module === undefined) return [problem('type', `There is no module ${node.type}.`)]
  const params = module.params.safeParse(node.params)
  if (!params.success)
    return params.error.issues.map((issue) => problem(['params', ...issue.path.map(String)].join('.'), issue.message))
  const exits = module.exitsOf(params.data)
  const wrong = Object.entries(node.exits).flatMap(([exit, to]) => {
    if (!exits.includes(exit)) return [problem(`exits.${exit}`, `A ${module.title} has no way out called ${exit}.`)]
    return !Object.hasOwn(callflow.nodes, to) ? [problem(`exits.${exit}`, `There is no module ${to} to go on to.`)] : []
  })
  // whoever leaves by a way that is not wired leaves by the last one, so only that one can cut a caller off.
  const last = exits.at(-1)
  const isCutOff = last !== undefined && node.exits[last] === undefined && module.sendsOn !== true
  const warning = (field: string, message: string) => ({ ...problem(field, message), severity: 'warning' as const })
  const isMisplaced = module.comesFirst === true && callflow.root !== undefined && callflow.root !== key
  return [
    ...wrong,
    ...module.notesOn(params.data).map(({ field, message }) => warning(`params.${field}`, message)),
    ...(isCutOff ? [warning(`exits.${last}`, 'The caller will be cut off here.')] : []),
    ...(isMisplaced ? [warning('type', `A ${module.title} belongs at the start of a callflow of its own.`)] : []),
  ]
}

/** Ways lead down a tree: one that leads back would keep a caller in a circle. Modules no way leads to are only noted. */
function ofShape({ root, nodes }: Callflow): CallflowProblem[] {
  if (root === undefined || !Object.hasOwn(nodes, root)) return []
  const problems: CallflowProblem[] = []
  const done = new Set<string>()
  const above = new Set<string>()
  // Depth is at most the number of modules, `nodesMax`.
  const walk = (id: string): void => {
    const node = Object.hasOwn(nodes, id) ? nodes[id] : undefined
    if (node === undefined || done.has(id)) return
    above.add(id)
    for (const [exit, to] of Object.entries(node.exits)) {
      if (above.has(to))
        problems.push({
          severity: 'error',
          nodeId: id,
          field: `nodes.${id}.exits.${exit}`,
          message: 'This way leads back to a module before it. Use a Callflow module to start over.',
        })
      else walk(to)
    }
    above.delete(id)
    done.add(id)
  }
  walk(root)
  for (const id of Object.keys(nodes))
    if (!done.has(id))
      problems.push({ severity: 'warning', nodeId: id, field: `nodes.${id}`, message: 'No way leads to this module.' })
  return problems
}
