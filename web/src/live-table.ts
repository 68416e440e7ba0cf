import { element } from './element.ts'

/** Text, which follows every update; or what is made once with its row, such as a button. */
export type Cell = string | (() => HTMLElement)
export interface Row {
  /** Tells a row from the others, over updates. */
  readonly key: string
  readonly cells: readonly Cell[]
}

export interface LiveTable {
  readonly element: HTMLElement
  show(rows: readonly Row[]): void
}

function fill(place: HTMLTableCellElement, cell: Cell, isNew: boolean): void {
  if (typeof cell === 'function') {
    if (isNew) place.replaceChildren(cell())
  } else if (place.textContent !== cell) place.textContent = cell
}

/**
 * A table with a caption; a sentence instead of rows when there are none. Rows that stay are changed where they stand, so that focus,
 * selection and scrolling outlive an update.
 */
export function liveTable(caption: string, heads: readonly string[], none: string): LiveTable {
  const body = element('tbody')
  const head = element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text))))
  const scroll = element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption, hidden: '' },
    element('table', {}, head, body),
  )
  const empty = element('p', { class: 'quiet' }, 'Looking …')
  const known = new Map<string, HTMLTableRowElement>()
  return {
    element: element('section', {}, element('h2', {}, caption), empty, scroll),
    show(rows) {
      empty.textContent = none
      empty.hidden = rows.length > 0
      scroll.hidden = rows.length === 0
      const keys = new Set(rows.map(({ key }) => key))
      for (const [key, row] of known)
        if (!keys.has(key)) {
          row.remove()
          known.delete(key)
        }
      for (const [index, { key, cells }] of rows.entries()) {
        const old = known.get(key)
        const row = old ?? element('tr', {}, ...cells.map(() => element('td')))
        known.set(key, row)
        for (const [at, cell] of cells.entries()) fill(row.cells[at] ?? row.insertCell(), cell, old === undefined)
        if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null)
      }
    },
  }
}
