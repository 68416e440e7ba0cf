import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { type Against, figure, line } from './bench-report.ts'
import { root } from './run-program.ts'

const run = promisify(execFile)

/** What each dependency is there for; one that is not here is one nobody has thought about. */
const reasons: Readonly<Record<string, string>> = {
  re2js: 'administrators’ patterns, in linear time (R-100)',
  'libphonenumber-js': 'numbers of every country, as dialled there',
  zod: 'checks what comes from outside',
  'temporal-polyfill': 'schedules in time zones, until Node has Temporal',
  'temporal-utils': 'of temporal-polyfill',
  'mpg123-decoder': 'uploaded MP3 (R-185)',
  'opus-decoder': 'uploaded OGG of Opus',
  '@wasm-audio-decoders/ogg-vorbis': 'uploaded OGG of Vorbis',
  '@wasm-audio-decoders/common': 'of the decoders',
  '@eshaz/web-worker': 'of the decoders',
  'simple-yenc': 'of the decoders: their WebAssembly as text',
  'codec-parser': 'of the Vorbis decoder',
  nodemailer: 'MIME of voicemail notices and their attachments',
  hono: 'routes of the API',
  jose: 'signatures of tokens',
  '@aws-lambda-powertools/logger': 'one JSON line a turn, with its request id',
  '@aws-lambda-powertools/commons': 'of the logger',
  '@aws/lambda-invoke-store': 'of the logger',
  '@middy/core': 'gives up before Lambda does',
}

/** Bundled as `infra/pbx-function.ts` does; the SDK is in Lambda's runtime. */
async function bundle(entry: string, platform: 'browser' | 'node') {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: 'esm',
    platform,
    absWorkingDir: root,
    target: platform === 'node' ? 'node24' : 'es2022',
    mainFields: platform === 'node' ? ['module', 'main'] : ['browser', 'module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
    logLevel: 'silent',
    ...(platform === 'node'
      ? { banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" } }
      : {}),
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return { bytes, gzipKb: gzipSync(bytes).length / 1_000, metafile }
}

/** Bytes each dependency and each folder of ours brings to a bundle, largest first. */
function contents(metafile: Metafile): [name: string, bytes: number][] {
  const sizes = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  )) {
    const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
    const name = dependency ?? `${path.split('/')[0]}/`
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput)
  }
  return [...sizes].sort(([, one], [, other]) => other - one)
}

function explain(metafile: Metafile): void {
  for (const [name, bytes] of contents(metafile)) {
    if (bytes < 1_000) continue
    const why = name.endsWith('/') ? 'ours' : (reasons[name] ?? 'NOT EXPLAINED')
    line(`  ${name}`, `${String(Math.round(bytes / 1_000)).padStart(4)} kB minified   ${why}`)
  }
}

const environment = {
  TABLE_NAME: 'offhook',
  OBJECTS_BUCKET: 'offhook',
  EDGE_ARN: 'arn:aws:chime:us-east-1:111122223333:vc/offhookedge00000000000',
  TRUST_KEY: 'a key of a bench, forty characters long.',
  MAIL_FROM: 'Offhook <voicemail@offhook.example>',
  TOKEN_ISSUER: 'https://issuer.example',
  TOKEN_AUDIENCE: 'offhook',
  CONSOLE_CLIENT_ID: 'offhook',
  AWS_REGION: 'us-east-1',
}
const starts = 5

/** Imports the SDK first, so that what the handler itself costs stands apart. */
const importing = (file: string) => `
const took = async (load) => {
  const [at, cpu] = [performance.now(), process.cpuUsage()]
  await load()
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - at, cpuMs: (user + system) / 1000 }
}
const sdk = await took(() => Promise.all([import('@aws-sdk/client-dynamodb'), import('@aws-sdk/lib-dynamodb'), import('@aws-sdk/client-s3')]))
const handler = await took(() => import(${JSON.stringify(file)}))
console.log(JSON.stringify({ sdk, handler }))`

interface Took {
  readonly ms: number
  readonly cpuMs: number
}

/** Import of a bundle in a fresh Node process, the median of five. */
async function coldStart(name: string, bytes: Uint8Array): Promise<{ readonly sdk: Took; readonly handler: Took }> {
  const folder = join(root, '.build', 'bench')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, bytes)
  const took: { sdk: Took; handler: Took }[] = []
  for (let start = 0; start < starts; start += 1) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', importing(file)], {
      cwd: root,
      env: { ...process.env, ...environment },
    })
    took.push(JSON.parse(stdout) as { sdk: Took; handler: Took })
  }
  const sorted = took.sort((one, other) => one.handler.cpuMs - other.handler.cpuMs)
  return sorted[Math.floor(starts / 2)] as { sdk: Took; handler: Took }
}

export async function benchBundles(): Promise<void> {
  const browser = await bundle('shared/callflow/engine.ts', 'browser')
  figure('the engine for a browser, gzip', browser.gzipKb, 'kB')
  explain(browser.metafile)
  for (const [name, against, importAgainst] of [
    ['sma', { atMost: 250 }, { atMost: 40 }],
    ['recordings', {}, {}],
    ['api', {}, {}],
  ] as readonly [string, Against, Against][]) {
    const { bytes, gzipKb, metafile } = await bundle(`functions/${name}/handler.ts`, 'node')
    figure(`functions/${name}, gzip, without the SDK of Lambda's runtime`, gzipKb, 'kB', against)
    explain(metafile)
    const { sdk, handler } = await coldStart(name, bytes)
    figure(`functions/${name}: CPU of its import in a fresh Node process`, handler.cpuMs, 'ms', importAgainst)
    line('  time of that; CPU of the SDK before it', `${handler.ms.toFixed(0)} ms; ${sdk.cpuMs.toFixed(0)} ms`)
  }
}
