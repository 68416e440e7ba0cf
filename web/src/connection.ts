/** The server does not answer, or is in trouble: nobody is signed out by that, and trying again may work. */
export class NoConnection extends Error {}

/** The server answered, and said no. */
export class Refused extends Error {
  readonly status: number
  /** The word to search for, such as `no-user`. */
  readonly code: string

  constructor(message: string, status: number, code = '') {
    super(message)
    this.status = status
    this.code = code
  }
}

/** An answer, whatever it says. Throws NoConnection when there is none, or none that the server meant (5xx). */
export async function reach(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new NoConnection('The server does not answer. Is it running?', { cause })
  })
  if (response.status >= 500) throw new NoConnection(`The server is in trouble (${response.status}).`)
  return response
}

/** The body as JSON. Throws NoConnection on anything else, such as the page of a proxy. */
export async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  return (await response.json().catch((cause: unknown) => {
    throw new NoConnection('The server gave an answer that is none of its own.', { cause })
  })) as Readonly<Record<string, unknown>>
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
