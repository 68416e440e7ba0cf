/** As much of a browser as signing in needs: cookies of one origin, redirects one by one, forms filled in. */
export class Browser {
  readonly #origin: string
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>()

  constructor(origin: string) {
    this.#origin = origin
  }

  async send(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const target = new URL(url, this.#origin)
    const cookie = [...this.#cookies]
      .filter(([, { path }]) => target.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
    const response = await fetch(target, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const at = pair.indexOf('=')
    const attribute = (name: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    if (value === '' || new Date(attribute('expires') ?? Date.now() + 1_000).getTime() < Date.now())
      this.#cookies.delete(name)
    else this.#cookies.set(name, { value, path: attribute('path') ?? '/' })
  }

  /** Follows redirects inside the origin, at most 10, and gives back the page, or the address outside that the last one leads to. */
  async open(
    url: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<{ page: Response; html: string; left?: URL }> {
    let response = await this.send(url, form)
    for (let hops = 0; hops < 10; hops += 1) {
      const location = response.headers.get('location')
      if (location === null) break
      const next = new URL(location, this.#origin)
      if (next.origin !== this.#origin) return { page: response, html: '', left: next }
      response = await this.send(next.href)
    }
    return { page: response, html: await response.text() }
  }
}

/** The fields of the first form of a page, hidden ones filled in, and where it goes. */
export function readForm(html: string): { readonly action: string; readonly fields: Record<string, string> } {
  const action = /<form[^>]*action="([^"]*)"/.exec(html)?.[1] ?? ''
  const fields: Record<string, string> = {}
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1]
    if (name !== undefined) fields[name] = /value="([^"]*)"/.exec(input)?.[1] ?? ''
  }
  return { action, fields }
}
