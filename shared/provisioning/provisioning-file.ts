/** One file a phone asks for. */
export interface ProvisioningFile {
  readonly name: string
  readonly contentType: 'text/plain; charset=utf-8' | 'text/xml; charset=utf-8'
  readonly text: string
  /** Other names phones of the family ask the same thing by. */
  readonly alsoNamed?: RegExp
}

export const textFile = (name: string, lines: readonly string[], alsoNamed?: RegExp): ProvisioningFile => ({
  name,
  contentType: 'text/plain; charset=utf-8',
  text: `${lines.join('\n')}\n`,
  ...(alsoNamed === undefined ? {} : { alsoNamed }),
})

export const xmlFile = (name: string, body: string, alsoNamed?: RegExp): ProvisioningFile => ({
  name,
  contentType: 'text/xml; charset=utf-8',
  text: `<?xml version="1.0" encoding="UTF-8"?>\n${body}\n`,
  ...(alsoNamed === undefined ? {} : { alsoNamed }),
})

/** The file a phone means: MAC addresses come in capitals or not. */
export const fileNamed = (files: readonly ProvisioningFile[], asked: string): ProvisioningFile | undefined =>
  files.find(({ name, alsoNamed }) => name.toLowerCase() === asked.toLowerCase() || alsoNamed?.test(asked) === true)
