import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import { openBrowser, openContext, signIn, violations } from './console-page.ts'

const root = resolve(import.meta.dirname, '..', '..')
const screenshots = join(root, 'docs', 'screenshots')
let system: RunningSystem
let browser: Browser
let page: Page

beforeAll(async () => {
  system = await startSystem()
  browser = await openBrowser()
  page = await (await openContext(browser)).newPage()
})
afterAll(async () => {
  await browser?.close()
  await system?.stop()
  if (system !== undefined) rmSync(system.folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly body: { readonly items?: Record<string, unknown>[] } & Record<string, unknown>
}

/** The API as programs use it, as Acme's admin. */
async function api(method: string, path: string, body?: unknown, token = system.ready.apiToken): Promise<Answer> {
  const response = await fetch(`${system.ready.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': '*' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) }
}

const registrations = async (): Promise<string[]> =>
  ((await api('GET', '/accounts/acme/registrations')).body.items ?? []).map(({ deviceName }) => String(deviceName))

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 10_000; !(await isSo()); await new Promise((done) => setTimeout(done, 100)))
    if (Date.now() > until) throw new Error('it did not come true in ten seconds')
}

describe('the console', () => {
  it('R-001: an address shows its own account before anybody signs in, and no account lives at another', async () => {
    await page.goto(system.ready.consoleUrl)

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Acme')
    expect((await fetch(new URL('/nobody/', system.ready.consoleUrl))).status).toBe(404)
    expect(await violations(page)).toEqual([])
  })

  it('R-002: the admin whose credentials were printed signs in and sees phones, calls and history', async () => {
    await signIn(page, system.ready.admin)
    await page.getByRole('heading', { name: 'Registered phones' }).waitFor()
    await page.getByText('Ready.').waitFor({ timeout: 15_000 })
    await page.getByText("Alex Example's browser phone").waitFor({ timeout: 10_000 })

    expect(await page.getByRole('complementary').textContent()).toContain('911 is not available')
    expect(await page.getByRole('cell', { name: 'Alex Example', exact: true }).count()).toBe(1)
    expect(await violations(page)).toEqual([])
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
    await page.getByRole('cell', { name: 'answered' }).waitFor({ timeout: 10_000 })

    expect(await page.getByText('Nobody is talking.').waitFor({ timeout: 10_000 })).toBeUndefined()
  })

  it('an opened call tells how it sounded at both ends, and stays open while the page goes on', async () => {
    const row = page.getByRole('region', { name: 'Last calls' }).getByRole('row').nth(1)
    await row.getByText('How it sounded').click()
    await row.getByText(/^The caller .* sounded good: quality 4/).waitFor({ timeout: 10_000 })
    // The next round of asking.
    await page.waitForTimeout(3_500)

    expect(await row.getByText(/^\+12065550101 sounded good: quality 4/).isVisible()).toBe(true)
    expect(await violations(page)).toEqual([])
  })

  it('tables are changed where they stand: what somebody has selected stays selected', async () => {
    const cell = page.getByRole('cell', { name: "Alex Example's browser phone" })
    await page.evaluate(`(() => {
      const node = [...document.querySelectorAll('td')].find(({ textContent }) => textContent === "Alex Example's browser phone")
      node.dataset.seen = 'yes'
      getSelection().selectAllChildren(node)
    })()`)
    // Two rounds of asking.
    await page.waitForTimeout(7_000)

    expect(await cell.getAttribute('data-seen')).toBe('yes')
    expect(await page.evaluate('String(getSelection())')).toBe("Alex Example's browser phone")
  })

  it('signing out in mid-call ends the call and the registration, and the sign-in at the server', async () => {
    await page.getByLabel('Number').fill('2065550101')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText('Talking with 2065550101').waitFor({ timeout: 10_000 })

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign out?' }).waitFor({ timeout: 10_000 })
    await eventually(async () => ((await api('GET', '/accounts/acme/calls')).body.items ?? []).length === 0)
    await eventually(async () => !(await registrations()).includes("Alex Example's browser phone"))
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(system.ready.consoleUrl)

    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByLabel('Password').waitFor({ timeout: 10_000 })).toBeUndefined()
  })

  it('opened as localhost it leads to the name it is known by, where signing in works', async () => {
    const other = await (await openContext(browser)).newPage()
    const opened = system.ready.consoleUrl.replace('127.0.0.1', 'localhost')
    await other.goto(opened)
    expect(other.url()).toBe(system.ready.consoleUrl)
    await signIn(other, system.ready.admin)
    await other.getByText('Ready.').waitFor({ timeout: 15_000 })
    await other.context().close()

    const answer = await fetch(`${opened}?next=https://evil.example`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      307,
      `${system.ready.consoleUrl}?next=https://evil.example`,
    ])
  })

  it('R-285: a plain user signs in, has a phone made for them, and sees their own things only', async () => {
    const dana = (await api('GET', '/accounts/acme/users/user-1002')).body
    await api('PUT', '/accounts/acme/users/user-1002', { ...dana, username: 'dana' })
    const set = await api('PUT', '/accounts/acme/users/user-1002/password', { password: 'dana likes dogwood' })
    expect(set.status).toBe(204)
    const theirs = await (await openContext(browser)).newPage()
    await theirs.goto(system.ready.consoleUrl)
    await signIn(theirs, { username: 'dana', password: 'dana likes dogwood' })

    await theirs.getByText('Ready.').waitFor({ timeout: 15_000 })
    await theirs.getByRole('cell', { name: "Dana Dogwood's browser phone" }).waitFor({ timeout: 10_000 })
    await theirs.getByText('There are no new messages.').waitFor({ timeout: 10_000 })
    await theirs.getByText('There were no calls in the last day.').waitFor()
    expect(await theirs.getByRole('alert').isVisible()).toBe(false)
    expect(await theirs.getByText('Alex').count()).toBe(0)
    expect(await violations(theirs)).toEqual([])
    await theirs.context().close()
  })

  it('R-289: the operator whose credentials were printed signs in and sees the accounts', async () => {
    const { operator } = system.ready
    const opened = await api(
      'POST',
      '/accounts',
      { name: 'Bolt', address: 'bolt', admin: { username: 'bo', password: 'bolt from the blue' } },
      operator.apiToken,
    )
    expect(opened.status).toBe(201)
    const theirs = await (await openContext(browser)).newPage()
    await theirs.goto(operator.consoleUrl)
    await signIn(theirs, operator)

    await theirs.getByRole('link', { name: '/acme/' }).waitFor({ timeout: 10_000 })
    expect(await theirs.getByRole('alert').isVisible()).toBe(false)
    expect(await violations(theirs)).toEqual([])
    await theirs.getByRole('link', { name: '/bolt/' }).click()
    await signIn(theirs, { username: 'bo', password: 'bolt from the blue' })
    expect(await theirs.getByRole('heading', { level: 1 }).textContent()).toBe('Bolt')
    await theirs.context().close()
  })

  it('a server that was away is said to be, and the page goes on by itself when it is back', async () => {
    const context = await openContext(browser)
    const lasting = await context.newPage()
    await lasting.goto(system.ready.consoleUrl)
    await signIn(lasting, system.ready.admin)
    await lasting.getByText('Ready.').waitFor({ timeout: 15_000 })

    await lasting.route('**/v1/**', (route) => route.abort())
    await lasting.getByText('The server does not answer').waitFor({ timeout: 10_000 })
    expect(await violations(lasting)).toEqual([])
    await lasting.unroute('**/v1/**')
    await lasting.getByText('The server does not answer').waitFor({ state: 'hidden', timeout: 10_000 })

    expect(await lasting.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(true)
    await context.close()
  })
})
