import { describe, expect, it } from 'vitest'
import { createMemoryMediaEngine } from './memory-media-engine.ts'

const tone = { kind: 'tone', cadence: [{ frequenciesHz: [440], onMs: 400, offMs: 200 }] } as const

describe('media in memory', () => {
  it('agrees on real descriptions and sees the far end hold', async () => {
    const media = createMemoryMediaEngine()
    const [a, b] = await Promise.all([media.createSession({ profile: 'rtp' }), media.createSession({ profile: 'rtp' })])

    await b.accept(await a.answer(await b.offer()))
    await b.accept(await a.answer(await b.offer({ direction: 'sendonly' })))

    expect(a.isHeldByRemote).toBe(true)
    expect(b.isHeldByRemote).toBe(false)
  })

  it('plays as long as the audio is, in virtual time', async () => {
    const media = createMemoryMediaEngine({ durationOf: (path) => (path === 'long.wav' ? 9_000 : 1_000) })
    const session = await media.createSession({ profile: 'rtp' })
    const ended: string[] = []
    void session.play({ kind: 'file', path: 'long.wav' }).done.then(({ ended: why }) => ended.push(`long ${why}`))
    void session.play(tone, { repeat: 2 }).done.then(({ ended: why }) => ended.push(`tone ${why}`))
    void session.play(tone, { repeat: Number.POSITIVE_INFINITY })

    await media.advance(1_200)
    expect(ended).toEqual(['tone complete'])
    await media.advance(7_800)

    expect(ended).toEqual(['tone complete', 'long complete'])
    expect(media.sessions[0]?.playing).toHaveLength(1)
  })

  it('a key stops what it should and is heard once', async () => {
    const media = createMemoryMediaEngine()
    const session = await media.createSession({ profile: 'rtp' })
    const digits: string[] = []
    session.onDigit((digit) => digits.push(digit))
    const playing = session.play(tone, { repeat: 100, stopOn: ['5'] })
    const recording = session.record({ path: 'message.wav', maxSeconds: 60, stopOn: ['#'] })

    await media.advance(1_000)
    media.sessions[0]?.press('15#')

    expect(await playing.done).toEqual({ ended: 'digit', digit: '5' })
    expect(await recording.done).toEqual({ ended: 'digit', digit: '#', durationMs: 1_000, path: 'message.wav' })
    expect(digits).toEqual(['1', '5', '#'])
  })

  it('closing ends everything, and a bridge names who hears whom', async () => {
    const media = createMemoryMediaEngine()
    const [a, b] = [await media.createSession({ profile: 'rtp' }), await media.createSession({ profile: 'sdes' })]
    const bridge = media.createBridge()
    bridge.add(a)
    bridge.add(b)
    expect(media.heardTogether()).toEqual([[a.id, b.id]])
    const recording = a.record({ path: 'a.wav', maxSeconds: 60 })

    await media.close()

    expect((await recording.done).ended).toBe('closed')
    expect((await a.play(tone).done).ended).toBe('stopped')
  })
})
