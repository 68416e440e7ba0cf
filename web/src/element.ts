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

/** A piece of the page that goes on by itself until it is stopped. */
export interface Panel {
  readonly element: HTMLElement
  stop(): void
}
