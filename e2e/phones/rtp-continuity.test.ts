import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackPhone } from '@offhook/edge/call/testing/loopback-phone.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { continuityOf, longestStallMs, RtpPhone } from '../testing/rtp-phone.ts'
import { MainLine } from './main-line.ts'

let line: MainLine

beforeAll(async () => {
  line = await MainLine.start()
})
afterAll(() => line.stop())

describe('the packets one phone hears in one call', () => {
  it('are one stream, whoever is heard: menu, ringing, a person, hold music, the person again', async (test) => {
    const { system } = line
    const hugo = await line.phonesFor(test).inside('1008', 900)
    const rtp = await RtpPhone.open()
    test.onTestFinished(() => rtp.close())
    const phone = await LoopbackPhone.start({
      username: '1010',
      password: system.passwordOf('1010'),
      edge: { host: system.ready.sip.address, port: system.ready.sip.udpPort },
      domain: system.ready.sip.domain,
    })
    test.onTestFinished(() => phone.close())
    const { call, answer } = await phone.call('8000', [], rtp.offer()).result
    rtp.aim(answer ?? '')
    await sleep(2_000)
    await call?.info('4')
    await hugo.event('CALL_INCOMING')
    await sleep(2_500)
    hugo.command('accept')
    await hugo.event('CALL_ESTABLISHED')
    await sleep(2_000)
    hugo.command('hold')
    await sleep(2_500)
    hugo.command('resume')
    await sleep(1_500)
    const heard = await rtp.heard()
    call?.hangUp()

    const continuity = continuityOf(heard)
    console.log(
      `Figure: ${continuity.packets} packets through five voices, ${continuity.lost} lost, ${continuity.jumps} jumps of time, longest stall ${Math.round(longestStallMs(heard))} ms`,
    )
    expect(continuity).toMatchObject({ sources: 1, lost: 0, disordered: 0, jumps: 0 })
    expect(continuity.packets).toBeGreaterThan(450)
    expect(continuity.driftMs).toBeLessThan(60)
    expect(longestStallMs(heard)).toBeLessThan(50)
    expect(new Set(heard.packets.map(({ payloadType }) => payloadType))).toEqual(new Set([0]))
    expect(new Set(heard.packets.map(({ samples }) => samples))).toEqual(new Set([160]))
  })
})
