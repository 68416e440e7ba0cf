import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import type { XPbxCall } from '@offhook/shared/sma-contract/x-pbx.ts'
import { describe, expect, it } from 'vitest'
import { arrivalOf } from './arrival.ts'
import { edgeArn, trustKey } from './testing/handler-under-test.ts'
import { MemoryStore } from './testing/memory-store.ts'
import { did } from './testing/small-account.ts'
import { signCall, verifyCall } from './trust.ts'

const nowMs = Date.parse('2026-11-23T09:15:00.000Z')
const claims: XPbxCall = {
  call: 'call-1',
  account: 'acme',
  origin: { kind: 'device', deviceId: 'device-1001' },
  dialled: '1002',
  number: '1001',
  exp: nowMs / 1_000 + 60,
}

describe('X-Pbx-Call', () => {
  const header = signCall(trustKey, claims)

  it('is believed for 60 s', () => {
    expect(verifyCall(trustKey, header, nowMs)).toEqual(claims)
    expect(verifyCall(trustKey, header, nowMs + 60_000)).toEqual(claims)
    expect(verifyCall(trustKey, header, nowMs + 60_001)).toBeUndefined()
  })

  it.each([
    ['another key', () => signCall('another key of more than thirty-two chars', claims)],
    [
      'an altered account',
      () =>
        `${Buffer.from(JSON.stringify({ ...claims, account: 'evil' })).toString('base64url')}.${header.split('.')[1]}`,
    ],
    ['no signature', () => header.split('.')[0] ?? ''],
    ['a third part', () => `${header}.x`],
    ['a life of years', () => signCall(trustKey, { ...claims, exp: claims.exp + 1e8 })],
    ['nothing', () => ''],
    ['noise', () => '..'],
  ])('with %s is not', (_name, forged) => {
    expect(verifyCall(trustKey, forged(), nowMs)).toBeUndefined()
  })
})

describe('whose call it is', () => {
  function arrival(leg: object, sipRuleId = 'pstn-rule', entranceRuleIds: string[] = ['entrance']) {
    const store = new MemoryStore()
    store.dids.set(did, 'acme')
    const settings = { bucket: 'objects', edgeArn, trustKey, entranceRuleIds }
    const participant = {
      CallId: 'leg',
      ParticipantTag: 'LEG-A',
      To: did,
      From: '+14255550163',
      Direction: 'Inbound',
      StartTimeInMilliseconds: String(nowMs),
      ...leg,
    }
    const event = SmaEvent.parse({
      SchemaVersion: '1.0',
      Sequence: 1,
      InvocationEventType: 'NEW_INBOUND_CALL',
      CallDetails: {
        TransactionId: 'call-1',
        AwsAccountId: '1',
        AwsRegion: 'r',
        SipRuleId: sipRuleId,
        Participants: [participant],
      },
    })
    return arrivalOf(
      { settings, store, clock: { nowMs: () => nowMs, shiftMs: 0 } },
      event,
      new Date(nowMs).toISOString(),
    )
  }
  const signed = (more: Partial<XPbxCall> = {}) => ({
    SipHeaders: { 'X-Pbx-Call': signCall(trustKey, { ...claims, ...more }) },
  })

  it("a signed one is its device's, and what was dialled is what was signed", async () => {
    expect(await arrival({ To: '+17035550122', ...signed() })).toMatchObject({
      kind: 'accepted',
      arrived: {
        accountId: 'acme',
        configRevision: 7,
        origin: { kind: 'device', deviceId: 'device-1001' },
        dialled: '1002',
      },
    })
  })

  it("a carrier's is decided by the DID, whatever account it claims", async () => {
    expect(await arrival({})).toMatchObject({
      kind: 'accepted',
      arrived: { accountId: 'acme', origin: { kind: 'trunk' }, dialled: did },
    })
    expect(
      await arrival(signed({ account: 'evil', origin: { kind: 'trunk', trunkId: 't' }, dialled: '12065550142' })),
    ).toMatchObject({
      arrived: { accountId: 'acme', dialled: did },
    })
    expect(await arrival({ To: '+19995550100' })).toMatchObject({ kind: 'refused' })
  })

  it("a phone's without a fresh signature is refused", async () => {
    expect(await arrival({ SipHeaders: { 'X-Pbx-Call': 'forged.mac' } })).toMatchObject({ kind: 'refused' })
    expect(await arrival({}, 'entrance')).toEqual({ kind: 'refused', reason: 'X-Pbx-Call is missing' })
    expect(await arrival({ To: '1002' })).toMatchObject({ kind: 'refused' })
  })

  it('a withheld number is none', async () => {
    expect(await arrival({ From: 'anonymous' })).toMatchObject({ arrived: { caller: { anonymous: true } } })
    expect(
      await arrival(
        signed({ origin: { kind: 'trunk', trunkId: 't' }, dialled: did, number: '+14255550163', anonymous: true }),
      ),
    ).toMatchObject({
      arrived: { caller: { number: '+14255550163', anonymous: true } },
    })
  })
})
