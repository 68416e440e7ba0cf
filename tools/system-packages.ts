import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run-program.ts'

/** What a suite needs beyond npm: program to look for, and the Debian package that has it. */
export const systemPackages = {
  phones: { baresip: 'baresip-core', sipp: 'sip-tester', kamailio: 'kamailio' },
  browser: { chromium: 'chromium' },
} as const

export const isInstalled = (program: string): boolean =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some(
    (folder) => folder !== '' && existsSync(join(folder, program)),
  )

/** Installs what is missing where apt-get is at hand and we may use it; answers with what is still missing. */
export async function ensureSystemPackages(suite: keyof typeof systemPackages): Promise<string[]> {
  const wanted = Object.entries(systemPackages[suite])
  const missing = () => wanted.filter(([program]) => !isInstalled(program)).map(([, debian]) => debian)
  if (missing().length === 0) return []
  if (!isInstalled('apt-get') || process.getuid?.() !== 0) return missing()
  console.log(`Installing ${missing().join(' ')} for the ${suite} suite …`)
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], quiet)
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing()], quiet)
  return missing()
}
