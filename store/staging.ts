import type { Callflow } from '@offhook/shared/callflow/callflow.ts'
import type { Edit } from './saving.ts'

/** Items that the numbers of one callflow may bring to one transaction of 100; its other items are fewer than 20. */
const itemsMax = 80
/** A public number has a route, a document in two items and a claim; an internal one has a route. */
const itemsOf = (number: string): number => (number.startsWith('+') ? 4 : 1)

/** As many of the numbers, from the first, as fit. */
function fitting(numbers: readonly string[]): string[] {
  let items = 0
  return numbers.filter((number) => {
    items += itemsOf(number)
    return items <= itemsMax
  })
}

/**
 * A save too large for one transaction becomes several in a row, each with a configRevision of its own and each complete: versions,
 * claims, derived documents and the head that publishes them are written together or not at all. So whatever interrupts the row leaves
 * an account that can be read, with the first saves done and the rest not begun; nothing half-written can become visible, because no
 * item is ever written ahead of its revision.
 *
 * Several edits go in halves, in their order. One edit is only ever too large because of a callflow's numbers: they move some at a time
 * and the callflow's other changes come with the last. Nothing comes back when it cannot be made smaller.
 */
export function stages(edits: readonly Edit[], before: Callflow | undefined): readonly (readonly Edit[])[] | undefined {
  if (edits.length > 1) {
    const half = Math.ceil(edits.length / 2)
    return [edits.slice(0, half), edits.slice(half)]
  }
  const [edit] = edits
  if (edit?.kind !== 'callflow') return undefined
  const after = edit.document as Callflow | undefined
  const [old, now] = [before?.numbers ?? [], after?.numbers ?? []]
  const moves = [...old.filter((one) => !now.includes(one)), ...now.filter((one) => !old.includes(one))]
  const moved = new Set(fitting(moves))
  if (moved.size === moves.length) return undefined
  const numbers = [
    ...old.filter((one) => now.includes(one) || !moved.has(one)),
    ...now.filter((one) => !old.includes(one) && moved.has(one)),
  ]
  const base = before ?? after
  if (base === undefined) return undefined
  const { ifMatch: _checkedByTheFirst, ...rest } = edit
  const first = before === undefined ? { ...base, name: after?.name ?? '', numbers } : { ...base, numbers }
  return [[{ ...edit, document: first }], [rest]]
}
