import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const startMs = 10_000

export interface Kamailio {
  output(): string
  stop(): Promise<void>
}

/** Debian's Kamailio with a configuration of the tests whose `@WORDS@` are filled in, on loopback. */
export async function startKamailio(
  configuration: string,
  words: Readonly<Record<string, number>>,
  folder: string,
): Promise<Kamailio> {
  mkdirSync(folder, { recursive: true })
  const text = readFileSync(configuration, 'utf8').replaceAll(/@([A-Z]+)@/g, (whole, word: string) =>
    word in words ? String(words[word]) : whole,
  )
  const file = join(folder, 'kamailio.cfg')
  writeFileSync(file, text)
  // -DD: it stays the child of ours, so that stopping it stops its workers.
  const child = spawn('kamailio', ['-f', file, '-DD', '-E', '-m', '64', '-Y', folder], {
    cwd: folder,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const note = (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-20_000)
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  let gone = false
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
    gone = true
  })
  // It says which addresses it listens on just before it opens them.
  for (const until = Date.now() + startMs; !said.includes('Listening on'); await sleep(20)) {
    if (!gone && Date.now() < until) continue
    child.kill('SIGKILL')
    throw new Error(`kamailio did not start:\n${said}`)
  }
  await sleep(500)
  return {
    output: () => said,
    async stop() {
      if (gone) return
      child.kill('SIGTERM')
      await Promise.race([exit, sleep(5_000)])
      if (!gone) child.kill('SIGKILL')
    },
  }
}
