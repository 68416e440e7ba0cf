import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { type Edge, startEdge } from '@offhook/edge/edge.ts'
import { createMediaEngine } from '@offhook/edge/media/worker-media-engine.ts'
import { uriHost } from '@offhook/edge/sip/uri.ts'
import { controlPlane } from '@offhook/edge/sma/control-plane.ts'
import { Journal } from '@offhook/edge/sma/journal.ts'
import { legRecords } from '@offhook/edge/sma/leg-records.ts'
import type { SmaRuntime } from '@offhook/edge/sma/runtime.ts'
import { createApi } from '@offhook/functions/api/app.ts'
import { folderMail } from '@offhook/functions/mail/folder.ts'
import { mailNotices } from '@offhook/functions/mail/notices.ts'
import { addressPolicy } from '@offhook/functions/outside/address-policy.ts'
import { outsideUrls } from '@offhook/functions/outside/outside-url.ts'
import { moduleSecret } from '@offhook/functions/outside/signature.ts'
import { UrlTeller } from '@offhook/functions/outside/url-teller.ts'
import { createRecordingsHandler } from '@offhook/functions/recordings/create-handler.ts'
import { storeParts } from '@offhook/functions/recordings/store-parts.ts'
import { threadedConverter } from '@offhook/functions/speech/audio-converter.ts'
import { fliteSpeech } from '@offhook/functions/speech/flite.ts'
import { rendering } from '@offhook/functions/speech/render-once.ts'
import { httpTranscribe } from '@offhook/functions/transcribe/http.ts'
import { operatorAccountId } from '@offhook/shared/api/permission.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { acmeId } from '@offhook/shared/testing/acme.ts'
import { createTable } from '@offhook/store/create-table.ts'
import { startEmbedded } from '@offhook/store/embedded/dynoxide.ts'
import { localClient } from '@offhook/store/embedded/local-client.ts'
import { errandPrefix } from '@offhook/store/errands.ts'
import type { MailChange } from '@offhook/store/lamps.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { createStore, type Store } from '@offhook/store/store.ts'
import { localAudio } from './audio-files.ts'
import { onCallClock } from './call-clock.ts'
import { startCallPlane } from './call-plane.ts'
import { type Carrier, startCarrier } from './carrier/carrier.ts'
import { CarrierTrunks } from './carrier-trunks.ts'
import { ensureCertificate } from './certificate.ts'
import { consoleConfigOf, elsewhere, isSipDomain, sipDomainOf } from './console.ts'
import { storeCredentials } from './credential-source.ts'
import type { DataFolder } from './data-folder.ts'
import { edgeControl } from './edge-control.ts'
import { emergencyRecords } from './emergency-records.ts'
import { holdMusic } from './hold-music.ts'
import { accountIds, bringUpToDate, keepHouse, recountAll } from './housekeeping.ts'
import { createIdentity } from './identity/identity.ts'
import { lockOutRecords } from './lock-out-records.ts'
import { ensurePrompts, ensureSpokenMedia, spokenLanguages } from './prompt-library.ts'
import { localProvisioning } from './provisioning.ts'
import { type SeededPerson, seedAcme, seedOperator } from './seed.ts'
import { isLoopback, type Settings } from './settings.ts'
import { serveWeb } from './web-server.ts'

export interface PhoneSystem {
  readonly store: Store
  readonly edge: Edge
  readonly runtime: SmaRuntime
  readonly carrier: Carrier
  readonly admin: SeededPerson
  readonly operator: SeededPerson
  /** Short-lived, for programs that read ready.json. */
  readonly apiToken: string | undefined
  readonly operatorToken: string | undefined
  readonly server: Server
  readonly isSecure: boolean
  readonly httpPort: number
  readonly recovered: { readonly recordings: number; readonly calls: number; readonly records: number }
  close(): Promise<void>
}

const tableName = 'offhook'
/** How long the token of ready.json is good for. */
const tokenSeconds = 12 * 3_600

export type Progress = (what: string) => void
export type Log = (line: Readonly<Record<string, unknown>>) => void

