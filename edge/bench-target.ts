import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IncomingCall, Leg } from './call/call-control.ts'
import { CallLeg } from './call/call-leg.ts'
import { type Edge, startEdge } from './edge.ts'
import { createMediaEngine } from './media/worker-media-engine.ts'
import type { DeviceCredential } from './registrar/credentials.ts'
import { createMemoryBindings } from './testing/memory-bindings.ts'
import { promptWav } from './testing/prompt.ts'

export interface BenchTargetOptions {
  readonly listen: string
  readonly sipPort: number
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** Where calls to `bridge` go. @default 'sip:uas@127.0.0.1:5090' */
  readonly uas?: string
}

const [firstDevice, lastDevice] = [100_000, 100_999]
const accountId = 'load'
/** Requests a second from one address: a load generator is one address. */
const perSource = 1_000_000

/** Devices 100000-100999, password `secret`; the calls one of them may have at once are as many as a load generator wants. */
function deviceOf(username: string): DeviceCredential | undefined {
  const number = Number(username)
  if (!/^\d{6}$/.test(username) || number < firstDevice || number > lastDevice) return undefined
  return {
    kind: 'device',
    username,
    password: 'secret',
    accountId,
    deviceId: username,
    enabled: true,
    callsMax: 50_000,
  }
}

/**
 * The edge with a load account and three destinations, for outside load generators: `echo` sends the caller's audio back, `ivr` answers
 * and plays a prompt over and over, `bridge` calls a SIP URI with media relayed. No handler, journal or table: figures are "edge only".
 */
export async function startBenchTarget(options: BenchTargetOptions): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'))
  const prompt = join(folder, 'prompt.wav')
  writeFileSync(prompt, promptWav(8))
  const media = await createMediaEngine({ listen: options.listen, rtpPorts: options.rtpPorts })
  const tone = { kind: 'tone', cadence: [{ frequenciesHz: [440], onMs: 1_000, offMs: 1_000 }] } as const
  const edge = await startEdge({
    sip: {
      listen: { host: options.listen, udpPort: options.sipPort, tcpPort: options.sipPort },
      limits: { perSourcePerSecond: perSource, perSourceBurst: perSource },
    },
    media,
    domains: [options.listen, '127.0.0.1', 'localhost'],
    realm: 'offhook',
    credentials: { lookUp: async (username) => deviceOf(username) },
    bindings: createMemoryBindings(),
    dids: { find: async () => undefined },
    audio: { confirm: tone, emergencyWarning: tone, ringback: tone, hold: () => tone },
    onEmergency: () => undefined,
    onLockOut: () => undefined,
    onError: (error) => {
      throw error
    },
  })
  const answerWith = (leg: Leg, then: () => void) => {
    // A caller that gives up before the answer is ordinary under load.
    leg.answer().then(then, () => undefined)
  }
  const serve = ({ leg }: IncomingCall) => {
    if (leg.to === 'echo')
      return answerWith(
        leg,
        () => leg instanceof CallLeg && leg.party !== undefined && media.echo(leg.party.session, true),
      )
    if (leg.to === 'ivr')
      return answerWith(leg, () => void leg.play({ kind: 'file', path: prompt }, { repeat: Number.POSITIVE_INFINITY }))
    if (leg.to === 'bridge') return void bridge(edge, leg, options.uas ?? 'sip:uas@127.0.0.1:5090')
    leg.reject(480)
  }
  edge.calls.onCall(serve)
  return {
    ...edge,
    async close() {
      await edge.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function bridge(edge: Edge, caller: Leg, uri: string): Promise<void> {
  const legs = [
    { id: '1', target: { kind: 'uri' as const, uri }, delaySeconds: 0, timeoutSeconds: 60, keyPress: false },
  ]
  const plan = {
    id: 'bridge',
    mode: 'together' as const,
    legs,
    timeoutSeconds: 60,
    display: { number: caller.from },
    stopOnDecline: false,
  }
  const { leg } = await edge.calls.ring(caller, plan, { accountId, callId: caller.id }).done
  if (leg === undefined) return caller.reject(480)
  caller.onEnd(() => leg.hangUp())
  leg.onEnd(() => caller.hangUp())
  await edge.calls.connect(caller, leg).catch(() => leg.hangUp('Caller gone'))
}
