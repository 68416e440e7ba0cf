import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LegNote } from '@offhook/shared/model/leg-note.ts'
import { acmeId } from '@offhook/shared/testing/acme.ts'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { AccountApi } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import { leaveMessage } from './main-line.ts'
import { PhoneShelf } from './phone-shelf.ts'
import { millisecondsOf, share } from './tones.ts'

/** Tuesday, 10:00 in New York: the main line is open. */
const openHours = '2026-11-24T15:00:00Z'

let system: RunningSystem

beforeAll(async () => {
  system = await startSystem({ environment: { OFFHOOK_CLOCK: openHours } })
})
afterAll(async () => {
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})

interface Shown {
  readonly legs: readonly LegNote[]
}

/** Phones for one test. */
function phonesOf({ onTestFinished }: TestContext) {
  const shelf = new PhoneShelf(system)
  onTestFinished(() => shelf.clear())
  return {
    phone: (extension: string, toneHz: number) => shelf.inside(extension, toneHz),
    outsider: (number?: string) => shelf.outside(number),
  }
}

/** Tests of one group use the same extensions, so they come one after the other; the groups happen at once. */
const inTurn = { concurrent: false }

describe('the PBX of one machine, with real phones', { concurrent: true }, () => {
  describe('Alex, who calls and is called', { concurrent: true }, () => {
    it('R-294: 1001 calls 1002 and they hear each other, decided by the shipped handler', inTurn, async (test) => {
      const { phone } = phonesOf(test)
      const [alex, dana] = await Promise.all([phone('1001', 440), phone('1002', 1_000)])
      alex.command('dial', '1002')
      const ringing = await dana.event('CALL_INCOMING')
      dana.command('accept')
      await alex.event('CALL_ESTABLISHED')
      await sleep(1_500)
      alex.command('hangup')
      await dana.event('CALL_CLOSED')

      expect(ringing.peeruri).toContain('1001')
      expect(share(await dana.heard(), 440)).toBeGreaterThan(0.5)
      expect(share(await alex.heard(), 1_000)).toBeGreaterThan(0.5)
    })

    it('R-030: a declined call is in voicemail within 2 s', inTurn, async (test) => {
      const { phone } = phonesOf(test)
      const [alex, dana] = await Promise.all([phone('1001', 440), phone('1002', 1_000)])
      alex.command('dial', '1002')
      await dana.event('CALL_INCOMING')
      const declinedAt = Date.now()
      dana.command('hangup')
      await alex.event('CALL_ESTABLISHED')

      expect(Date.now() - declinedAt).toBeLessThan(2_000)
      alex.command('hangup')
    })

    it(
      'R-211: key 4 puts GEN in front of the name on the ringing phone, and support does not',
      inTurn,
      async (test) => {
        const { phone, outsider } = phonesOf(test)
        const [alex, caller] = await Promise.all([phone('1001', 440), outsider('+14255550161')])
        caller.command('dial', system.ready.dids[0] ?? '')
        await caller.event('CALL_ESTABLISHED', 10_000)
        await sleep(800)
        caller.command('sndcode', '4')
        await alex.event('CALL_INCOMING', 10_000)

        expect(alex.output).toMatch(/GEN/)
        caller.command('hangup')
        await alex.event('CALL_CLOSED')
      },
    )

    it('a phone calls outside: the echo number sends its own voice back', inTurn, async (test) => {
      const { phone } = phonesOf(test)
      const alex = await phone('1001', 440)
      alex.command('dial', '2065550101')
      await alex.event('CALL_ESTABLISHED', 10_000)
      await sleep(1_500)
      alex.command('hangup')

      expect(share(await alex.heard(), 440)).toBeGreaterThan(0.4)
    })

    it('international calls are refused in speech', inTurn, async (test) => {
      const { phone } = phonesOf(test)
      const alex = await phone('1001', 440)
      alex.command('dial', '01144205550101')
      await alex.event('CALL_ESTABLISHED', 10_000)
      await alex.event('CALL_CLOSED', 15_000)

      expect((await alex.heard()).some((sample) => Math.abs(sample) > 2_000)).toBe(true)
    })

    it('R-282: without a carrier for it 911 is answered by a spoken warning', inTurn, async (test) => {
      const { phone } = phonesOf(test)
      const alex = await phone('1001', 440)
      alex.command('dial', '911')
      await alex.event('CALL_ESTABLISHED', 10_000)
      await sleep(2_500)
      alex.command('hangup')

      expect((await alex.heard()).some((sample) => Math.abs(sample) > 2_000)).toBe(true)
    })
  })

  describe('a message', { concurrent: true }, () => {
    it(
      'R-029: an unanswered call reaches the greeting after 20 s, and the message is kept when the caller hangs up',
      inTurn,
      async (test) => {
        const { phone } = phonesOf(test)
        const [alex, dana] = await Promise.all([phone('1010', 440), phone('1003', 1_000)])
        alex.command('dial', '1003')
        await dana.event('CALL_INCOMING')
        const began = Date.now()
        await alex.event('CALL_ESTABLISHED', 25_000)
        const seconds = (Date.now() - began) / 1_000
        await leaveMessage(alex)
        await new AccountApi(system).messageFrom('box-1003', '1010')

        expect(seconds).toBeGreaterThan(19)
        expect(seconds).toBeLessThan(21.5)
      },
    )

    it(
      'R-148: *97 plays the message that was just left, and nobody else is let in without the PIN',
      inTurn,
      async (test) => {
        const { phone } = phonesOf(test)
        const [sam, alex] = await Promise.all([phone('1003', 1_000), phone('1010', 440)])
        sam.command('dial', '*97')
        await sam.event('CALL_ESTABLISHED', 10_000)
        await sleep(1_500)
        sam.command('sndcode', '1')
        await sam.hearsTone(440, 1_600)
        sam.command('hangup')
        alex.command('dial', '*971003')
        await alex.event('CALL_ESTABLISHED', 10_000)
        await sleep(1_000)
        for (const digit of '0000#') alex.command('sndcode', digit)
        await sleep(2_500)
        alex.command('hangup')

        expect(millisecondsOf(await sam.heard(), 440)).toBeGreaterThan(1_500)
        expect(millisecondsOf(await alex.heard(), 440)).toBeLessThan(300)
      },
    )

    it('R-151: the message is in the API with its sound, and the call in the history', inTurn, async () => {
      const ask = (path: string) =>
        fetch(`${system.ready.apiUrl}/accounts/${acmeId}/${path}`, {
          headers: { authorization: `Bearer ${system.ready.apiToken}` },
        })
      const listed = (await (await ask('voicemail-boxes/box-1003/messages')).json()) as {
        items: { id: string; durationMs: number; callerNumber?: string }[]
      }
      const [message] = listed.items
      const audio = await ask(`voicemail-boxes/box-1003/messages/${message?.id}/audio`)
      const bytes = new Uint8Array(await audio.arrayBuffer())
      const day = openHours.slice(0, 10)
      const history = (await (await ask(`cdrs?from=${day}T00:00:00.000Z&to=${day}T23:59:59.000Z`)).json()) as {
        items: { to: string; disposition: string }[]
      }

      expect(message?.durationMs).toBeGreaterThan(2_000)
      expect(audio.headers.get('content-type')).toContain('audio/')
      expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('RIFF')
      expect(history.items.find((call) => call.to === '1003')?.disposition).toBe('voicemail')
    })
  })

  describe('callers from outside, and departments', { concurrent: true }, () => {
    it(
      'R-080: an outside caller reaches the open main line, presses 5, and hears the greeting of a box',
      inTurn,
      async (test) => {
        const { outsider } = phonesOf(test)
        const caller = await outsider('+14255550162')
        caller.command('dial', system.ready.dids[0] ?? '')
        await caller.event('CALL_ESTABLISHED', 10_000)
        await sleep(1_000)
        caller.command('sndcode', '5')
        await sleep(3_000)
        caller.command('hangup')

        expect((await caller.heard()).some((sample) => Math.abs(sample) > 2_000)).toBe(true)
      },
    )

    it(
      'R-068: three phones of a group alert within 1 s; the first to answer stops the others within 1 s',
      inTurn,
      async (test) => {
        const { phone, outsider } = phonesOf(test)
        const agents = await Promise.all([phone('1004', 500), phone('1005', 600), phone('1006', 800)])
        const caller = await outsider('+14255550163')
        caller.command('dial', system.ready.dids[0] ?? '')
        await caller.event('CALL_ESTABLISHED', 10_000)
        await sleep(800)
        caller.command('sndcode', '3')
        await Promise.all(agents.map((agent) => agent.event('CALL_INCOMING', 10_000)))
        const answeredAt = Date.now()
        agents[1]?.command('accept')
        await Promise.all([agents[0]?.event('CALL_CLOSED', 1_500), agents[2]?.event('CALL_CLOSED', 1_500)])

        expect(Date.now() - answeredAt).toBeLessThan(1_500)
        await agents[1]?.event('CALL_ESTABLISHED')
        caller.command('hangup')
        await agents[1]?.event('CALL_CLOSED')
      },
    )

    it(
      'an administrator sees how a call sounded at both ends, and its SIP messages without anything secret',
      inTurn,
      async (test) => {
        const { phone } = phonesOf(test)
        const api = new AccountApi(system)
        const [robin, kim] = await Promise.all([phone('1004', 440), phone('1005', 1_000)])
        await api.ask('POST', 'sip-traces', { minutes: 1 })
        robin.command('dial', '1005')
        await kim.event('CALL_INCOMING')
        kim.command('accept')
        await robin.event('CALL_ESTABLISHED')
        await sleep(2_000)
        robin.command('hangup')
        await kim.event('CALL_CLOSED')
        const { callId } = await api.callFrom('1004', Date.parse(openHours))
        await expect
          .poll(async () => (await api.ask<Shown>('GET', `cdrs/${callId}`)).legs, { timeout: 5_000 })
          .toHaveLength(2)
        const { legs } = await api.ask<Shown>('GET', `cdrs/${callId}`)
        const drawn = await (await api.request('GET', `calls/${callId}/ladder.txt`)).text()
        const { messages } = await api.ask<{ messages: { text: string }[] }>('GET', `calls/${callId}/ladder`)

        expect(legs.map(({ role, address, network }) => [role, address, network])).toEqual([
          ['caller', '1004', 'loopback'],
          ['callee', '1005', 'loopback'],
        ])
        for (const { media } of legs) {
          expect(media?.packetsReceived).toBeGreaterThan(50)
          expect(media?.mos).toBeGreaterThan(3.5)
          expect(media?.oneWay).toBeUndefined()
        }
        expect(drawn).toMatch(/1004 \(caller\) +Offhook +1005 \(callee\)/)
        expect(drawn).toMatch(/INVITE.*\n(.*\n)*.*200 OK.*\n(.*\n)*.*BYE/)
        expect(messages.filter(({ text }) => text.startsWith('INVITE')).length).toBeGreaterThanOrEqual(2)
        expect(JSON.stringify(messages)).toContain('Authorization: Digest [redacted]')
        expect(JSON.stringify(messages)).not.toMatch(/response=|inline:/)
      },
    )
  })

  it('prints and keeps what other programs need', () => {
    expect(system.ready.sip.domain).toBe(`${acmeId}.offhook.local`)
    expect(system.ready.extensions).toHaveLength(10)
    expect(system.output()).toContain('911 is NOT available')
  })
})
