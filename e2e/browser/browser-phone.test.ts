import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Baresip } from '../phones/baresip.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

const root = resolve(import.meta.dirname, '..', '..')
let system: RunningSystem
let browser: Browser
let page: Page

/** What the page in the browser is asked; it lives there, so only text and numbers pass. */
interface PhonePage {
  register(password: string): Promise<string>
  call(number: string, seconds: number): Promise<{ received: number; energy: number; ended: string }>
  answerNext(seconds: number): Promise<{ from: string; received: number; energy: number }>
}

beforeAll(async () => {
  system = await startSystem()
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'browser-phone.page.js')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'silent',
  })
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
    ],
  })
  const context = await browser.newContext({ bypassCSP: true, permissions: ['microphone'] })
  page = await context.newPage()
  // Any page of this machine will do: browsers give microphones, and the way to loopback, to pages that came from it.
  await page.goto(`${system.ready.consoleUrl}config.json`)
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' })
})
afterAll(async () => {
  await browser?.close()
  await system?.stop()
  if (system !== undefined) rmSync(system.folder, { recursive: true, force: true })
})

const inPage = <T>(run: (phone: PhonePage, argument: string) => Promise<T>, argument: string): Promise<T> =>
  page.evaluate(`(${run.toString()})(window.phone, ${JSON.stringify(argument)})`) as Promise<T>

describe('a browser phone', () => {
  it('R-283: registers over WebSocket and hears its own voice from the echo number, by DTLS-SRTP both ways', async () => {
    const credentials = JSON.stringify({
      wsUrl: system.ready.sip.wsUrl,
      uri: `sip:browser-1001@${system.ready.sip.domain}`,
      password: system.ready.browserPhone?.password ?? '',
    })
    expect(await inPage((phone, password) => phone.register(password), credentials)).toBe('registered')

    const heard = await inPage((phone, number) => phone.call(number, 4), '2065550101')

    expect(heard.ended).toBe('by us')
    expect(heard.received).toBeGreaterThan(100)
    expect(heard.energy).toBeGreaterThan(0)
  })

  it('R-286: rings with the desk phone of its owner, answers, and both hear each other', async () => {
    const dana = await Baresip.start({
      username: '1002',
      password: system.passwordOf('1002'),
      registrar: { host: system.ready.sip.address, port: system.ready.sip.udpPort },
      folder: join(system.folder, 'phones', 'dana'),
      toneHz: 1_000,
    })
    try {
      await dana.registered()
      const answered = inPage((phone, _) => phone.answerNext(4), '')
      dana.command('dial', '1001')
      await dana.event('CALL_ESTABLISHED', 10_000)
      const { from, received, energy } = await answered
      await dana.event('CALL_CLOSED', 10_000)

      expect(from).toBe('1002')
      expect(received).toBeGreaterThan(100)
      expect(energy).toBeGreaterThan(0)
      // The microphone of a browser under test beeps once a second.
      expect((await dana.heard()).some((sample) => Math.abs(sample) > 500)).toBe(true)
    } finally {
      await dana.stop()
    }
  })
})
