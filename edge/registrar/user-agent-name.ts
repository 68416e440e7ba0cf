/** What a phone says of itself in User-Agent, taken apart for people: "Yealink SIP-T46U 108.86.0.20". */
export interface UserAgentName {
  readonly make?: string
  readonly model?: string
  readonly firmware?: string
}

const makes = [
  'Yealink',
  'Polycom',
  'Poly',
  'Mitel',
  'Aastra',
  'Grandstream',
  'Snom',
  'Cisco',
  'Fanvil',
  'Gigaset',
  'Panasonic',
  'Zoiper',
  'Linphone',
  'baresip',
  'JsSIP',
  'Telephone',
  'MicroSIP',
  'Bria',
  'Obihai',
] as const

const version = /(?:^|[\s/_-]v?)(\d+(?:\.\d+){1,4}[\w.-]*)/i

/** Never throws; what it cannot tell is left out. Reads at most 256 characters. */
export function parseUserAgent(text: string | undefined): UserAgentName {
  const line = (text ?? '').slice(0, 256).trim()
  const make = makes.find((each) => line.toLowerCase().includes(each.toLowerCase()))
  const found = version.exec(line)
  const firmware = found?.[1]
  const head = found === null ? line : line.slice(0, found.index)
  const model = head.replace(new RegExp(`^.*?${make ?? '^'}`, 'i'), '').replace(/^[\s/_-]+|[\s/_(-]+$/g, '')
  return {
    ...(make === undefined ? {} : { make }),
    ...(model === '' ? {} : { model }),
    ...(firmware === undefined ? {} : { firmware }),
  }
}
