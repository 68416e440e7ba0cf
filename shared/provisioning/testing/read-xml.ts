export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Text directly inside, entities resolved. */
  readonly text: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const resolve = (text: string): string => {
  const bare = /&(?!(?:amp|lt|gt|quot|apos);)/.exec(text)
  if (bare !== null || text.includes('<')) throw new Error(`not well-formed: ${text}`)
  return text.replaceAll(/&(\w+);/g, (_, name: string) => entities[name] ?? '')
}

const attribute = /\s+([\w.:-]+)\s*=\s*"([^"]*)"/y
const tag = /<(\/?)([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*"[^"]*")*)\s*(\/?)>/y

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  attribute.lastIndex = 0
  for (let match = attribute.exec(text); match !== null; match = attribute.exec(text)) {
    const [, name = '', value = ''] = match
    if (name in found) throw new Error(`twice: ${name}`)
    found[name] = resolve(value)
  }
  return found
}

/** A strict reader of what XML 1.0 phones are sent: elements, attributes, the five entities. It shares nothing with what writes them. */
export function readXml(source: string): XmlElement {
  const [declaration = ''] = /^<\?xml [^?]*\?>\n/.exec(source) ?? []
  if (declaration === '') throw new Error('no declaration')
  const root = { name: '', attributes: {}, children: [] as XmlElement[], text: '' }
  const open: (typeof root)[] = [root]
  let at = declaration.length
  while (at < source.length) {
    const next = source.indexOf('<', at)
    const top = open.at(-1) ?? root
    top.text += resolve(source.slice(at, next < 0 ? source.length : next))
    if (next < 0) break
    tag.lastIndex = next
    const match = tag.exec(source)
    if (match === null) throw new Error(`not well-formed at ${source.slice(next, next + 40)}`)
    const [whole, closes, name = '', inside = '', empty] = match
    if (closes === '/') {
      if (open.pop()?.name !== name) throw new Error(`${name} is not open`)
    } else {
      const element = { name, attributes: attributesOf(inside), children: [], text: '' }
      top.children.push(element)
      if (empty !== '/') open.push(element)
    }
    at = next + whole.length
  }
  const [only] = root.children
  if (open.length !== 1 || root.children.length !== 1 || only === undefined) throw new Error('not one whole element')
  return only
}

/** Every element below, by its name; the last one wins. */
export function leaves(element: XmlElement): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (one: XmlElement) => {
    if (one.children.length === 0) found.set(one.name, one.text)
    for (const child of one.children) walk(child)
  }
  walk(element)
  return found
}
