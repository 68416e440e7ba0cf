import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Edge, type EdgeOptions, startEdge } from '@offhook/edge/edge.ts'
import { createMediaEngine } from '@offhook/edge/media/worker-media-engine.ts'
import { Journal } from '@offhook/edge/sma/journal.ts'
import { legRecords } from '@offhook/edge/sma/leg-records.ts'
import { fliteSpeech } from '@offhook/functions/speech/flite.ts'
import { rendering } from '@offhook/functions/speech/render-once.ts'
import { toneNames, toneWav } from '@offhook/functions/speech/tones.ts'
import { createTable } from '@offhook/store/create-table.ts'
import { startEmbedded } from '@offhook/store/embedded/dynoxide.ts'
import { localClient } from '@offhook/store/embedded/local-client.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { createStore, type Store } from '@offhook/store/store.ts'
import { localAudio } from './audio-files.ts'
import { startCallPlane } from './call-plane.ts'
import { storeCredentials } from './credential-source.ts'
import { openDataFolder } from './data-folder.ts'
import { createLoadAccount } from './load-account.ts'

export interface BenchTargetOptions {
  readonly listen: string
  readonly sipPort: number
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** Where calls to `bridge` go. @default 'sip:uas@127.0.0.1:5090' */
  readonly uas?: string
  /** Called for every problem; a load generator that hangs up early makes none. */
  readonly log?: (line: Readonly<Record<string, unknown>>) => void
}

export interface BenchTarget {
  readonly edge: Edge
  readonly store: Store
  readonly journal: Journal
  /** Ends every call, waits until the table has every record, and removes the folder. */
  close(): Promise<void>
}

const tableName = 'load'
/** Requests a second from one address: a load generator is one address. */
const perSource = 1_000_000

/**
 * The PBX of one machine without its console, for load generators: an ordinary account in a table of its own, decided by the shipped
 * handler, with journal and table writes on. Everything lies in a temporary folder.
 */
export async function startBenchTarget(options: BenchTargetOptions): Promise<BenchTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'))
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const one of closers.splice(0).toReversed()) await one()
  }
  try {
    return { ...(await compose(options, folder, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function compose(
  options: BenchTargetOptions,
  folder: string,
  closers: (() => unknown)[],
): Promise<Omit<BenchTarget, 'close'>> {
  const log = options.log ?? (() => undefined)
  const data = openDataFolder(folder)
  const embedded = await startEmbedded(data.at('table.db'))
  closers.push(() => embedded.stop())
  const client = localClient(embedded.endpoint)
  await createTable(client, tableName)
  const objects = folderObjects({
    folder: data.at('objects'),
    secret: data.secret('objects'),
    baseUrl: 'http://127.0.0.1/objects',
  })
  const store = createStore({
    client,
    tableName,
    objects,
    onNotify: async (record) => log({ level: 'WARN', ...record }),
  })
  await createLoadAccount(store, objects, options.uas ?? 'sip:uas@127.0.0.1:5090')
  for (const tone of toneNames) await objects.put(`tones/${tone}.wav`, toneWav(tone), 'audio/wav')
  const flite = fliteSpeech()
  closers.push(() => flite.close())
  const { journal } = await Journal.open({
    folder: data.at('journal'),
    apply: (records) => store.calls.share(records),
    log,
  })
  closers.push(() => journal.stop())
  const onLegs = legRecords({ share: (records) => journal.share(records), log })
  const edge = await startLoadEdge(options, store, objects.pathOf('tones/ringback.wav'), onLegs, log)
  closers.push(() => edge.close())
  const runtime = startCallPlane({
    calls: edge.calls,
    store,
    objects,
    journal,
    audio: localAudio(objects, rendering(flite, objects), data.at('recording')),
    trustKey: data.secret('trust'),
    languages: flite.languages,
    shiftMs: 0,
    log: (line) => (line.level === 'WARN' || line.level === 'ERROR') && log(line),
  })
  closers.push(async () => {
    runtime.endAll('the target is stopping')
    await edge.calls.drain()
    await journal.applied()
  })
  return { edge, store, journal }
}

async function startLoadEdge(
  options: BenchTargetOptions,
  store: Store,
  ringbackPath: string,
  onLegs: NonNullable<EdgeOptions['onLegs']>,
  log: (line: Readonly<Record<string, unknown>>) => void,
): Promise<Edge> {
  const media = await createMediaEngine({ listen: options.listen, rtpPorts: options.rtpPorts })
  const ringback = { kind: 'file', path: ringbackPath } as const
  return startEdge({
    sip: {
      listen: { host: options.listen, udpPort: options.sipPort, tcpPort: options.sipPort },
      limits: { perSourcePerSecond: perSource, perSourceBurst: perSource },
    },
    media,
    domains: [options.listen, '127.0.0.1', 'localhost'],
    realm: 'offhook',
    credentials: storeCredentials(store),
    bindings: store.bindings,
    dids: { find: (did) => store.numbers.findDid(did) },
    audio: { confirm: ringback, emergencyWarning: ringback, ringback, hold: () => ringback },
    onEmergency: (report) => log({ level: 'WARN', emergency: report.notice }),
    onLegs,
    onLockOut: (event) => log({ level: 'WARN', lockOut: event }),
    onError: (error) => log({ level: 'ERROR', edge: String(error) }),
  })
}