async function busyPort<T>(what: string, variable: string, port: number, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : 'may not be opened by this user'
    throw new PbxError('busy-port', {
      message: `Port ${port} for ${what} ${why}. Stop what uses it, or give another one in ${variable}.`,
      cause: error,
    })
  }
}

const portsOf = ({ addresses: { udp, tcp, tls } }: Edge) => ({
  ...(udp === undefined ? {} : { udp: udp.port }),
  ...(tcp === undefined ? {} : { tcp: tcp.port }),
  ...(tls === undefined ? {} : { tls: tls.port }),
})

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })

/** Composes the whole PBX of one machine. Holds no rule of its own: what decides, stores and speaks is the same code as in the cloud. */
export async function startPhoneSystem(
  settings: Settings,
  data: DataFolder,
  progress: Progress,
  log: Log,
): Promise<PhoneSystem> {
  const closers: (() => Promise<unknown>)[] = []
  const closeAll = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    return await compose(settings, data, progress, log, closers, closeAll)
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function compose(
  settings: Settings,
  data: DataFolder,
  progress: Progress,
  log: Log,
  closers: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
): Promise<PhoneSystem> {
  const embedded = settings.dynamodbEndpoint === undefined ? await startEmbedded(data.at('table.db')) : undefined
  if (embedded !== undefined) {
    closers.push(() => embedded.stop())
    void embedded.died.then((code) => {
      log({ level: 'FATAL', table: `the embedded table engine ended (${code})` })
      process.exit(1)
    })
  }
  const client = localClient(settings.dynamodbEndpoint ?? embedded?.endpoint ?? '')
  await createTable(client, tableName)
  const isSecure = settings.tls !== undefined || !isLoopback(settings.listen)
  const tls = settings.tls ?? { certFile: data.at('tls', 'cert.pem'), keyFile: data.at('tls', 'key.pem') }
  if (settings.tls === undefined)
    await ensureCertificate(
      tls.certFile,
      tls.keyFile,
      [...new Set(['localhost', settings.nearAddress, settings.advertise ?? 'localhost'])],
      Date.now(),
    )
  const server = isSecure
    ? createHttpsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) })
    : createHttpServer()
  const httpPort = await busyPort('the console', 'OFFHOOK_HTTP_PORT', settings.httpPort, () =>
    listen(server, settings.listen, settings.httpPort),
  )
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  )

  const objects = folderObjects({
    folder: data.at('objects'),
    secret: data.secret('objects'),
    baseUrl: `${isSecure ? 'https' : 'http'}://${uriHost(settings.listen)}:${httpPort}/objects`,
    onError: (error) => log({ level: 'ERROR', object: String(error) }),
  })
  const mail = folderMail(data.at('mail'))
  const notices = mailNotices(mail, 'Offhook <notices@offhook.example>', log)
  let tellPhones: (change: MailChange) => void = () => {}
  const urls = outsideUrls({ policy: addressPolicy(settings.outsideNetworks) })
  const trustKey = data.secret('trust')
  let edgeTrunks: Edge['trunks'] | undefined
  const carriers = new CarrierTrunks({
    store: () => store,
    // What is saved before there is an edge is read when there is.
    use: (trunks) => edgeTrunks?.use(trunks),
    onError: (error) => log({ level: 'ERROR', carriers: String(error) }),
  })
  const store: Store = createStore({
    client,
    tableName,
    objects,
    onMail: (change) => tellPhones(change),
    onToTell: (accountId) => teller.wake(accountId),
    onSaved: (accountId, kinds) => carriers.saved(accountId, kinds),
    onNotify: async (record) => {
      log({ level: 'WARN', ...record })
      await notices(record)
    },
  })
  const teller = new UrlTeller({ outbox: store.outbox, urls, trustKey, log })
  closers.push(async () => teller.stop())
  const admin = await seedAcme(store, data.secret('admin-password').slice(0, 20))
  const operator = await seedOperator(store, data.secret('operator-password').slice(0, 20))

  const flite = fliteSpeech()
  closers.push(() => flite.close())
  const speech = rendering(flite, objects)
  const rendered = await ensurePrompts(objects, flite, (done, all) =>
    progress(`Speaking the prompts: ${done} of ${all}`),
  )
  if (rendered > 0) progress(`${rendered} prompts are spoken.`)
  await ensureSpokenMedia(store, acmeId, speech)

  const { journal, recovery } = await Journal.open({
    folder: data.at('journal'),
    apply: (records) => store.calls.share(records),
    shiftMs: settings.clockShiftMs,
    log,
  })
  closers.push(() => journal.stop())
  await recountAll(store)
  await bringUpToDate(store)
  // What an earlier run did not get round to telling.
  for await (const accountId of accountIds(store)) teller.wake(accountId)
  const audio = localAudio(objects, speech, data.at('recording'))
  const recordings = createRecordingsHandler({
    ...storeParts(store, objects),
    mail,
    ...(settings.transcribeUrl === undefined ? {} : { transcribe: httpTranscribe(settings.transcribeUrl) }),
    mailFrom: 'Offhook <voicemail@offhook.example>',
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    log,
  })
  objects.onArrival('voicemail/', onCallClock(recordings, settings.clockShiftMs))
  objects.onArrival(errandPrefix, recordings)
  const recoveredRecordings = await audio.recover()
  await objects.scan()

  const recordLockOut = lockOutRecords(store)
  const recordEmergency = emergencyRecords((records) => journal.share(records), settings.clockShiftMs)

  const half = Math.floor((settings.rtpPorts.from + settings.rtpPorts.to) / 2)
  const advertised = settings.advertise === undefined ? {} : { advertise: settings.advertise }
  const media = await createMediaEngine({
    listen: settings.listen,
    ...advertised,
    rtpPorts: { from: settings.rtpPorts.from, to: half },
    onFailure: (error) => log({ level: 'FATAL', media: error.message }),
  })
  const prompt = (id: string) => ({ kind: 'file' as const, path: objects.pathOf(`prompts/en-US/${id}.wav`) })
  const tone = (name: string) => ({ kind: 'file' as const, path: objects.pathOf(`tones/${name}.wav`) })
  const music = holdMusic(store, objects, tone('hold'))
  const carrierAddress = settings.nearAddress
  const edge = await busyPort('SIP', 'OFFHOOK_SIP_PORT or OFFHOOK_SIPS_PORT', settings.sipPort, () =>
    startEdge({
      sip: {
        listen: {
          host: settings.listen,
          udpPort: settings.sipPort,
          tcpPort: settings.sipPort,
          tlsPort: settings.sipsPort,
          tls,
        },
        webSockets: [{ server, path: '/sip', secure: isSecure }],
        serverName: 'Offhook',
        ...advertised,
      },
      media,
      domains: [sipDomainOf(acmeId), 'localhost'],
      isDomain: isSipDomain,
      realm: 'offhook',
      secret: data.secret('nonces'),
      trunks: [
        {
          id: 'simulated-carrier',
          hosts: [{ host: carrierAddress, port: settings.carrierPort }],
          sources: [{ address: carrierAddress, port: settings.carrierPort }],
          emergency: false,
          options: false,
        },
      ],
      credentials: storeCredentials(store),
      bindings: store.bindings,
      dids: { find: (did) => store.numbers.findDid(did) },
      mail: store.lamps,
      audio: {
        confirm: prompt('confirm-call'),
        emergencyWarning: prompt('emergency-not-available'),
        ringback: tone('ringback'),
        hold: (holder) =>
          music(holder).catch((error: unknown) => {
            log({ level: 'ERROR', holdMusic: String(error) })
            return tone('hold')
          }),
      },
      onEmergency: (report) => {
        recordEmergency(report).catch((error: unknown) => log({ level: 'ERROR', emergency: String(error) }))
        log({ level: 'WARN', emergency: report.notice, phase: report.phase, alerts: report.alerts })
        if (report.phase !== 'started' || report.notifyEmails.length === 0) return
        mail
          .send({
            id: `emergency-${report.callId}`,
            from: 'Offhook <emergency@offhook.example>',
            to: [...report.notifyEmails],
            subject: '911 was called',
            text: report.notice,
          })
          .catch((error: unknown) => log({ level: 'ERROR', mail: String(error) }))
      },
      onLegs: legRecords({ share: (records) => journal.share(records), shiftMs: settings.clockShiftMs, log }),
      onLockOut: (event) => {
        log({ level: 'WARN', lockOut: event })
        recordLockOut(event).catch((error: unknown) => log({ level: 'ERROR', lockOut: String(error) }))
      },
      onError: (error) => log({ level: 'ERROR', edge: error instanceof Error ? error.message : String(error) }),
    }),
  )
  closers.push(() => edge.close())
  edgeTrunks = edge.trunks
  await carriers.load()
  tellPhones = (change) => {
    store.lamps
      .usernamesOf(change)
      .then((usernames) => edge.mailChanged(change.accountId, usernames))
      .catch((error: unknown) => log({ level: 'ERROR', lamps: String(error) }))
  }

  const runtime = startCallPlane({
    calls: edge.calls,
    store,
    objects,
    journal,
    audio,
    trustKey,
    urls,
    languages: spokenLanguages(flite),
    shiftMs: settings.clockShiftMs,
    log,
  })
  const carrier = await busyPort('the simulated carrier', 'OFFHOOK_CARRIER_PORT', settings.carrierPort, () =>
    startCarrier({
      listen: settings.listen,
      port: settings.carrierPort,
      rtpPorts: { from: half + 1, to: settings.rtpPorts.to },
      pbx: { host: carrierAddress, port: edge.addresses.udp?.port ?? settings.sipPort },
      isDid: async (number) => (await store.numbers.findDid(number)) !== undefined,
    }),
  )
  closers.push(() => carrier.close())
  const control = controlPlane({
    runtime,
    credentials: { accessKeyId: 'local', secretAccessKey: trustKey },
    accountOf: async (number) => (await store.numbers.findDid(number))?.accountId,
  })
  const origin = `${isSecure ? 'https' : 'http'}://${uriHost(settings.outsideHost)}:${httpPort}`
  const identity = createIdentity({
    store,
    keyFile: data.at('secrets', 'identity.json'),
    origin,
    redirectUris: [`${origin}/${acmeId}/`],
    report: (error) => log({ level: 'ERROR', identity: String(error) }),
  })
  const api = createApi({
    store,
    objects,
    verifyToken: identity.verifyToken,
    signIn: identity.signIn,
    moduleSecret: (accountId, module) => moduleSecret(trustKey, accountId, module),
    callClock: () => Date.now() + settings.clockShiftMs,
    edge: edgeControl(edge, carriers, settings.clockShiftMs),
    speech,
    convertAudio: threadedConverter(),
    provisioning: localProvisioning({ origin, settings, ports: portsOf(edge) }),
    report: ({ method, path, error }) =>
      log({ level: 'ERROR', method, path, error: error instanceof Error ? error.stack : String(error) }),
  })
  serveWeb(server, {
    api,
    control,
    objects,
    identity: (request, response) => void identity.handle(request, response),
    consoleFolder: join(import.meta.dirname, '..', 'web', 'dist'),
    elsewhere: ({ headers }, path) => elsewhere(origin, headers.host, path),
    consoleConfig: consoleConfigOf({ store, signIn: identity.signIn, origin }),
  })
  const tokenOf = async (account: string, { username }: SeededPerson) => {
    const person = await store.people.find(account, username)
    if (person === undefined) return undefined
    return identity.mintToken({ subject: person.subject, account, role: person.role, seconds: tokenSeconds })
  }
  const stopKeeping = keepHouse(store, (error) => log({ level: 'ERROR', sweep: String(error) }))
  closers.push(async () => stopKeeping())
  return {
    store,
    edge,
    runtime,
    carrier,
    admin,
    operator,
    apiToken: await tokenOf(acmeId, admin),
    operatorToken: await tokenOf(operatorAccountId, operator),
    server,
    isSecure,
    httpPort,
    recovered: { recordings: recoveredRecordings, calls: recovery.callsClosed, records: recovery.recordsReplayed },
    async close() {
      runtime.endAll('the system is stopping')
      await new Promise((resolve) => setTimeout(resolve, 200))
      await journal.applied()
      await closeAll()
    },
  }
}
