// The front door of every npm script. Runs on any Node from 18 up, with nothing installed: brings a current Node when the machine's is too
// old, installs the locked dependencies when they are missing or stale, and goes on with tools/<command>.ts under that Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const wanted = '24.21.0'
const minimum = [22, 13]

const fail = (sentence) => {
  console.error(`offhook: ${sentence}`)
  process.exit(1)
}

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1)

function npm(args, node) {
  // npm tells its scripts where it is itself; run by the wanted Node it needs no npm of that Node's own.
  const cli = process.env.npm_execpath
  const useCli = cli?.endsWith('.js')
  const env = { ...process.env, PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}` }
  return spawnSync(useCli ? node : 'npm', useCli ? [cli, ...args] : args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}

function currentNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > minimum[0] || (major === minimum[0] && minor >= minimum[1])) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const binary = join(root, '.node', 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (
    existsSync(binary) &&
    readFileSync(join(root, '.node', 'version'), { encoding: 'utf8', flag: 'a+' }).trim() === wanted
  )
    return binary
  const began = Date.now()
  console.log(
    `offhook: Node ${process.versions.node} is older than ${minimum.join('.')}; bringing Node ${wanted} into .node …`,
  )
  mkdirSync(join(root, '.node'), { recursive: true })
  const done = npm(
    [
      'install',
      '--prefix',
      join(root, '.node'),
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `${name}@${wanted}`,
    ],
    process.execPath,
  )
  if (done.status !== 0 || !existsSync(binary))
    fail(
      `Node ${wanted} could not be brought for ${process.platform} ${process.arch}. Install Node 24 from your system and run this again.`,
    )
  writeFileSync(join(root, '.node', 'version'), wanted)
  console.log(`offhook: Node ${wanted} is there after ${seconds(began)} s.`)
  return binary
}

function dependencies(node) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.offhook-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  const began = Date.now()
  console.log('offhook: installing the locked dependencies (about a minute, once) …')
  // Not `npm ci`: it refuses a lockfile that lacks packages of other platforms (docs/decisions/0002).
  const done = npm(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], node)
  if (done.status !== 0)
    fail('the dependencies could not be installed; the lines above say why. Check the network and run this again.')
  writeFileSync(stamp, hash)
  console.log(`offhook: dependencies are there after ${seconds(began)} s.`)
}

const [command, ...rest] = process.argv.slice(2)
if (command === undefined || !existsSync(join(root, 'tools', `${command}.ts`)))
  fail(`there is no command ${command ?? ''}.`)
const node = currentNode()
dependencies(node)
const [major, minor] = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.slice(1).split('.').map(Number)
// Type stripping came without a flag in 22.18.
const flags =
  major === 22 && minor < 18
    ? ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
    : ['--disable-warning=ExperimentalWarning']
const env = {
  ...process.env,
  PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
  OFFHOOK_ROOT: root,
}
const { spawn } = await import('node:child_process')
const child = spawn(node, [...flags, join(root, 'tools', `${command}.ts`), ...rest], {
  cwd: root,
  stdio: 'inherit',
  env,
})
// The child hears Ctrl+C itself (same terminal); this process only waits for it to finish tidily.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
// npm passes a signal to the shell between us and dies with it: whoever stops npm means what it runs, so a parent that goes is a SIGTERM.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 250)
}
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
