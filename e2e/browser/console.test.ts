import { mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

const root = resolve(import.meta.dirname, '..', '..')
const screenshots = join(root, 'docs', 'screenshots')
let system: RunningSystem
let browser: Browser
let page: Page

beforeAll(async () => {
  system = await startSystem()
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
  const context = await browser.newContext({
    bypassCSP: true,
    permissions: ['microphone'],
    viewport: { width: 1_280, height: 800 },
  })
  page = await context.newPage()
})
afterAll(async () => {
  await browser?.close()
  await system?.stop()
  if (system !== undefined) rmSync(system.folder, { recursive: true, force: true })
})

async function violations(): Promise<string[]> {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') })
  return page.evaluate(
    'axe.run().then((result) => result.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.target).join(" ")))',
  ) as Promise<string[]>
}

describe('the console', () => {
  it('R-001: an address shows its own account before anybody signs in, and no account lives at another', async () => {
    await page.goto(system.ready.consoleUrl)

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Acme')
    expect((await fetch(new URL('/nobody/', system.ready.consoleUrl))).status).toBe(404)
    expect(await violations()).toEqual([])
  })

  it('R-002: the admin whose credentials were printed signs in and sees phones, calls and history', async () => {
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('input[type=password]').waitFor()
    expect(await page.content()).toContain('Acme')
    await page.locator('input:not([type=password]):not([type=hidden])').first().fill(system.ready.admin.username)
    await page.locator('input[type=password]').fill(system.ready.admin.password)
    await page.locator('button[type=submit], button').first().click()
    await page.getByRole('heading', { name: 'Registered phones' }).waitFor({ timeout: 15_000 })
    await page.getByText('Ready.').waitFor({ timeout: 15_000 })
    await page.getByText("Alex Example's browser phone").waitFor({ timeout: 10_000 })

    expect(await page.getByRole('complementary').textContent()).toContain('911 is not available')
    expect(await violations()).toEqual([])
  })

  it('R-283: a call is placed from the page, seen in progress and then in the history', async () => {
    await page.getByLabel('Number').fill('2065550101')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText('Talking with 2065550101').waitFor({ timeout: 10_000 })
    await page.getByRole('cell', { name: '2065550101' }).first().waitFor({ timeout: 10_000 })
    // Pictures of the documentation are taken on purpose only, so that a test leaves the tree as it was.
    if (process.env.OFFHOOK_SCREENSHOTS === '1') {
      mkdirSync(screenshots, { recursive: true })
      await page.screenshot({ path: join(screenshots, 'console.png') })
    }
    await page.getByRole('button', { name: 'Hang up' }).click()
    await page.getByText('answered').waitFor({ timeout: 10_000 })

    expect(await page.getByText('Nobody is talking.').waitFor({ timeout: 10_000 })).toBeUndefined()
  })
})
