/** The guide's worked example, every branch of it, through the real engine (section R). */
import { afterAll, describe, expect, it } from 'vitest'
import { acmeDocuments, acmeMainDid, boxId, callflowId, deviceId } from '../testing/acme.ts'
import { type DrivenCall, drive, type World } from '../testing/drive.ts'

const documents = acmeDocuments()
const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
/** Tuesdays in November, New York: 10:00, 20:00, and 11:00 on a day of special closure (a Thursday). */
const open = '2026-11-24T15:00:00.000Z'
const evening = '2026-11-25T01:00:00.000Z'
const special = '2026-12-24T16:00:00.000Z'

const call = (more: Partial<World> = {}): DrivenCall => drive({ documents, at: open, ...more })
const mainLine = (more: Partial<World> = {}) => call(more).arrive(stranger, acmeMainDid)
/** Greeting, message, accepted: how a caller leaves a message. */
const leaveMessage = (at: DrivenCall) => at.press('').speak(8).press('1')

const startedMs = performance.now()
afterAll(() => {
  // every branch in under 5 s; this file runs in a fraction of one.
  expect(performance.now() - startedMs).toBeLessThan(5_000)
})

describe('the main line', () => {
  it('R-204: 8000 from inside and the DID from outside take the same way', () => {
    const inside = call().arrive({ device: deviceId('1002') }, '8000')
    const outside = mainLine()

    expect(inside.path).toEqual(outside.path)
    expect(inside.path.at(0)).toBe('flow-8000.hours>open')
    expect(inside.state.direction).toBe('internal')
    expect(outside.state.direction).toBe('inbound')
  })

  it.each([
    ['open', open, 'flow-8000.to-open>jump'],
    ['closed in the evening', evening, 'flow-8000.to-closed>jump'],
    ['closed by the special rule', special, 'flow-8000.to-closed>jump'],
  ])('R-205: %s', (_, at, step) => {
    expect(mainLine({ at }).path[1]).toBe(step)
  })

  it('R-205: the special rule wins over the opening hours it falls into', () => {
    expect(mainLine({ at: special }).path[0]).toBe('flow-8000.hours>special')
  })

  it('R-116: the same call at 10:00 and at 20:00 takes two different branches', () => {
    expect(mainLine().path[0]).toBe('flow-8000.hours>open')
    expect(mainLine({ at: evening }).path[0]).toBe('flow-8000.hours>other')
  })

  it('R-206: after hours the caller hears the closed message and leaves one in the general box', () => {
    const closed = leaveMessage(mainLine({ at: evening }))

    expect(closed.heard[0]).toBe('media-closed')
    expect(closed.cdr).toMatchObject({ disposition: 'voicemail', voicemailBoxId: 'box-general' })
    expect(closed.given('file-message')).toMatchObject([{ act: 'commit', boxId: 'box-general' }])
  })
})

describe('the open-hours menu', () => {
  it('R-207: plays its greeting and offers five options', () => {
    expect(mainLine().heard).toEqual(['media-open'])
    expect(['1', '2', '3', '4', '5'].map((key) => mainLine().press(key).path[2])).toEqual([
      'flow-8001.menu>1',
      'flow-8001.menu>2',
      'flow-8001.menu>3',
      'flow-8001.menu>4',
      'flow-8001.menu>5',
    ])
  })

  it('R-207, R-082: silence re-enters the menu', () => {
    const silent = mainLine().press('').press('')

    expect(silent.heard).toEqual(['media-open', 'media-open', 'media-open'])
    expect(silent.path).toContain('flow-8001.again>jump')
  })

  it('R-061, R-082: a caller who stays silent is told and let go after 25 rounds', () => {
    const silent = mainLine()
    for (let round = 0; silent.state.phase === 'deciding' && round < 60; round++) silent.press('')

    expect(silent.state.end).toMatchObject({ by: 'us', reason: 'too many jumps between callflows' })
    expect(silent.heard.at(-1)).toBe('system-problem')
    expect(silent.state.jumps).toBe(25)
  })

  it('R-208, R-254: option 1 is the directory; two names under 364 are read out and one chosen', () => {
    const asked = mainLine().press('1').press('364')
    const chosen = asked.press('2').press('1')

    expect(chosen.path.some((step) => step.startsWith('flow-8001.directory'))).toBe(true)
    expect(chosen.rang.length).toBeGreaterThan(0)
  })

  it("R-257: asking for the chief reaches her assistant's callflow", () => {
    const chief = mainLine().press('1').press('244').press('1')

    expect(chief.state.path.some((step) => step.callflowId === callflowId('1007'))).toBe(true)
    expect(chief.rang.map(({ target }) => target)).toEqual([deviceId('1007')])
  })

  it('R-209: option 2 rings the sales group together', () => {
    const sales = mainLine({ phones: { [deviceId('1003')]: { does: 'answer', afterSeconds: 4 } } }).press('2')

    expect(sales.rang.map(({ target, from }) => [target, Math.round(from)])).toEqual(
      expect.arrayContaining([
        [deviceId('1002'), Math.round(sales.seconds) - 4],
        [deviceId('1003'), Math.round(sales.seconds) - 4],
      ]),
    )
    expect(sales.state.answeredBy?.deviceId).toBe(deviceId('1003'))
  })

  it('R-209: support rings three agents and, when nobody comes, Alex 20 s later', () => {
    const support = mainLine().press('3')
    const began = support.rang[0]?.from ?? 0

    expect(support.rang.slice(0, 3).map(({ target }) => target)).toEqual(['1004', '1005', '1006'].map(deviceId))
    const alex = support.rang.filter(({ target }) => target === deviceId('1001'))
    expect(alex.map(({ from }) => Math.round(from - began))).toEqual([20])
  })

  it.each([
    ['2', 'box-sales'],
    ['3', 'box-support'],
    ['4', 'box-general'],
    ['5', boxId('1001')],
  ])('R-210, R-149: option %s ends at the box %s', (key, box) => {
    const ended = leaveMessage(mainLine().press(key))

    expect(ended.cdr).toMatchObject({ disposition: 'voicemail', voicemailBoxId: box })
  })

  it('R-211: option 4 puts GEN on the phones of a mixed group, Support does not', () => {
    const general = mainLine().press('4')
    const support = mainLine().press('3')

    expect(general.rang.map(({ target }) => target).toSorted()).toEqual(
      [deviceId('1001'), 'browser-1001', deviceId('1007'), deviceId('1008'), deviceId('1009')].toSorted(),
    )
    expect(new Set(general.rang.map(({ name }) => name))).toEqual(new Set(['GEN Pat Caller']))
    expect(new Set(support.rang.map(({ name }) => name))).toEqual(new Set(['Pat Caller']))
    expect(leaveMessage(general).cdr.prefix).toBe('GEN')
  })
})

describe('numbers around it', () => {
  it.each(['8100', '8101', '8199'])('%s says that the service is not available yet', (number) => {
    const asked = call().arrive({ device: deviceId('1002') }, number)

    expect(asked.heard).toEqual(['media-not-available'])
    expect(asked.state.phase).toBe('ended')
  })

  it('R-212: a caller on the active list is refused, one on the idle list is not (R-018)', () => {
    expect(call().arrive({ outside: '+14255550166' }, acmeMainDid).cdr).toMatchObject({
      disposition: 'blocked',
      reason: 'blocked by Nuisance',
    })
    expect(call().arrive({ outside: '+14255550167' }, acmeMainDid).state.phase).toBe('deciding')
  })
})
