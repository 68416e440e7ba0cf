import type { Binding } from '@offhook/shared/model/registration.ts'
import { describe, expect, it } from 'vitest'
import { applyRegister, bindingsMax, type RegisterUpdate } from './bindings.ts'

const startMs = Date.parse('2026-11-23T09:00:00Z')

const update = (parts: Partial<RegisterUpdate>): RegisterUpdate => ({
  accountId: 'acme',
  deviceId: 'd1',
  username: '1001',
  sipCallId: 'a',
  cseq: 1,
  contacts: [],
  path: [],
  transport: 'udp',
  remoteAddress: '198.51.100.7',
  remotePort: 5060,
  edgeId: 'local',
  ...parts,
})

const contact = (
  uri: string,
  more: { q?: number; expiresSeconds?: number; instanceId?: string; regId?: number } = {},
) => ({ uri, q: 1, ...more })

function bindingsAfter(...updates: RegisterUpdate[]): readonly Binding[] {
  let bindings: readonly Binding[] = []
  for (const each of updates) {
    const result = applyRegister(bindings, each, startMs)
    if (result.kind === 'done') bindings = result.bindings
  }
  return bindings
}

describe('the bindings of an AOR', () => {
  it('keeps several contacts, the best q first', () => {
    const bindings = bindingsAfter(
      update({ contacts: [contact('sip:a@10.0.0.1', { q: 0.2 })] }),
      update({ sipCallId: 'b', contacts: [contact('sip:a@10.0.0.2', { q: 0.9 })] }),
    )

    expect(bindings.map(({ contact: uri }) => uri)).toEqual(['sip:a@10.0.0.2', 'sip:a@10.0.0.1'])
  })

  it.each([
    [undefined, 300],
    [7_200, 3_600],
    [60, 60],
    [120, 120],
  ])('a phone that asks for %s seconds gets %s', (expiresSeconds, granted) => {
    const [binding] = bindingsAfter(
      update({ contacts: [contact('sip:a@10.0.0.1')], ...(expiresSeconds === undefined ? {} : { expiresSeconds }) }),
    )

    expect(Date.parse(binding?.expiresAt ?? '')).toBe(startMs + granted * 1_000)
  })

  it('an expiry under a minute is too brief', () => {
    expect(
      applyRegister([], update({ contacts: [contact('sip:a@10.0.0.1', { expiresSeconds: 59 })] }), startMs),
    ).toMatchObject({ kind: 'refused', status: 423 })
  })

  it('the expires of a contact stands over the Expires header', () => {
    expect(
      bindingsAfter(
        update({ contacts: [contact('sip:a@10.0.0.1')] }),
        update({ cseq: 2, expiresSeconds: 300, contacts: [contact('sip:a@10.0.0.1', { expiresSeconds: 0 })] }),
      ),
    ).toEqual([])
  })

  it('"*" removes all of them, and only with Expires: 0', () => {
    const two = bindingsAfter(update({ contacts: [contact('sip:a@10.0.0.1'), contact('sip:a@10.0.0.2')] }))

    expect(applyRegister(two, update({ cseq: 2, contacts: '*' }), startMs)).toMatchObject({
      kind: 'refused',
      status: 400,
    })
    expect(applyRegister(two, update({ cseq: 2, contacts: '*', expiresSeconds: 0 }), startMs)).toMatchObject({
      bindings: [],
      removed: two,
    })
  })

  it('an older request of the same Call-ID changes nothing; another Call-ID may', () => {
    const one = bindingsAfter(update({ cseq: 5, contacts: [contact('sip:a@10.0.0.1')] }))

    expect(
      applyRegister(one, update({ cseq: 5, expiresSeconds: 0, contacts: [contact('sip:a@10.0.0.1')] }), startMs),
    ).toMatchObject({ status: 500 })
    expect(applyRegister(one, update({ cseq: 4, expiresSeconds: 0, contacts: '*' }), startMs)).toMatchObject({
      status: 500,
    })
    expect(
      applyRegister(one, update({ sipCallId: 'b', cseq: 1, expiresSeconds: 0, contacts: '*' }), startMs),
    ).toMatchObject({ bindings: [] })
  })

  it('one bad contact spoils the whole request', () => {
    const result = applyRegister(
      [],
      update({ contacts: [contact('sip:a@10.0.0.1'), contact('sip:a@10.0.0.2', { expiresSeconds: 5 })] }),
      startMs,
    )

    expect(result).toMatchObject({ kind: 'refused' })
  })

  it('a phone known by instance and reg-id keeps one binding wherever it comes from (RFC 5626)', () => {
    const first = update({ contacts: [contact('sip:a@10.0.0.1', { instanceId: '<urn:uuid:1>', regId: 1 })] })
    const second = update({
      sipCallId: 'b',
      remoteAddress: '203.0.113.9',
      contacts: [contact('sip:a@10.9.9.9', { instanceId: '<urn:uuid:1>', regId: 1 })],
    })

    expect(bindingsAfter(first, second)).toMatchObject([{ id: '<urn:uuid:1>;reg-id=1', contact: 'sip:a@10.9.9.9' }])
  })

  it('two phones behind two NATs that call themselves the same address both stay', () => {
    const uri = contact('sip:a@192.168.1.10:5060')

    expect(
      bindingsAfter(
        update({ contacts: [uri] }),
        update({ sipCallId: 'b', remoteAddress: '203.0.113.9', contacts: [uri] }),
      ),
    ).toHaveLength(2)
  })

  it('a phone whose NAT gave it another port is still the same phone', () => {
    const uri = contact('sip:a@192.168.1.10:5060')

    expect(
      bindingsAfter(
        update({ contacts: [uri] }),
        update({ cseq: 2, remoteAddress: '203.0.113.9', remotePort: 999, contacts: [uri] }),
      ),
    ).toMatchObject([{ remotePort: 999 }])
  })

  it('the eleventh phone takes the place of the one not heard of for longest', () => {
    let bindings: readonly Binding[] = []
    for (let index = 0; index <= bindingsMax; index += 1) {
      const result = applyRegister(
        bindings,
        update({ sipCallId: `c${index}`, contacts: [contact(`sip:a@10.0.0.${index}`)] }),
        startMs + index * 1_000,
      )
      if (result.kind === 'done') bindings = result.bindings
    }

    expect(bindings).toHaveLength(bindingsMax)
    expect(bindings.map(({ contact: uri }) => uri)).not.toContain('sip:a@10.0.0.0')
  })
})
