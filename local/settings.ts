import { homedir } from 'node:os'
import { join } from 'node:path'
import { networksIn } from '@offhook/functions/outside/address-policy.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)

/** Everything that can be set from outside, by environment variable. Names and meanings are the interface of README "Settings". */
const Environment = z.object({
  OFFHOOK_LISTEN: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  /** Address put into Contact and SDP when it differs from the one listened on. */
  OFFHOOK_ADVERTISE: z.string().max(253).optional(),
  OFFHOOK_HTTP_PORT: Port.default(8080),
  OFFHOOK_SIP_PORT: Port.default(5060),
  OFFHOOK_SIPS_PORT: Port.default(5061),
  OFFHOOK_CARRIER_PORT: Port.default(5080),
  OFFHOOK_RTP_PORTS: z
    .string()
    .regex(/^\d{4,5}-\d{4,5}$/, 'Write a range such as 20000-29999.')
    .default('20000-29999'),
  OFFHOOK_DATA: z.string().min(1).default(join(homedir(), '.offhook')),
  OFFHOOK_CLOCK: z.iso.datetime({ offset: true }).optional(),
  OFFHOOK_TLS_CERT: z.string().optional(),
  OFFHOOK_TLS_KEY: z.string().optional(),
  /** Takes `POST` with a WAV and answers `{ "text": "…" }`. */
  OFFHOOK_TRANSCRIBE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Networks besides the public one that Pivot and Webhook may turn to, there by http too; separated by commas. */
  OFFHOOK_OUTSIDE_NETWORKS: z.string().max(2_000).optional(),
  DYNAMODB_ENDPOINT: z.url().optional(),
})

export interface Settings {
  readonly listen: string
  /** Where this machine itself reaches what is listened on: loopback for a listener on every address. */
  readonly nearAddress: string
  /** Host or address that others are told. */
  readonly outsideHost: string
  readonly advertise: string | undefined
  readonly httpPort: number
  readonly sipPort: number
  readonly sipsPort: number
  readonly carrierPort: number
  readonly rtpPorts: { readonly from: number; readonly to: number }
  readonly dataFolder: string
  /** Shifts `at` of call events and stored call times only; 0 without OFFHOOK_CLOCK. Milliseconds. */
  readonly clockShiftMs: number
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly dynamodbEndpoint: string | undefined
  /** Turns messages into text; none: they have no text. */
  readonly transcribeUrl: string | undefined
  /** Networks besides the public one that URLs of callflows may lead to. */
  readonly outsideNetworks: readonly string[]
}

/** A machine that only listens to itself is somebody's desk: what they try out there is on it, too. */
const ownMachine = ['127.0.0.0/8', '::1/128']

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

/** Listeners on every address of a family, and the address of that family which is this machine. */
const loopbackOf: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

/** Reads the settings. Throws PbxError('bad-setting') naming the variable and the fix. */
export function readSettings(environment: NodeJS.ProcessEnv, nowMs: number): Settings {
  const parsed = Environment.safeParse(environment)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new PbxError('bad-setting', {
      message: `${issue?.path.join('.') ?? 'A setting'}: ${issue?.message ?? 'is not valid.'}`,
    })
  }
  const env = parsed.data
  const nearAddress = loopbackOf.get(env.OFFHOOK_LISTEN) ?? env.OFFHOOK_LISTEN
  const [from = 0, to = 0] = env.OFFHOOK_RTP_PORTS.split('-').map(Number)
  if (from < 1024 || to > 65_535 || to - from < 3)
    throw new PbxError('bad-setting', {
      message: 'OFFHOOK_RTP_PORTS: give at least four ports between 1024 and 65535, such as 20000-29999.',
    })
  if ((env.OFFHOOK_TLS_CERT === undefined) !== (env.OFFHOOK_TLS_KEY === undefined))
    throw new PbxError('bad-setting', { message: 'OFFHOOK_TLS_CERT and OFFHOOK_TLS_KEY: give both or neither.' })
  return {
    listen: env.OFFHOOK_LISTEN,
    nearAddress,
    outsideHost: env.OFFHOOK_ADVERTISE ?? nearAddress,
    advertise: env.OFFHOOK_ADVERTISE,
    httpPort: env.OFFHOOK_HTTP_PORT,
    sipPort: env.OFFHOOK_SIP_PORT,
    sipsPort: env.OFFHOOK_SIPS_PORT,
    carrierPort: env.OFFHOOK_CARRIER_PORT,
    rtpPorts: { from, to },
    dataFolder: env.OFFHOOK_DATA,
    clockShiftMs: env.OFFHOOK_CLOCK === undefined ? 0 : Date.parse(env.OFFHOOK_CLOCK) - nowMs,
    tls:
      env.OFFHOOK_TLS_CERT === undefined || env.OFFHOOK_TLS_KEY === undefined
        ? undefined
        : { certFile: env.OFFHOOK_TLS_CERT, keyFile: env.OFFHOOK_TLS_KEY },
    dynamodbEndpoint: env.DYNAMODB_ENDPOINT,
    transcribeUrl: env.OFFHOOK_TRANSCRIBE_URL,
    outsideNetworks:
      env.OFFHOOK_OUTSIDE_NETWORKS === undefined
        ? isLoopback(env.OFFHOOK_LISTEN)
          ? ownMachine
          : []
        : networksIn(env.OFFHOOK_OUTSIDE_NETWORKS),
  }
}
