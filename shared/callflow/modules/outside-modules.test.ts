/** Pivot, Webhook and the two carriers, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { acmeMainDid, deviceId } from '../../testing/acme.ts'
import { acmeWith, type Changes, callflowOf, dialAcme as dial } from '../../testing/acme-with.ts'
import { type DrivenCall, drive, type World } from '../../testing/drive.ts'
import { revisionOf } from '../account-revision.ts'
import { answerableModules, answeredNodesMax, readAnswer } from '../answered-callflow.ts'
import { callBounds } from '../call-state.ts'
import { findModule } from '../modules/index.ts'
import { replay } from '../trace.ts'

const stranger = { outside: '+14255550163', name: 'Pat' } as const
const url = 'https://steps.acme.example/next'
const pivot = { type: 'pivot', params: { url, data: [{ name: 'shop', value: '7' }] } }
const closed = { type: 'play-media', params: { mediaId: 'media-closed' } }
const asks = { ...callflowOf('7000', [{ ...pivot, exits: { failed: 'n2' } }, closed]) }

const answer = (call: DrivenCall, more: object): DrivenCall =>
  call.feed({ type: 'answered-url', id: call.state.asked?.id, ...more })
const steps = (root: string, nodes: object) => ({ text: JSON.stringify({ callflow: { root, nodes } }) })
const asked = (changes: Changes = asks) => dial('7000', changes, {}, stranger)

describe('Pivot', () => {
  it('the URL is told who calls whom, where the call is, and what the administrator added', () => {
    const [question] = asked().given('ask-url')

    expect(question).toMatchObject({
      url,
      id: 'call/2/0',
      signedFor: { callflowId: 'flow-7000', nodeId: 'n1', keyVersion: 1 },
      body: {
        event: 'pivot',
        callId: 'call',
        callflowId: 'flow-7000',
        nodeId: 'n1',
        direction: 'inbound',
        dialled: '7000',
        caller: { anonymous: false, number: '+14255550163', name: 'Pat' },
        answered: false,
        data: { shop: '7' },
      },
    })
  })

  it('a caller who withholds the number has none for the URL either', () => {
    const [question] = dial('7000', asks, {}, { anonymous: true }).given('ask-url')

    expect(question?.body.caller).toEqual({ anonymous: true })
  })

  it('the steps of the answer are taken in the call, menus and all, and are in its record', () => {
    const call = answer(
      asked(),
      steps('ask', {
        ask: { type: 'collect-digits', params: { digitsMax: 2 }, exits: { next: 'by', 'no-digits': 'bye' } },
        by: {
          type: 'branch',
          params: { variable: 'digits', branches: [{ exit: 'yes', value: '42' }] },
          exits: { yes: 'ring', other: 'bye' },
        },
        ring: { type: 'user', params: { userId: 'alex' } },
        bye: { type: 'hang-up' },
      }),
    ).press('13')

    expect(call.path).toEqual([
      'flow-7000.n1>answered',
      'answer-1.ask>next',
      'answer-1.by>other',
      ...call.path.slice(3),
    ])
    expect(call.cdr.disposition).toBe('completed')
    expect(call.state.brought).toBeUndefined()
  })

  it('R-293: a call that a URL decided replays from its record to the byte', () => {
    const call = answer(asked(), steps('say', { say: { type: 'text-to-speech', params: { text: 'Hello.' } } }))
    const { log } = call.state

    const again = replay(revisionOf(call.state.accountId, 1, acmeWith(asks), 'absent'), log)

    expect(again.flatMap(({ commands }) => commands)).toEqual(call.commands)
    expect(again.at(-1)?.state).toEqual(call.state)
  })

  it('a callflow of the account that the answer names takes over, without return', () => {
    const to = { ...asks, ...callflowOf('7001', [{ type: 'play-media', params: { mediaId: 'media-open' } }]) }
    const call = answer(asked(to), { text: '{"callflowId":"flow-7001"}' })

    expect(call.heard).toEqual(['media-open'])
  })

  it.each([
    ['no answer within 2 seconds', { problem: 'no answer within 2 seconds' }],
    ['it is no JSON', { text: '<html>' }],
    ['give either', { text: '{}' }],
    ['nested', { text: `${'['.repeat(30_000)}${']'.repeat(30_000)}` }],
    ['nodes.a.type: There is no module magic|cannot use magic', steps('a', { a: { type: 'magic' } })],
    ['cannot use do-not-disturb', steps('a', { a: { type: 'do-not-disturb' } })],
    ['cannot use check-voicemail', steps('a', { a: { type: 'check-voicemail' } })],
    ['There is no module constructor', steps('a', { a: { type: 'sleep', exits: { next: 'constructor' } } })],
    ['There is no module __proto__|root', steps('__proto__', {})],
    ['no way out called maybe', steps('a', { a: { type: 'sleep', exits: { maybe: 'a' } } })],
    ['leads back', steps('a', { a: { type: 'sleep', exits: { next: 'a' } } })],
    ['nodes.a.params', steps('a', { a: { type: 'menu', params: { menuId: 7 } } })],
    [
      'more than 50',
      steps('n0', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`n${n}`, { type: 'sleep' }]))),
    ],
    ['callflow nowhere that is not there', { text: '{"callflowId":"nowhere"}' }],
    ['either', { text: '{"callflowId":"a","callflow":{"root":"a","nodes":{}}}' }],
  ])('an answer that cannot be followed leaves by failed: %s', (why, said) => {
    const call = answer(asked(), said)

    expect(call.path[0]).toBe('flow-7000.n1>failed')
    expect(call.reasons.join(' ')).toMatch(new RegExp(why))
    expect(call.heard).toEqual(['media-closed'])
  })

  it('what an answer brings asks in the name of the module that was placed, and not without end', () => {
    const again = steps('more', { more: { type: 'pivot', params: { url, keyVersion: 9 } } })
    let call = asked()
    for (let times = 0; times < callBounds.urlQuestions; times += 1) call = answer(call, again)

    expect(call.given('ask-url')).toHaveLength(callBounds.urlQuestions)
    expect(new Set(call.given('ask-url').map(({ signedFor }) => JSON.stringify(signedFor))).size).toBe(1)
    expect(new Set(call.given('ask-url').map(({ id }) => id)).size).toBe(callBounds.urlQuestions)
    expect(call.reasons.at(-1)).toBe('this call has asked URLs 10 times')
    expect(call.state.phase).toBe('ended')
  })

  it('answers that are too much for one call are not followed', () => {
    const padded = steps('more', {
      more: { type: 'pivot', params: { url } },
      pad: { type: 'text-to-speech', params: { text: 'x'.repeat(999) }, comment: 'y'.repeat(500) },
    })
    const big = { text: padded.text + ' '.repeat(40_000) }
    const call = answer(answer(asked(), big), big)

    expect(call.reasons.at(-1)).toContain('too much')
  })

  it('a caller who hangs up while the URL thinks ends the call, and a late answer changes nothing', () => {
    const call = asked().hangUp()
    const { state } = call

    answer(call, steps('a', { a: { type: 'hang-up' } }))

    expect(call.state).toEqual(state)
    expect(call.cdr).toMatchObject({ disposition: 'cancelled', endedBy: 'caller' })
  })

  it('an answer that comes twice is taken once', () => {
    const call = answer(asked(), steps('say', { say: { type: 'collect-digits' } }))
    const event = call.state.log.find(({ type }) => type === 'answered-url')
    const given = call.commands.length

    call.feed(event ?? {})

    expect(call.commands).toHaveLength(given)
  })

  it('every module an answer may use is one there is', () => {
    for (const type of answerableModules) expect(findModule(type)?.type).toBe(type)
    expect(answeredNodesMax).toBe(50)
    expect(readAnswer('null')).toHaveProperty('problem')
  })
})

describe('Webhook', () => {
  const tells = callflowOf('7000', [{ type: 'webhook', params: { url } }, closed])

  it('the URL is told and the call goes on in the same turn', () => {
    const call = asked(tells)

    expect(call.types).toEqual(['tell-url', 'look-up', 'play', 'hang-up'])
    expect(call.given('tell-url')).toMatchObject([{ url, body: { event: 'webhook', callId: 'call', dialled: '7000' } }])
  })

  it('it does not answer the caller', () => {
    const call = asked(callflowOf('7000', [{ type: 'webhook', params: { url } }, { type: 'response' }]))

    expect(call.state.answered).toBe(false)
  })
})

describe.each([
  ['account-carrier', 'account'],
  ['global-carrier', 'installation'],
] as const)('%s', (type, carrier) => {
  const branches = { busy: 'n2', 'no-answer': 'n2', declined: 'n2', unavailable: 'n2', failed: 'n3' }
  const open = { type: 'play-media', params: { mediaId: 'media-open' }, exits: {} }
  const calls = (params: object = {}) => callflowOf('7000', [{ type, params, exits: branches }, open, closed])
  const target = (call: DrivenCall) => call.given('ring')[0]?.plan.legs[0]?.target
  const dialled = (params: object, world: Partial<World> = {}) => dial('7000', calls(params), world)

  it('calls the number over its trunks, showing the identity for outside calls', () => {
    const call = dialled({ number: '2065550101' }, { phones: { '+12065550101': { does: 'answer' } } })

    expect(target(call)).toMatchObject({ kind: 'trunk', carrier, number: '+12065550101', deviceId: deviceId('1002') })
    expect(call.given('ring')[0]?.callerId.number).toMatch(/^\+1/)
    expect(call.state).toMatchObject({ phase: 'talking', outside: true })
  })

  it('calls what was dialled, without the digits the pattern leaves out', () => {
    const changes = {
      ...callflowOf('7000', [{ type, params: {} }]),
      'routing/account': { patterns: [{ pattern: '^8(\\d{10})$', callflowId: 'flow-7000' }] },
    }

    expect(target(dial('82065550101', changes))).toMatchObject({ number: '+12065550101' })
  })

  it('a call from outside keeps its caller where that is asked for', () => {
    const shown = (show: string) =>
      dial('7000', calls({ number: '2065550101', show }), {}, stranger).given('ring')[0]?.callerId.number

    expect(shown('caller')).toBe('+14255550163')
    expect(shown('external')).not.toBe('+14255550163')
  })

  it.each([
    ['be-busy', 'busy'],
    ['decline', 'declined'],
    ['nothing', 'no-answer'],
  ] as const)('a called party who does “%s” is left by %s', (does, exit) => {
    const call = dialled({ number: '2065550101' }, { phones: { '+12065550101': { does } } })

    expect(call.path[0]).toBe(`flow-7000.n1>${exit}`)
    expect(call.heard).toEqual(['media-open'])
  })

  it('R-030: without a branch for it, busy is what the caller hears', () => {
    const changes = callflowOf('7000', [{ type, params: { number: '2065550101' } }])
    const call = dial('7000', changes, { phones: { '+12065550101': { does: 'be-busy' } } })

    expect(call.cdr.disposition).toBe('busy')
    expect(call.given('hang-up')).toMatchObject([{ cause: 'busy' }])
  })

  it('help comes before any carrier', () => {
    const call = dialled({ number: '911' })

    expect(target(call)).toMatchObject({ kind: 'trunk', emergency: {} })
    expect(call.state.traits.emergency).toBe(true)
  })

  it.each([
    ['denied by the account', { number: '011442079460000' }],
    ['a number of this account', { number: acmeMainDid }],
    ['no outside number', { number: '4711' }],
    ['variable digits not set', { numberVariable: 'digits' }],
  ])('what is %s is not called', (why, params) => {
    const call = dialled(params)

    expect(call.given('ring')).toEqual([])
    expect(call.path[0]).toBe('flow-7000.n1>failed')
    expect(call.reasons.join(' ')).toContain(why)
    expect(call.heard).toEqual(['media-closed'])
  })

  it('an outside caller cannot reach help of another place through it', () => {
    expect(dial('7000', calls({ number: '911' }), {}, stranger).path[0]).toBe('flow-7000.n1>failed')
  })

  it('the cap on outside calls holds', () => {
    const call = dialled({ number: '2065550101' }, { facts: { 'account/account': { outboundUp: 20 } } })

    expect(call.reasons.join(' ')).toContain('outside call cap')
  })

  it('a caller who hangs up while it rings stops the ringing, and its end comes too late', () => {
    const world = { documents: acmeWith(calls({ number: '2065550101' })) }
    const call = drive(world)
    call.arrive(stranger, '7000')
    const rung = call.given('ring').length
    call.hangUp()

    expect(rung).toBe(1)
    expect(call.state.phase).toBe('ended')
  })
})
