import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { singletonId } from '../../model/document.ts'
import { type DrivenCall, drive, type From } from '../../testing/drive.ts'
import { type KeptMessage, Mailbox } from '../../testing/mailbox.ts'
import { documentsOf } from '../../testing/run-example.ts'
import { revisionOf } from '../account-revision.ts'
import { withoutSecrets } from '../cdr.ts'
import { replay } from '../trace.ts'
import { CallEvent } from '../vocabulary.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 200)
const outside: From = { outside: '+14255550163' }
const desk: From = { device: 'desk' }
const lobby: From = { device: 'lobby' }

/** An account with one box: dialled 2000 leaves a message, 2001 checks it, 2002 asks which box. */
function account(box: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Map<string, unknown> {
  const answers = (id: string, number: string, type: string, params: Record<string, unknown>) => ({
    [`callflow/${id}`]: { numbers: [number], root: 'a', nodes: { a: { id: 'a', type, params } } },
    [`number-route/n${number}`]: { number, callflowId: id },
  })
  return documentsOf({
    [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
    [`routing/${singletonId}`]: {},
    ...answers('leave', '2000', 'voicemail', { voicemailBoxId: 'box' }),
    ...answers('check', '2001', 'check-voicemail', { voicemailBoxId: 'box' }),
    ...answers('which', '2002', 'check-voicemail', {}),
    ...answers('operator', '1009', 'hang-up', {}),
    'user/alex': { firstName: 'Alex' },
    'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk', ownerId: 'alex' },
    'device/lobby': { type: 'sip-phone', name: 'Lobby', username: 'lobby' },
    'ownership/alex': { deviceIds: ['desk'], voicemailBoxIds: ['box', 'other'] },
    'voicemail-box/box': { name: 'Alex', number: '1001', ownerId: 'alex', pin: '4711', isSetUp: true, ...box },
    'mailbox-route/1001': { voicemailBoxId: 'box' },
    ...more,
  })
}

const leave = (
  box: Record<string, unknown> = {},
  fact: Record<string, unknown> = {},
  from: From = outside,
): DrivenCall => drive({ documents: account(box), facts: { 'voicemail-box/box': fact } }).arrive(from, '2000')

describe('the greeting of a box', () => {
  const generic = ['vm-person', '1001', 'vm-not-available']
  it.each([
    ['R-150: by its number where it has none', {}, {}, generic],
    ['R-150: its own', { greeting: 'own' }, {}, ['own']],
    ['its own as recorded by phone before as saved', { greeting: 'own' }, { greetingKey: 'phone.wav' }, ['phone.wav']],
    ['the temporary one before its own', { greeting: 'own', temporaryGreeting: 'away' }, {}, ['away']],
    [
      'the temporary one as recorded by phone',
      { temporaryGreeting: 'away' },
      { temporaryGreetingKey: 't.wav' },
      ['t.wav'],
    ],
    [
      'its own again once the temporary one was deleted by phone',
      { greeting: 'own', temporaryGreeting: 'away' },
      { temporaryGreetingKey: '' },
      ['own'],
    ],
    ['by the recorded name', {}, { nameKey: 'name.wav' }, ['name.wav', 'vm-not-available']],
    ['by the name as saved', { recordedName: 'alex' }, {}, ['alex', 'vm-not-available']],
    [
      'R-152: as saved once what was recorded is filed: whoever saves last is heard',
      { greeting: 'own' },
      { greetingKey: 'phone.wav', greetingRevision: 1 },
      ['own'],
    ],
    [
      'R-152: as recorded where the call began before it was filed',
      { greeting: 'own' },
      { greetingKey: 'phone.wav', greetingRevision: 2 },
      ['phone.wav'],
    ],
    [
      'a temporary one saved after it was deleted by phone',
      { temporaryGreeting: 'away' },
      { temporaryGreetingKey: '', temporaryGreetingRevision: 1 },
      ['away'],
    ],
    ['R-150: none where it is skipped', { skipGreeting: true, greeting: 'own' }, {}, []],
  ])('%s', (_, box, fact, wanted) => {
    expect(leave(box, fact).heard).toEqual([...wanted, 'vm-record-message'])
  })

  it('R-150: the instructions can be skipped', () => {
    expect(leave({ skipInstructions: true }).heard).toEqual(generic)
  })
})

describe('leaving a message', () => {
  it('R-153: is bounded by the box', () => {
    expect(leave({ messageSecondsMax: 42 }).press('').given('record')[0]).toMatchObject({ secondsMax: 42 })
  })

  it('R-153: hanging up keeps what was said: the object is made while one speaks, and the call counts as a voicemail', () => {
    const call = leave().press('').hangUp()

    expect(call.given('record')[0]?.prefix).toBe('voicemail/acme/box/call/')
    expect(call.given('file-message')).toEqual([])
    expect(call.cdr).toMatchObject({ disposition: 'voicemail', voicemailBoxId: 'box', endedBy: 'caller' })
  })

  it('a message that was kept ends the call as voicemail', () => {
    const call = leave().press('').speak(8).press('1')

    expect(call.given('file-message')).toMatchObject([
      { act: 'commit', objectKey: 'voicemail/acme/box/call/1.wav', durationMs: 8_000 },
    ])
    expect(call.cdr).toMatchObject({ disposition: 'voicemail', endedBy: 'us' })
  })

  it('a caller who is asked four times and says nothing has left the message', () => {
    const call = leave().press('').speak(8).press('').press('5').press('').press('')

    expect(call.given('file-message')).toMatchObject([{ act: 'commit' }])
    expect(call.state.phase).toBe('ended')
  })

  it('what was recorded first is dropped when it is recorded again', () => {
    const call = leave().press('').speak(8).press('3').speak(5).press('1')

    expect(call.given('file-message').map(({ act }) => act)).toEqual(['discard', 'commit'])
  })

  it('zero calls the operator of the box, keeping what was said; without one it is a key like any other', () => {
    const kept = leave({ operatorNumber: '1009' }).press('').speak(8).press('0')

    expect(kept.given('file-message')).toMatchObject([{ act: 'commit' }])
    expect(kept.path.at(-1)).toMatch(/^operator\.a/)
    expect(leave({ operatorNumber: '1009' }).press('0').path.at(-1)).toMatch(/^operator\.a/)
    expect(leave().press('0').types.at(-1)).toBe('record')
  })

  it.each([
    ['full', {}, { newCount: 60, savedCount: 40 }, 'voicemail box is full'],
    ['announcement-only', { announcementOnly: true }, {}, 'announcement heard'],
  ])('a box that is %s takes nothing, but its owner can still log in with star', (_, box, fact, reason) => {
    const nothing = leave(box, fact).press('')

    expect(nothing.types).not.toContain('record')
    expect(nothing.cdr).toMatchObject({ disposition: 'completed', reason })
    expect(leave(box, fact).press('*').heard.at(-1)).toBe('vm-enter-pin')
  })

  it('R-150: an owner who calls the box is logged in, unless it is set not to', () => {
    expect(leave({}, {}, desk).heard).toEqual(['vm-no-messages', 'vm-main-menu'])
    expect(leave({ autoLogIn: false }, {}, desk).heard).toContain('vm-record-message')
    expect(leave({ autoLogIn: false, announcementOnly: true }, {}, desk).heard).toContain('vm-main-menu')
  })

  it('R-150: nobody but the owner, from a phone of theirs, is: a caller sent here by a forward leaves a message', () => {
    expect(leave({}, {}, outside).heard).toContain('vm-record-message')
    expect(leave({}, {}, lobby).heard).toContain('vm-record-message')
  })

  it('R-147: a box of nobody takes messages too', () => {
    expect(leave({ ownerId: undefined }, {}, desk).heard).toContain('vm-record-message')
  })
})

const check = (
  box: Record<string, unknown> = {},
  fact: Record<string, unknown> = {},
  from: From = outside,
  at?: string,
) =>
  drive({ documents: account(box), facts: { 'voicemail-box/box': fact }, ...(at === undefined ? {} : { at }) }).arrive(
    from,
    '2001',
  )

describe('the door of a box', () => {
  it('R-148: several people with the PIN hear one shared box', () => {
    for (const from of [outside, lobby, desk])
      expect(check({ ownerId: undefined }, {}, from).press('4711').heard.at(-1)).toBe('vm-main-menu')
  })

  it('R-150: a PIN set by phone stands over the saved one', () => {
    expect(check({}, { pin: '2468' }).press('4711').heard).toContain('vm-fail')
    expect(check({}, { pin: '2468' }).press('2468').heard).toContain('vm-main-menu')
  })

  it('R-150: the owner is asked too where the box requires it', () => {
    expect(check({ requirePin: true }, {}, desk).heard).toEqual(['vm-enter-pin'])
    expect(check({}, {}, desk).heard).toContain('vm-main-menu')
  })

  it('a box without a PIN is closed to colleagues', () => {
    expect(check({ pin: undefined }, {}, lobby).heard).toEqual(['vm-no-access'])
  })

  it('nine wrong PINs over three calls lock the box for half an hour and tell people', () => {
    const mailbox = new Mailbox('box', [])
    const world = { documents: account(), live: mailbox.live, told: mailbox.told }
    const failing = () => drive(world).arrive(outside, '2001').press('1').press('2').press('3')

    failing()
    failing()
    const third = failing()
    expect(third.given('notify')).toMatchObject([{ what: 'alert', text: expect.stringContaining('1001') }])
    expect(third.heard.at(-1)).toBe('vm-locked')

    expect(drive(world).arrive(outside, '2001').heard).toEqual(['vm-locked'])
    expect(drive(world).arrive(desk, '2001').heard).toContain('vm-main-menu')
    const later = drive({ ...world, at: '2026-11-24T15:45:00.000Z' })
      .arrive(outside, '2001')
      .press('4711')
    expect(later.heard).toContain('vm-main-menu')
    expect(mailbox.fact).toMatchObject({ pinFailures: 0 })
  })

  it('three wrong PINs end one call', () => {
    const call = check().press('1').press('2').press('')

    expect(call.heard).toEqual(['vm-enter-pin', 'vm-fail', 'vm-enter-pin', 'vm-fail', 'vm-enter-pin', 'vm-goodbye'])
    expect(call.cdr.reason).toBe('not let into the box')
  })

  it('PINs stand in no record that people see, and the record replays all the same', () => {
    const documents = account()
    const call = drive({ documents })
      .arrive(outside, '2002')
      .press('1001')
      .press('9999')
      .press('4711')
      .press('5')
      .press('3')
      .press('8642')
      .press('8642')
      .hangUp()
    const eventLog = call.cdr.eventLog ?? ''

    const shown = withoutSecrets(eventLog)
    for (const pin of ['9999', '4711', '8642']) expect(shown).not.toContain(`"${pin}"`)
    expect(shown).toContain('"1001"')
    const log = z.array(CallEvent).parse(JSON.parse(eventLog))
    expect(replay(revisionOf('acme', 1, documents, 'absent'), log).at(-1)?.state).toMatchObject({
      end: call.state.end,
      path: call.state.path,
    })
  })

  it('strangers cannot tell a box that exists from one that does not, nor one without a PIN', () => {
    const conversation = (box: Record<string, unknown>, number: string) =>
      drive({ documents: account(box) })
        .arrive(outside, '2002')
        .press(number)
        .press('1')
        .press('2')
        .press('3').heard

    const known = conversation({}, '1001')
    expect(conversation({}, '9999')).toEqual(known)
    expect(conversation({ pin: undefined }, '1001')).toEqual(known)
  })

  it('R-150: the first time, the owner sets a PIN and records name and greeting; whoever hangs up before is asked again', () => {
    const call = check({ pin: undefined, isSetUp: false }, {}, desk)
    expect(call.heard).toEqual(['vm-setup-intro', 'vm-enter-new-pin'])

    call.press('4812').press('4812').speak(2)
    expect(call.given('change').map(({ set }) => set.isSetUp)).toEqual([undefined])
    call.press('1').speak(4).press('1')

    expect(call.given('change').map(({ set }) => set)).toMatchObject([
      { pin: '4812' },
      { nameKey: 'media/acme/voicemail-name-box/call/1.wav' },
      { greetingKey: 'media/acme/voicemail-greeting-box/call/1.wav' },
      { isSetUp: true },
    ])
    expect(call.heard).toContain('vm-setup-complete')
  })

  it.each([
    ['of fewer than four digits', '123'],
    ['of one digit over and over', '7777'],
    ["that is the box's number", '1001'],
    ['that is not entered twice alike', '4812'],
  ])('R-150: a PIN %s is refused', (_, pin) => {
    const call = check({}, {}, desk).press('5').press('3').press(pin)
    if (call.heard.at(-1) === 'vm-enter-new-pin-again') call.press('4813')

    expect(call.heard.slice(-2)).toEqual(['vm-pin-invalid', 'vm-enter-new-pin'])
    expect(call.given('change')).toEqual([])
  })
})

describe('what was set by phone and what is saved', () => {
  it.each([
    ['by phone until it is filed', { pin: '2468', pinRevision: 0 }, '2468'],
    ['by phone for a call that began before it was filed', { pin: '2468', pinRevision: 2 }, '2468'],
    ['as saved from then on: a PIN an administrator sets is the PIN', { pin: '2468', pinRevision: 1 }, '4711'],
  ])('R-150: the PIN is that %s', (_, fact, pin) => {
    expect(check({}, fact).press(pin).heard.at(-1)).toBe('vm-main-menu')
    expect(check({}, fact).press(pin === '4711' ? '2468' : '4711').heard).toContain('vm-fail')
  })

  it('R-150: a box that an administrator says is not set up is set up again', () => {
    expect(check({ isSetUp: false }, { isSetUp: true, isSetUpRevision: 1 }, desk).heard).toContain('vm-setup-intro')
    expect(check({ isSetUp: false }, { isSetUp: true, isSetUpRevision: 0 }, desk).heard).toContain('vm-main-menu')
  })

  it('R-150: nobody changes a box by phone whose settings are locked', () => {
    const call = check({ configurable: false, isSetUp: false }, {}, desk)
    expect(call.heard.at(-1)).toBe('vm-main-menu-not-configurable')

    call.press('5').press('1').press('#')

    expect([call.given('change'), call.given('record')]).toEqual([[], []])
  })

  it('key 6 lets a box take no messages, and take them again', () => {
    const call = check({}, {}, desk).press('5').press('6').press('6')

    expect(call.given('change').map(({ set }) => set.announcementOnly)).toEqual([true, false])
    expect(call.heard).toEqual(expect.arrayContaining(['vm-announcement-on', 'vm-announcement-off']))
    expect(leave({}, { announcementOnly: true }).types).not.toContain('record')
    expect(leave({ announcementOnly: true }, { announcementOnly: false }).press('').types).toContain('record')
  })

  it.each([
    ['7', 'greeting', { greeting: 'own' }, { greetingKey: '' }],
    ['8', 'name', { recordedName: 'alex' }, { nameKey: '' }],
  ])('key %s deletes the %s, and callers hear the one by number', (key, _, saved, fact) => {
    expect(check({}, {}, desk).press('5').press(key).given('change')[0]?.set).toMatchObject(fact)
    expect(leave(saved, fact).heard[0]).toBe('vm-person')
  })

  it('a greeting that nobody confirms is not kept', () => {
    const call = check({}, {}, desk).press('5').press('1').speak(6).press('').press('9').press('').press('')

    expect(call.given('change')).toEqual([])
    expect(call.cdr.reason).toBe('finished with voicemail')
  })
})

describe('a full box', () => {
  const full = { newCount: 60, savedCount: 40 }

  it('tells its owner and its list, once a day', () => {
    const box = { notifyEmails: ['team@acme.example'] }
    const told = leave(box, full)
    const later = (fullToldAt: string) => leave(box, { ...full, fullToldAt }).given('notify')

    expect(told.given('notify')).toMatchObject([
      { what: 'mailbox-full', to: ['team@acme.example'], text: expect.stringContaining('Alex (1001) is full') },
    ])
    expect(told.given('change')).toMatchObject([{ set: { fullToldAt: expect.stringMatching(/^2026-11-24T15:00/) } }])
    expect(later('2026-11-23T16:00:00.000Z')).toEqual([])
    expect(later('2026-11-23T14:00:00.000Z')).toHaveLength(1)
  })

  it('of nobody with an address tells nobody, and one that is not full neither', () => {
    expect(leave({}, full).given('notify')).toEqual([])
    expect(leave({ notifyEmails: ['a@b.example'] }, { newCount: 99 }).given('notify')).toEqual([])
  })
})

describe('the settings of a box', () => {
  it.each([
    ['1', 'greetingKey', 'media/acme/voicemail-greeting-box/call/1.wav'],
    ['2', 'nameKey', 'media/acme/voicemail-name-box/call/1.wav'],
    ['4', 'temporaryGreetingKey', 'media/acme/voicemail-temporary-box/call/1.wav'],
  ])('key %s records what becomes the %s', (key, field, objectKey) => {
    const call = check({}, {}, desk).press('5').press(key).speak(4).press('2').press('1')

    expect(call.given('change').map(({ set }) => set)).toMatchObject([{ [field]: objectKey }])
    expect(call.heard).toContain('greeting-saved')
  })

  it('R-153: a caller who asks for an operator that nobody answers for leaves a message', () => {
    expect(leave({ operatorNumber: '1234' }).press('0').types.at(-1)).toBe('record')
  })

  it('key 5 deletes the temporary greeting', () => {
    expect(
      check({}, {}, desk)
        .press('5')
        .press('5')
        .given('change')
        .map(({ set }) => set),
    ).toMatchObject([{ temporaryGreetingKey: '' }])
  })

  it('a slip of the finger is no greeting', () => {
    expect(check({}, {}, desk).press('5').press('1').speak(1).heard.at(-2)).toBe('recording-too-short')
  })

  it('four silent or wrong keys are good-bye', () => {
    const call = check({}, {}, desk).press('').press('8').press('').press('9')

    expect(call.cdr).toMatchObject({ disposition: 'completed', reason: 'finished with voicemail' })
  })
})

const messages = (...folders: KeptMessage['folder'][]): KeptMessage[] =>
  folders.map((folder, index) => ({
    id: `m${index}`,
    folder,
    at: '2026-11-24T19:05:00Z',
    callerNumber: '+14255550163',
  }))
const hearing = (mailbox: Mailbox, box: Record<string, unknown> = {}, from: From = desk) =>
  drive({ documents: account({ skipEnvelope: true, ...box }), live: mailbox.live, told: mailbox.told }).arrive(
    from,
    '2001',
  )
/** Ids of the messages that were played. */
const played = (call: DrivenCall): string[] =>
  call.heard.flatMap((part) => /^voicemail\/acme\/box\/(m\d+)\.wav$/.exec(part)?.[1] ?? [])

describe('hearing messages', () => {
  it('says how many there are', () => {
    expect(hearing(new Mailbox('box', messages('new', 'new', 'saved'))).heard[0]).toBe(
      'You have 2 new messages and 1 saved message.',
    )
  })

  it('goes through them, keeping and deleting, and says when there are no more', () => {
    const mailbox = new Mailbox('box', messages('new', 'new', 'new', 'saved'))
    const call = hearing(mailbox).press('1').press('1').press('7').press('6')

    expect(played(call)).toEqual(['m0', 'm1', 'm2'])
    expect(call.heard).toContain('vm-no-more')
    expect([mailbox.folder('new'), mailbox.folder('saved'), mailbox.folder('deleted')]).toEqual([
      ['m2'],
      ['m0', 'm3'],
      ['m1'],
    ])
  })

  it('again and back, no further than the first', () => {
    const call = hearing(new Mailbox('box', messages('new', 'new')))
      .press('1')
      .press('2')
      .press('6')
      .press('4')
      .press('4')

    expect(played(call)).toEqual(['m0', 'm0', 'm1', 'm0', 'm0'])
    expect(call.heard).toContain('vm-no-earlier')
  })

  it('a message left in silence stays new, one left by 0 has been heard', () => {
    const mailbox = new Mailbox('box', messages('new', 'new'))

    hearing(mailbox).press('1').press('')
    expect(mailbox.folder('new')).toEqual(['m0', 'm1'])
    hearing(mailbox).press('1').press('0')
    expect(mailbox.folder('new')).toEqual(['m1'])
  })

  it('saved ones are kept by 1 as they are', () => {
    const mailbox = new Mailbox('box', messages('saved', 'saved'))

    expect(played(hearing(mailbox).press('2').press('1'))).toEqual(['m0', 'm1'])
    expect(mailbox.folder('saved')).toEqual(['m0', 'm1'])
  })

  it('one whose audio is gone is passed over', () => {
    const mailbox = new Mailbox('box', messages('new', 'new'))
    const call = hearing(mailbox).press('1').feed({ type: 'failed', command: 'gather', reason: 'audio missing' })

    expect(played(call)).toEqual(['m0', 'm1'])
    expect(mailbox.folder('new')).toEqual(['m0', 'm1'])
  })

  it('without any, says so', () => {
    expect(hearing(new Mailbox('box', [])).press('1').heard).toContain('vm-no-new')
    expect(hearing(new Mailbox('box', [])).press('2').heard).toContain('vm-no-saved')
  })

  it('calls back, but only from a phone of the account', () => {
    const mailbox = new Mailbox('box', messages('new'))

    const inside = hearing(mailbox).press('1').press('9')
    expect(inside.given('ring')[0]?.plan.legs[0]?.target).toMatchObject({ kind: 'trunk', number: '+14255550163' })
    const stranger = hearing(mailbox, {}, outside).press('4711').press('1').press('9')
    expect(stranger.types).not.toContain('ring')
    expect(stranger.heard).toContain('not-available')
  })

  it.each([
    ['the account', {}, 'Message 1, received November 24 at 2 oh 5 P M, from 4, 2, 5, 5, 5, 5, 0, 1, 6, 3.'],
    [
      'the box',
      { timeZone: 'America/Los_Angeles' },
      'Message 1, received November 24 at 11 oh 5 A M, from 4, 2, 5, 5, 5, 5, 0, 1, 6, 3.',
    ],
  ])('R-150: tells who and when in the time of %s', (_, zone, wanted) => {
    const mailbox = new Mailbox('box', messages('new'))

    expect(hearing(mailbox, { skipEnvelope: false, ...zone }).press('1').heard).toContain(wanted)
    expect(hearing(mailbox, { skipEnvelope: true }).press('1').heard).not.toContain(wanted)
  })

  it('counts on through what is deleted', () => {
    const call = hearing(new Mailbox('box', messages('new', 'new', 'new')), { skipEnvelope: false })
      .press('1')
      .press('7')
      .press('6')
      .press('4')

    expect(call.heard.flatMap((part) => /^Message (\d)/.exec(part)?.[1] ?? [])).toEqual(['1', '2', '3', '2'])
  })

  it('R-190: in the language of the account', () => {
    const mailbox = new Mailbox('box', messages('new'))
    const documents = account(
      {},
      { [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme', language: 'fr-CA' } },
    )

    expect(drive({ documents, live: mailbox.live }).arrive(desk, '2001').heard[0]).toBe('Vous avez 1 nouveau message.')
  })

  const others = {
    'voicemail-box/dana': { name: 'Dana', number: '1002' },
    'voicemail-box/sam': { name: 'Sam', number: '1003' },
    'voicemail-box/info': { name: 'Info', number: '1008', announcementOnly: true },
    'mailbox-route/1002': { voicemailBoxId: 'dana' },
    'mailbox-route/1003': { voicemailBoxId: 'sam' },
    'mailbox-route/1008': { voicemailBoxId: 'info' },
  }
  const forwarding = (mailbox: Mailbox, facts: Record<string, Record<string, unknown>> = {}) =>
    drive({
      documents: account({ skipEnvelope: true }, others),
      live: mailbox.live,
      told: mailbox.told,
      facts,
    })
      .arrive(desk, '2001')
      .press('1')
      .press('3')
  const sent = (call: DrivenCall) => call.given('file-message').filter(({ act }) => act === 'forward')

  it('forwards one as it is, to several boxes, whose names are said first', () => {
    const mailbox = new Mailbox('box', messages('new', 'new'))
    const call = forwarding(mailbox).press('1002').press('3').press('1003')
    expect(call.heard.slice(-3)).toEqual(['vm-forward-to', 'Dana, Sam', 'vm-forward-menu'])

    call.press('2')

    expect(sent(call)).toEqual([
      { type: 'file-message', boxId: 'box', act: 'forward', messageId: 'm0', toBoxIds: ['dana', 'sam'] },
    ])
    expect(call.heard.slice(-2)).toEqual(['vm-forwarded', 'vm-message-menu'])
    call.press('7')
    expect(mailbox.folder('new')).toEqual(['m1'])
  })

  it('forwards one behind an introduction that was listened to and recorded again', () => {
    const call = forwarding(new Mailbox('box', messages('new')))
      .press('1002')
      .press('1')
      .speak(1)
      .speak(5)
      .press('2')
      .press('3')
      .speak(4)
      .press('1')

    expect(call.heard).toContain('recording-too-short')
    expect(sent(call)).toMatchObject([{ toBoxIds: ['dana'], objectKey: 'media/acme/introduction-box/call/1.wav' }])
    expect(call.given('record').map(({ prefix }) => prefix)).not.toContain(expect.stringMatching(/^voicemail/))
  })

  it.each([
    ['with 0', ['1002', '0']],
    ['by saying nothing about the box', ['']],
    ['after an introduction', ['1002', '1', 'speak', '0']],
    ['by four boxes that are none', ['9', '8', '7', '6']],
  ])('forwards nothing when it is cancelled %s, and is back at the message', (_, keys) => {
    const call = forwarding(new Mailbox('box', messages('new')))
    for (const key of keys)
      if (key === 'speak') call.speak(5)
      else call.press(key)

    expect(sent(call)).toEqual([])
    expect(call.heard.slice(-2)).toEqual(['vm-forward-cancelled', 'vm-message-menu'])
    expect(call.press('#').state.phase).not.toBe('ended')
  })

  it('forwards nothing by itself: silence ends the call', () => {
    const call = forwarding(new Mailbox('box', messages('new')))
      .press('1002')
      .press('')
      .press('9')
      .press('')
      .press('')

    expect([sent(call), call.state.phase]).toEqual([[], 'ended'])
  })

  it.each([
    ['there is none', '1234', 'vm-forward-no-box'],
    ['it is the box itself', '1001', 'vm-forward-no-box'],
    ['it only makes an announcement', '1008', 'vm-forward-full'],
    ['it is full', '1003', 'vm-forward-full'],
  ])('does not forward to a box if %s', (_, number, prompt) => {
    const call = forwarding(new Mailbox('box', messages('new')), { 'voicemail-box/sam': { newCount: 100 } }).press(
      number,
    )

    expect(call.heard.slice(-2)).toEqual([prompt, 'vm-forward-enter-box'])
  })

  it('says who forwarded a message', () => {
    const mailbox = new Mailbox(
      'box',
      messages('new').map((message) => ({ ...message, forwardedBy: 'Dana' })),
    )

    expect(hearing(mailbox, { skipEnvelope: false }).press('1').heard).toContain(
      'Message 1, received November 24 at 2 oh 5 P M, from 4, 2, 5, 5, 5, 5, 0, 1, 6, 3, forwarded by Dana.',
    )
  })

  it('any keys at any moment, and hanging up at any moment, end the call: nothing but what a key asked for is done', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 6, arbitrary: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', '') },
            { weight: 1, arbitrary: fc.constantFrom('1002', '1003', '4711', '999999999999999') },
            { weight: 2, arbitrary: fc.constantFrom('speak', 'slip', 'failed') },
          ),
          { maxLength: 30 },
        ),
        (happenings) => {
          const mailbox = new Mailbox('box', messages('new', 'new', 'saved'))
          const world = { documents: account({}, others), live: mailbox.live, told: mailbox.told }
          const call = drive(world).arrive(desk, '2001')
          for (const one of happenings) {
            if (call.state.phase === 'ended') break
            const { type } = call.commands.at(-1) ?? { type: 'none' }
            if (one === 'failed') call.feed({ type: 'failed', command: type, reason: 'no audio' })
            else if (type === 'record') call.speak(one === 'slip' ? 1 : 4)
            else call.press(one === 'speak' || one === 'slip' ? '' : one)
          }
          if (call.state.phase !== 'ended') call.hangUp()

          expect(call.state.phase).toBe('ended')
          expect([...mailbox.folder('new'), ...mailbox.folder('saved'), ...mailbox.folder('deleted')].sort()).toEqual([
            'm0',
            'm1',
            'm2',
          ])
        },
      ),
      { numRuns: runs },
    )
  })

  it('never plays a filed message again and never skips one, however late the filing takes effect', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.constantFrom('1', '2', '4', '6', '7'), { maxLength: 14 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 14 }),
        (count, keyed, delays) => {
          const mailbox = new Mailbox('box', messages(...Array.from({ length: count }, () => 'new' as const)), delays)
          const call = hearing(mailbox).press('1')
          const order = Array.from({ length: count }, (_, index) => `m${index}`)
          const wanted = order.slice(0, 1)
          const filed = new Set<string>()
          let at = 0
          for (const key of keyed) {
            if (at >= order.length || call.state.phase === 'ended') break
            call.press(key)
            if (key === '1' || key === '7') filed.add(order[at] ?? '')
            const open = (index: number) => !filed.has(order[index] ?? '')
            if (key === '4') {
              const before = order.findLastIndex((_id, index) => index < at && open(index))
              if (before >= 0) at = before
            } else if (key !== '2') {
              const next = order.findIndex((_id, index) => index > at && open(index))
              at = next < 0 ? order.length : next
            }
            if (at < order.length) wanted.push(order[at] ?? '')
          }
          expect(played(call)).toEqual(wanted)
        },
      ),
      { numRuns: runs },
    )
  })
})
