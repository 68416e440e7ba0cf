/** Callflows that meet the outside, with real phones: a web server that is told and asked, carriers of the account and of the installation. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Carrier, startCarrier } from '@offhook/local/carrier/carrier.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { acmeId, acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { releasePorts, reservePorts, systemPorts } from '../testing/ports.ts'
import { Baresip } from './baresip.ts'
import { MainLine } from './main-line.ts'
import { share } from './tones.ts'

let acme: MainLine
let web: Server
let webUrl: string
const told: { readonly signature: string; readonly id: string; readonly body: string }[] = []
let second: Carrier
let secondPorts: number
let steps: ChildProcess

const operator = (method: string, path: string, body?: unknown) =>
  fetch(`${acme.system.ready.apiUrl}/accounts/${acmeId}/${path}`, {
    method,
    headers: { authorization: `Bearer ${acme.system.ready.operator.apiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const secretOf = async (callflow: string, node: string) =>
  (await acme.api.ask<{ secret: string }>('POST', `callflows/${callflow}/modules/${node}/secret/reveal`)).secret

async function callflow(number: string, root: string, nodes: Readonly<Record<string, object>>): Promise<void> {
  const named = Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, { id, ...node }]))
  await acme.api.ask('POST', 'callflows', { id: `flow-${number}`, numbers: [number], root, nodes: named })
}

/** The example of the documentation, as it stands there, in a process of its own. */
async function startSteps(port: number, secret: string): Promise<void> {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'pivot-and-webhooks.md'), 'utf8')
  const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? []
  const file = join(acme.system.folder, 'steps.mjs')
  writeFileSync(file, example)
  steps = spawn(process.execPath, [file], {
    env: { ...process.env, PORT: String(port), SECRET: secret },
    stdio: 'pipe',
  })
  await new Promise((resolve) => steps.stdout?.once('data', resolve))
}

const echo = { type: 'global-carrier', params: { number: '2065550101' } }

