type Child = Node | string

/** An element with attributes and children. Text is always text: nothing from outside becomes markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** A table with a caption; a sentence instead of rows when there are none. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  none: string,
): HTMLElement {
  if (rows.length === 0)
    return element('section', {}, element('h2', {}, caption), element('p', { class: 'quiet' }, none))
  const head = element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text))))
  const body = element(
    'tbody',
    {},
    ...rows.map((row) => element('tr', {}, ...row.map((text) => element('td', {}, text)))),
  )
  return element(
    'section',
    {},
    element('h2', {}, caption),
    element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
      element('table', {}, head, body),
    ),
  )
}
