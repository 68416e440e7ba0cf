import { renameSync, writeFileSync } from 'node:fs'
import { uriHost } from '@offhook/edge/sip/uri.ts'
import { operatorAccountId } from '@offhook/shared/api/permission.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { acmeExtensions, acmeId, acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { sipDomainOf } from './console.ts'
import { openDataFolder } from './data-folder.ts'
import { type PhoneSystem, startPhoneSystem } from './phone-system.ts'
import { isLoopback, readSettings, type Settings } from './settings.ts'

/** What other programs read to drive the PBX; mode 0600, for it holds passwords. */
export interface Ready {
  readonly consoleUrl: string
  readonly apiUrl: string
  readonly apiToken?: string
  readonly admin: { readonly username: string; readonly password: string }
  /** Who opens accounts. */
  readonly operator: {
    readonly consoleUrl: string
    readonly apiToken?: string
    readonly username: string
    readonly password: string
  }
  readonly sip: {
    readonly domain: string
    readonly address: string
    readonly udpPort: number
    readonly tlsPort: number
    readonly wsUrl: string
  }
  readonly extensions: readonly {
    readonly number: string
    readonly name: string
    readonly username: string
    readonly password: string
  }[]
  /** Credentials of Alex's browser phone, over `wsUrl`. */
  readonly browserPhone?: { readonly username: string; readonly password: string }
  readonly dids: readonly string[]
  readonly carrier: { readonly address: string; readonly port: number }
}

async function describe(system: PhoneSystem, settings: Settings): Promise<Ready> {
  const host = uriHost(settings.outsideHost)
  const web = `${system.isSecure ? 'https' : 'http'}://${host}:${system.httpPort}`
  const extensions = await Promise.all(
    acmeExtensions.map(async ({ number, firstName, lastName }) => {
      const credential = await system.store.credentials.byUsername(number)
      return { number, name: `${firstName} ${lastName}`, username: number, password: credential?.password ?? '' }
    }),
  )
  const browserPhone = await system.store.credentials.byUsername('browser-1001')
  const dids = (await system.store.documents.all(acmeId, 'phone-number')).map((one) => one.number).toSorted()
  return {
    consoleUrl: `${web}/${acmeId}/`,
    apiUrl: `${web}/v1`,
    ...(system.apiToken === undefined ? {} : { apiToken: system.apiToken }),
    admin: system.admin,
    operator: {
      consoleUrl: `${web}/${operatorAccountId}/`,
      ...(system.operatorToken === undefined ? {} : { apiToken: system.operatorToken }),
      ...system.operator,
    },
    sip: {
      domain: sipDomainOf(acmeId),
      address: settings.outsideHost,
      udpPort: system.edge.addresses.udp?.port ?? settings.sipPort,
      tlsPort: system.edge.addresses.tls?.port ?? settings.sipsPort,
      wsUrl: `${system.isSecure ? 'wss' : 'ws'}://${host}:${system.httpPort}/sip`,
    },
    extensions,
    ...(browserPhone === undefined
      ? {}
      : { browserPhone: { username: browserPhone.username, password: browserPhone.password } }),
    dids,
    carrier: { address: system.carrier.address, port: system.carrier.port },
  }
}

function screen(ready: Ready, seconds: string): string {
  const [first, second] = ready.extensions
  return [
    '',
    `  Offhook is ready after ${seconds} s.`,
    '',
    `  Console    ${ready.consoleUrl}   ${ready.admin.username} / ${ready.admin.password}`,
    `  Operator   ${ready.operator.consoleUrl}   ${ready.operator.username} / ${ready.operator.password}   (opens accounts)`,
    `  API        ${ready.apiUrl}`,
    `  SIP        ${uriHost(ready.sip.address)}:${ready.sip.udpPort} (UDP, TCP), ${uriHost(ready.sip.address)}:${ready.sip.tlsPort} (TLS), ${ready.sip.wsUrl} (browsers)`,
    `  Phones     ${first?.username} / ${first?.password}   ${first?.name}`,
    `             ${second?.username} / ${second?.password}   ${second?.name}   (all ten in ready.json)`,
    `  Main line  8000 inside, ${acmeMainDid} from outside`,
    `  Outside    any SIP phone that calls ${acmeMainDid} at ${uriHost(ready.carrier.address)}:${ready.carrier.port} is an outside caller (simulated carrier)`,
    '',
    '  *** 911 is NOT available: there is no carrier. Use another phone for emergencies. ***',
    '',
    '  Ctrl+C stops it. Nothing is lost.',
    '',
  ].join('\n')
}

/** Starts the PBX of one machine and runs until it is told to stop. One clear sentence and exit code 1 when it cannot. */
export async function main(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const began = Date.now()
  try {
    const settings = readSettings(environment, began)
    const data = openDataFolder(settings.dataFolder)
    const log = (line: Readonly<Record<string, unknown>>) => {
      if (environment.OFFHOOK_LOG === 'all' || (line.level !== 'INFO' && line.level !== 'DEBUG'))
        console.error(JSON.stringify({ at: new Date().toISOString(), ...line }))
    }
    let system: PhoneSystem
    try {
      system = await startPhoneSystem(
        settings,
        data,
        (what) => process.stdout.write(process.stdout.isTTY ? `\r\u001b[K  ${what}` : ''),
        log,
      )
    } catch (error) {
      data.release()
      throw error
    }
    const ready = await describe(system, settings)
    const file = data.at('ready.json')
    writeFileSync(`${file}.new`, `${JSON.stringify(ready, undefined, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
    console.log(screen(ready, ((Date.now() - began) / 1_000).toFixed(1)))
    if (!isLoopback(settings.listen))
      console.log('  Listening beyond this machine: the certificate is self-signed unless you gave one.\n')
    const { calls, recordings } = system.recovered
    if (calls + recordings > 0)
      console.log(`  Recovered from the last stop: ${calls} calls closed, ${recordings} recordings kept.\n`)
    stopOnSignal(system, () => data.release())
  } catch (error) {
    console.error(error instanceof PbxError ? `\nOffhook cannot start: ${error.message}\n` : error)
    process.exit(1)
  }
}

function stopOnSignal(system: PhoneSystem, release: () => void): void {
  let stopping = false
  const stop = () => {
    // A second Ctrl+C does not wait.
    if (stopping) process.exit(1)
    stopping = true
    console.log('\n  Stopping …')
    system.close().then(
      () => {
        release()
        process.exit(0)
      },
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
