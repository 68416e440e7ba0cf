/** The demo company with people at their phones: called from outside, through the simulated carrier, with real phones. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beepHz, callerHz, MainLine } from './main-line.ts'
import { share } from './tones.ts'

let line: MainLine

beforeAll(async () => {
  line = await MainLine.start()
})
afterAll(() => line.stop())

describe('the open main line, with people at their phones', { concurrent: true }, () => {
  it('R-208 R-103 R-252 R-254 R-255: key 1, then 364, names two people; the second one is confirmed, rings, and they talk', async (test) => {
    const phones = line.phonesFor(test)
    const dana = await phones.inside('1002', 1_300)
    const { caller } = await line.greet(phones, '+14255550151')
    await caller.press('1')
    await caller.hears(line.prompt('directory-enter'))
    await caller.press('364')
    await caller.hears(line.prompt('directory-press-1'))
    await caller.hears(line.prompt('directory-press-2'))
    await caller.press('2')
    await caller.hears(line.prompt('directory-confirm'))
    await caller.press('1')
    await dana.event('CALL_INCOMING', 5_000)
    dana.command('accept')
    await dana.event('CALL_ESTABLISHED')
    await Promise.all([caller.hearsTone(1_300, 1_000, 5_000), dana.hearsTone(callerHz, 1_000, 5_000)])
    caller.command('hangup')
    await dana.event('CALL_CLOSED')

    const call = await line.callOf('+14255550151')
    expect(call.answeredBy?.userId).toBe('user-1002')
    expect(call.disposition).toBe('answered')
  })

  it('R-211 R-068: key 4 shows GEN on every kind of member of the mixed group at once; whoever answers talks', async (test) => {
    const phones = line.phonesFor(test)
    const members = await Promise.all([
      phones.inside('1001', 440),
      phones.inside('1007', 900),
      phones.inside('1008', 1_100),
    ])
    const [alex, grace, hugo] = members
    const { caller } = await line.greet(phones, '+14255550152')
    await caller.press('4')
    const rang = await Promise.all(members.map((member) => member.event('CALL_INCOMING', 5_000).then(() => Date.now())))
    for (const member of members) expect(member.output).toContain('GEN')
    hugo?.command('accept')
    await Promise.all([alex?.event('CALL_CLOSED', 1_500), grace?.event('CALL_CLOSED', 1_500)])
    await Promise.all([caller.hearsTone(1_100, 1_000, 5_000), hugo?.hearsTone(callerHz, 1_000, 5_000)])
    caller.command('hangup')
    await hugo?.event('CALL_CLOSED')

    expect(Math.max(...rang) - Math.min(...rang)).toBeLessThan(1_000)
    const call = await line.callOf('+14255550152')
    expect(call.prefix).toBe('GEN')
    expect(call.answeredBy?.userId).toBe('user-1008')
  })

  it('R-077: both phones of a user ring within 1 s, and the other one stops when one is picked up', async (test) => {
    const phones = line.phonesFor(test)
    const device = await line.api.ask<{ id: string; username: string }>('POST', 'devices', {
      type: 'sip-phone',
      name: 'Second phone of Sam',
      ownerId: 'user-1003',
    })
    const { password } = await line.api.ask<{ password: string }>('POST', `devices/${device.id}/password/reveal`)
    const [first, second] = await Promise.all([
      phones.inside('1003', 900),
      phones.inside(device.username, 1_100, { password }),
    ])
    const caller = await phones.inside('1010', callerHz)
    caller.command('dial', '1003')
    const rang = await Promise.all(
      [first, second].map((phone) => phone.event('CALL_INCOMING', 5_000).then(() => Date.now())),
    )
    second.command('accept')
    await first.event('CALL_CLOSED', 1_500)
    await caller.hearsTone(1_100, 1_000, 5_000)
    caller.command('hangup')
    await second.event('CALL_CLOSED')

    expect(Math.max(...rang) - Math.min(...rang)).toBeLessThan(1_000)
  })

  it('R-059 R-065: Play Media plays the file; another one saved over HTTP is what the next call hears', async (test) => {
    await line.api.ask('POST', 'callflows', {
      id: 'flow-8500',
      name: 'Announcement',
      numbers: ['8500'],
      root: 'say',
      nodes: { say: { id: 'say', type: 'play-media', params: { mediaId: 'media-closed' } } },
    })
    const frank = await line.phonesFor(test).inside('1006', callerHz)
    frank.command('dial', '8500')
    await frank.hears(line.clips.closed)
    frank.command('hangup')
    await frank.event('CALL_CLOSED')
    await line.api.change<{ nodes: object }>('callflows/flow-8500', (callflow) => ({
      ...callflow,
      nodes: { say: { id: 'say', type: 'play-media', params: { mediaId: 'media-general' } } },
    }))
    const savedAt = Date.now()
    frank.command('dial', '8500')
    const dialledAfter = Date.now() - savedAt
    await frank.hears(line.clips.general)
    frank.command('hangup')

    expect(dialledAfter).toBeLessThan(2_000)
    expect(share(await frank.heard(), callerHz)).toBeLessThan(0.1)
  })

  it('R-079: Voicemail ends the call at the chosen box: the message is confirmed by a key, stored there, and the PBX hangs up', async (test) => {
    const box = 'box-1006'
    await line.api.ask('POST', 'callflows', {
      id: 'flow-8501',
      name: 'Straight to a box',
      numbers: ['8501'],
      root: 'box',
      nodes: { box: { id: 'box', type: 'voicemail', params: { voicemailBoxId: box } } },
    })
    const eva = await line.phonesFor(test).inside('1004', callerHz)
    eva.command('dial', '8501')
    await eva.hearsTone(beepHz, 200)
    await sleep(3_500)
    await eva.press('#')
    await eva.hears(line.prompt('vm-review'))
    await eva.press('1')
    await eva.hears(line.prompt('vm-saved'))
    await eva.event('CALL_CLOSED', 10_000)

    await line.expectMessage(box, '1004')
    const call = await line.callOf('1004')
    expect(call.endedBy).toBe('us')
    expect(call.path.flatMap(({ nodeId }) => nodeId ?? [])).toEqual(['box'])
  })
})