beforeAll(async () => {
  acme = await MainLine.start()
  web = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => {
      body += part.toString()
    })
    request.on('end', () => {
      const { 'offhook-signature': signature, 'offhook-id': id } = request.headers
      told.push({ signature: String(signature), id: String(id), body })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  secondPorts = await reservePorts(systemPorts)
  const { sip } = acme.system.ready
  second = await startCarrier({
    listen: '127.0.0.1',
    port: secondPorts,
    rtpPorts: { from: 48_000, to: 48_400 },
    pbx: { host: sip.address, port: sip.udpPort },
    isDid: async (number) => number === acmeMainDid,
  })
  await operator('POST', 'carriers', {
    id: 'second',
    name: 'Second',
    hosts: [{ host: '127.0.0.1', port: secondPorts }],
    callerIdFormat: 'national',
  })
  await Promise.all([
    callflow('7101', 'tell', {
      tell: { type: 'webhook', params: { url: `${webUrl}/told` }, exits: { next: 'echo' } },
      echo,
    }),
    callflow('7102', 'ask', {
      ask: { type: 'pivot', params: { url: `http://127.0.0.1:${secondPorts + 5}/` }, exits: { failed: 'echo' } },
      echo,
    }),
    callflow('7103', 'ask', {
      ask: { type: 'pivot', params: { url: 'http://127.0.0.1:1/' }, exits: { failed: 'echo' } },
      echo,
    }),
    callflow('7104', 'out', { out: { type: 'account-carrier', params: { number: '+12065550177' } } }),
    callflow('7105', 'out', {
      out: { type: 'account-carrier', params: { number: '2065550102' }, exits: { busy: 'echo' } },
      echo,
    }),
  ])
  await startSteps(secondPorts + 5, await secretOf('flow-7102', 'ask'))
}, 150_000)
afterAll(async () => {
  steps?.kill()
  web?.close()
  await second?.close()
  releasePorts(secondPorts)
  await acme?.stop()
})

/** Dials a number and stays for a while. Answers with what was heard, and the record of the call. */
async function dial(
  context: TestContext,
  extension: string,
  number: string,
  seconds = 1.5,
): Promise<{ heard: Int16Array; cdr: Cdr }> {
  const phone = await acme.phonesFor(context).inside(extension, 440)
  phone.command('dial', number)
  await phone.event('CALL_ESTABLISHED', 15_000)
  await sleep(seconds * 1_000)
  phone.command('hangup')
  return { heard: await phone.heard(), cdr: await acme.callOf(extension) }
}
const pathOf = ({ path }: Cdr) =>
  path.flatMap(({ nodeId, exit }) => (nodeId === undefined ? [] : [`${nodeId}>${exit ?? ''}`]))
/** A phone of the outside world that is known to the second carrier alone. */
async function beyond({ onTestFinished }: TestContext, number: string): Promise<Baresip> {
  const phone = await Baresip.start({
    username: number,
    registrar: { host: '127.0.0.1', port: secondPorts },
    folder: join(acme.system.folder, 'phones', `beyond-${number}`),
    toneHz: 1_000,
  })
  onTestFinished(() => phone.stop())
  await phone.registered()
  return phone
}

describe.concurrent('callflows that meet the outside', () => {
  it('a webhook is told of the call, signed, while the caller is already talking over the carrier of the installation', async (context) => {
    const { heard, cdr } = await dial(context, '1001', '7101')
    const secret = await secretOf('flow-7101', 'tell')
    await context.expect.poll(() => told.length, { timeout: 5_000 }).toBe(1)
    const [{ signature, id, body } = { signature: '', id: '', body: '' }] = told
    const [, seconds, mac] = /^t=(\d+),v1=(\w+)$/.exec(signature) ?? []

    expect(share(heard, 440)).toBeGreaterThan(0.4)
    expect(pathOf(cdr)).toEqual(['tell>next', 'echo>answered'])
    expect(mac).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'))
    expect(JSON.parse(body)).toMatchObject({ id, event: 'webhook', callId: cdr.callId, caller: { extension: '1001' } })
  })

  it('a pivot takes the steps of the example in the documentation, which believes nobody else', async (context) => {
    const phone = await acme.phonesFor(context).inside('1002', 440)
    phone.command('dial', '7102')
    await phone.event('CALL_ESTABLISHED', 15_000)
    await phone.event('CALL_CLOSED', 15_000)
    const { path, disposition } = await acme.callOf('1002')
    const stranger = await fetch(`http://127.0.0.1:${secondPorts + 5}/`, { method: 'POST', body: '{}' })

    const taken = path.flatMap(({ callflowId, nodeId, exit }) =>
      nodeId === undefined ? [] : [[callflowId, nodeId, exit]],
    )
    expect(taken.slice(0, 2)).toEqual([
      ['flow-7102', 'ask', 'answered'],
      ['answer-1', 'hello', 'next'],
    ])
    expect(disposition).toBe('completed')
    expect(stranger.status).toBe(403)
  })

  it('a pivot whose server is away goes on by its other way', async (context) => {
    const { heard, cdr } = await dial(context, '1003', '7103')

    expect(pathOf(cdr)).toEqual(['ask>failed', 'echo>answered'])
    expect(share(heard, 440)).toBeGreaterThan(0.4)
  })

  it('a call leaves by the carrier of the account and reaches who only that carrier knows', async (context) => {
    const far = await beyond(context, '+12065550177')
    const phone = await acme.phonesFor(context).inside('1004', 440)
    phone.command('dial', '7104')
    const ringing = await far.event('CALL_INCOMING', 15_000)
    far.command('accept')
    await phone.event('CALL_ESTABLISHED')
    await sleep(1_500)
    phone.command('hangup')
    await far.event('CALL_CLOSED')

    expect(share(await far.heard(), 440)).toBeGreaterThan(0.4)
    // As this carrier wants numbers written.
    expect(ringing.peeruri).toMatch(/sip:\d{10}@/)
  })

  it('who is busy behind a carrier is left by busy', async (context) => {
    const { cdr } = await dial(context, '1005', '7105')

    expect(pathOf(cdr)).toEqual(['out>busy', 'echo>answered'])
  })

  it('R-178: a call from the carrier of the account reaches its callflows', async (context) => {
    const far = await beyond(context, '+12065550178')
    far.command('dial', acmeMainDid)
    await far.event('CALL_ESTABLISHED', 15_000)
    await far.hears(acme.clips.open)
    far.command('hangup')

    expect(await acme.callOf('+12065550178')).toMatchObject({ direction: 'inbound', to: acmeMainDid })
  })

  it('the operator tests a carrier, and sees which host answers', async () => {
    const answer = (await (await operator('POST', 'carriers/second/test')).json()) as { results: object[] }

    expect(answer.results).toMatchObject([{ method: 'OPTIONS', isFine: true, status: 200, port: secondPorts }])
    expect((await acme.api.request('POST', 'carriers/second/test')).status).toBe(403)
  })
})
