/** Section R of the requirements, called: the demo company's main line from outside, through the simulated carrier, with real phones. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beepHz, callerHz, leaveMessage, MainLine, nodesOf } from './main-line.ts'

let line: MainLine

beforeAll(async () => {
  line = await MainLine.start()
})
afterAll(() => line.stop())

describe('the open main line, with departments nobody is at', { concurrent: true }, () => {
  it('R-209 R-210: key 3 rings three agents for 20 s, then Alex; when Alex declines, a message is in the box of Support', async (test) => {
    const phones = line.phonesFor(test)
    const [alex, ...agents] = await Promise.all([
      phones.inside('1001', 440),
      phones.inside('1004', 500),
      phones.inside('1005', 600),
      phones.inside('1006', 800),
    ])
    const { caller } = await line.greet(phones, '+14255550143')
    await caller.press('3')
    await Promise.all(agents.map((agent) => agent.event('CALL_INCOMING', 5_000)))
    const began = Date.now()
    await alex.event('CALL_INCOMING', 25_000)
    const waited = (Date.now() - began) / 1_000
    const shown = alex.output
    alex.command('hangup')
    await leaveMessage(caller)

    expect(waited).toBeGreaterThan(19)
    expect(waited).toBeLessThan(21.5)
    expect(shown).not.toContain('GEN')
    for (const agent of agents) expect(agent.count('CALL_CLOSED')).toBe(1)
    await line.expectMessage('box-support', '+14255550143')
    expect(nodesOf(await line.callOf('+14255550143'))).toEqual(['hours', 'to-open', 'menu', 'support', 'support-alex'])
  })

  it('R-205 R-196: at 17:00 the next caller hears that the office is closed', async (test) => {
    const closing = Date.parse('2026-11-24T22:00:00Z')
    const late = await MainLine.start(new Date(closing - 20_000).toISOString())
    const began = Date.now()
    test.onTestFinished(() => late.stop())
    const phones = late.phonesFor(test)

    const before = await late.callFrom(phones, '+14255550141')
    await before.hears(line.clips.open, { withinMs: 15_000 })
    before.command('hangup')
    await sleep(Math.max(0, began + 21_000 - Date.now()))
    const after = await late.callFrom(phones, '+14255550142')
    await after.hears(line.clips.closed, { withinMs: 15_000 })
    after.command('hangup')
  })

  it('R-205 R-206: on the day of a special closure the message is played, and the general box takes what is said', async (test) => {
    const holiday = await MainLine.start('2026-12-24T16:00:00Z')
    test.onTestFinished(() => holiday.stop())
    const caller = await holiday.callFrom(holiday.phonesFor(test), '+14255550140')
    await caller.hears(line.clips.closed)
    await leaveMessage(caller)

    await holiday.expectMessage('box-general', '+14255550140')
    const call = await holiday.callOf('+14255550140')
    expect(nodesOf(call)).toEqual(['hours', 'to-closed', 'message'])
    expect(call.path.find(({ nodeId }) => nodeId === 'hours')?.exit).toBe('special')
    expect(call.voicemailBoxId).toBe('box-general')
    expect(call.disposition).toBe('voicemail')
  })

  it('R-210: key 2 with nobody at Sales ends in the box of the department', async (test) => {
    const { caller } = await line.greet(line.phonesFor(test), '+14255550144')
    await caller.press('2')
    await leaveMessage(caller)

    await line.expectMessage('box-sales', '+14255550144')
    expect(nodesOf(await line.callOf('+14255550144'))).toEqual(['hours', 'to-open', 'menu', 'sales'])
  })

  it('R-210: key 5 ends in a personal box', async (test) => {
    const { caller } = await line.greet(line.phonesFor(test), '+14255550145')
    await caller.press('5')
    await leaveMessage(caller)

    await line.expectMessage('box-1001', '+14255550145')
  })

  it('R-207 R-082: a silent caller hears the menu again, and may choose then', async (test) => {
    const { caller, at } = await line.greet(line.phonesFor(test), '+14255550146')
    await caller.hears(line.clips.open, { from: at })
    await caller.press('5')
    await leaveMessage(caller)

    await line.expectMessage('box-1001', '+14255550146')
    expect(nodesOf(await line.callOf('+14255550146'))).toEqual(['hours', 'to-open', 'menu', 'again', 'menu'])
  })

  it('R-207: a key that leads nowhere brings the menu again', async (test) => {
    const { caller, at } = await line.greet(line.phonesFor(test), '+14255550147')
    await caller.press('9')
    const again = await caller.hears(line.clips.open, { from: at })
    await caller.press('#')
    await caller.hears(line.clips.open, { from: again })
    caller.command('hangup')

    expect(nodesOf(await line.callOf('+14255550147'))).toEqual(['hours', 'to-open', 'menu', 'again', 'menu', 'again'])
  })

  it('R-204: 8000 from inside and the number from outside take the same way', async (test) => {
    const phones = line.phonesFor(test)
    const ines = await phones.inside('1009', callerHz)
    ines.command('dial', '8000')
    await ines.hears(line.clips.open)
    await ines.press('5')
    await ines.hearsTone(beepHz, 200)
    ines.command('hangup')
    const { caller } = await line.greet(phones, '+14255550148')
    await caller.press('5')
    await caller.hearsTone(beepHz, 200)
    caller.command('hangup')

    const [inside, outside] = [await line.callOf('1009'), await line.callOf('+14255550148')]
    expect(nodesOf(inside)).toEqual(nodesOf(outside))
    expect(nodesOf(inside)).toEqual(['hours', 'to-open', 'menu'])
    expect([inside.voicemailBoxId, outside.voicemailBoxId]).toEqual(['box-1001', 'box-1001'])
    expect([inside.direction, outside.direction]).toEqual(['internal', 'inbound'])
  })

  it('R-257: who asks the directory for the chief reaches the assistant', async (test) => {
    const phones = line.phonesFor(test)
    const grace = await phones.inside('1007', 900)
    const { caller } = await line.greet(phones, '+14255550149')
    await caller.press('1')
    await caller.hears(line.prompt('directory-enter'))
    await caller.press('227')
    await caller.hears(line.prompt('directory-confirm'))
    await caller.press('1')

    await grace.event('CALL_INCOMING', 5_000)
    caller.command('hangup')
    await grace.event('CALL_CLOSED')
  })

  it('R-256: three names nobody has, and the caller is back at the menu', async (test) => {
    const { caller, at } = await line.greet(line.phonesFor(test), '+14255550150')
    await caller.press('1')
    await caller.hears(line.prompt('directory-enter'))
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await caller.press('999')
      const from = (await caller.heard()).length
      await caller.hears(line.prompt('directory-no-match'), { from })
    }
    await caller.press('999')
    await caller.hears(line.clips.open, { from: at })
    caller.command('hangup')

    expect(nodesOf(await line.callOf('+14255550150'))).toEqual(['hours', 'to-open', 'menu', 'directory', 'again'])
  })
})
