import { LoopbackPhone, onFreePorts } from '@offhook/edge/call/testing/loopback-phone.ts'
import { RtpProbe, strengthOf } from '@offhook/edge/media/testing/rtp-probe.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BenchTarget, startBenchTarget } from './bench-target.ts'

describe('the target of load generators', () => {
  let target: BenchTarget
  let phone: LoopbackPhone
  let uas: LoopbackPhone
  const problems: object[] = []

  beforeAll(async () => {
    const nowhere = { host: '127.0.0.1', port: 9 }
    uas = await LoopbackPhone.start({ username: 'uas', edge: nowhere, domain: '127.0.0.1' })
    target = await onFreePorts(() =>
      startBenchTarget({
        listen: '127.0.0.1',
        sipPort: 0,
        rtpPorts: { from: 36_000, to: 36_099 },
        uas: `sip:uas@127.0.0.1:${uas.port}`,
        log: (line) => problems.push(line),
      }),
    )
    phone = await LoopbackPhone.start({
      username: '100000',
      edge: target.edge.addresses.udp ?? nowhere,
      domain: '127.0.0.1',
    })
  }, 60_000)
  afterAll(async () => {
    await phone.close()
    await uas.close()
    await target.close()
  })

  it('has devices from 100000 to 100999 and no others', async () => {
    expect(await phone.register()).toBe(200)
    const last = phone.as('100999')
    expect(await last.register()).toBe(200)
    expect(await phone.as('101000').register()).toBe(401)
  })

  it('echo sends the sound of the caller back', async () => {
    const probe = await RtpProbe.open()

    const { call, answer } = await phone.call('echo', [], probe.offer()).result
    probe.aim(answer ?? '')
    for (let packet = 0; packet < 25; packet += 1) {
      probe.say(800)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const heard = await probe.hears(10)

    expect(Math.max(...heard.map(({ payload }) => strengthOf(payload, 800)))).toBeGreaterThan(0.1)
    call?.hangUp()
    probe.close()
  })

  it('ivr answers and plays', async () => {
    const probe = await RtpProbe.open()

    const { call, answer } = await phone.call('ivr', [], probe.offer()).result
    probe.aim(answer ?? '')
    probe.say(0)

    expect((await probe.hears(25)).length).toBeGreaterThanOrEqual(25)
    call?.hangUp()
    probe.close()
  })

  it('bridge calls the address it was given', async () => {
    const placed = phone.call('bridge')
    const called = uas.answer(await uas.incoming.next())
    const { call } = await placed.result

    call?.hangUp()
    expect(await called.ended.next()).toBe('remote: BYE')
  })

  it('journals every call and brings its record to the table', async () => {
    await expect.poll(() => target.edge.counts().legs).toBe(0)
    await target.journal.applied()

    const day = 86_400_000
    const window = {
      from: new Date(Date.now() - day).toISOString(),
      to: new Date(Date.now() + day).toISOString(),
    }
    const { items } = await target.store.cdrs.list('load', window)
    const ended = Object.fromEntries(items.map(({ to, disposition }) => [to, disposition]))
    expect(items).toHaveLength(3)
    expect(ended).toEqual({ bridge: 'answered', echo: 'answered', ivr: 'completed' })
    expect(problems).toEqual([])
  })

  it('notes beside the record how a call sounded: packets that were lost, and a caller who was not heard', async () => {
    const lossy = await RtpProbe.open()
    const mute = await RtpProbe.open()
    const { call, answer } = await phone.call('echo', [], lossy.offer()).result
    const { call: quiet } = await phone.call('ivr', [], mute.offer()).result
    lossy.aim(answer ?? '')
    // 3 s is what it takes to say that nothing is heard.
    for (let packet = 0; packet < 165; packet += 1) {
      lossy.say(800, 1, { lose: packet % 10 === 5 })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    call?.hangUp()
    quiet?.hangUp()

    const callers = async () => {
      await target.journal.applied()
      const from = new Date(Date.now() - 60_000).toISOString()
      const { items } = await target.store.cdrs.list('load', { from, to: new Date(Date.now() + 60_000).toISOString() })
      const legs = await Promise.all(items.map(({ callId }) => target.store.legs.of('load', callId)))
      return legs
        .flat()
        .filter(({ sipCallId }) => [call?.dialog.sipCallId, quiet?.dialog.sipCallId].includes(sipCallId))
    }
    await expect.poll(async () => (await callers()).length, { timeout: 5_000 }).toBe(2)
    const noted = await callers()
    const sounded = (dialog: typeof call) => noted.find(({ sipCallId }) => sipCallId === dialog?.dialog.sipCallId)

    expect(sounded(call)).toMatchObject({ role: 'caller', address: '100000', reason: 'BYE', endedBy: 'far-end' })
    expect(sounded(call)?.media).toMatchObject({ codec: 'PCMU', packetsReceived: 149, packetsLost: 16 })
    expect(sounded(call)?.media?.lossPercent).toBeCloseTo(9.7, 1)
    expect(sounded(call)?.media?.oneWay).toBeUndefined()
    expect(sounded(call)?.media?.mos).toBeLessThan(4)
    expect(sounded(quiet)?.media).toMatchObject({ oneWay: 'not-heard', packetsReceived: 0 })
    lossy.close()
    mute.close()
  }, 20_000)
})
