import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, usePCMU } from 'werift'
import { frameSamples, ulawEncode } from './g711.ts'
import type { AudioSource, MediaEngine, MediaProfile, MediaSession } from './media-engine.ts'
import { RtpProbe, strengthOf } from './testing/rtp-probe.ts'
import { wavToUlaw } from './wav.ts'
import { createMediaEngine } from './worker-media-engine.ts'

const rtpPorts = { from: 41_000, to: 41_400 }
const tone = (hz: number): AudioSource => ({ kind: 'tone', cadence: [{ frequenciesHz: [hz], onMs: 1_000, offMs: 0 }] })

let engine: MediaEngine
let folder: string
const probes: RtpProbe[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'media-'))
  engine = await createMediaEngine({ listen: '127.0.0.1', rtpPorts })
})
afterEach(() => {
  for (const probe of probes.splice(0)) probe.close()
})
afterAll(async () => {
  await engine.close()
  rmSync(folder, { recursive: true })
})

/** Two sessions of the engine that talk to each other over loopback: the far end's, and ours. */
async function connect(
  profile: MediaProfile = 'rtp',
  [theirs, ours]: [string[]?, string[]?] = [],
): Promise<[MediaSession, MediaSession]> {
  const [a, b] = await Promise.all([
    engine.createSession({ profile, ...(theirs === undefined ? {} : { codecs: theirs }) }),
    engine.createSession({ profile, ...(ours === undefined ? {} : { codecs: ours }) }),
  ])
  await a.accept(await b.answer(await a.offer()))
  return [a, b]
}

/** A phone of plain RTP and our session with it. */
async function phone(offer: { port?: number } = {}): Promise<[RtpProbe, MediaSession]> {
  const [probe, session] = [await RtpProbe.open(), await engine.createSession({ profile: 'rtp' })]
  probes.push(probe)
  probe.aim(await session.answer(probe.offer(offer)))
  return [probe, session]
}

const closeAll = (...sessions: MediaSession[]) => Promise.all(sessions.map((session) => session.close()))

/** What a session hears in so many ms, without the first 400 while streams settle. */
async function heardBy(session: MediaSession, name: string, ms: number): Promise<Uint8Array> {
  const path = join(folder, `${name}.wav`)
  await session.record({ path, maxSeconds: ms / 1_000 }).done
  return wavToUlaw(readFileSync(path)).subarray(3_200)
}

describe('two sessions', () => {
  it.each(['rtp', 'sdes'] as const)('hear each other by %s, without loss', async (profile) => {
    const [a, b] = await connect(profile)
    a.play(tone(440), { repeat: 10 })
    b.play(tone(1_000), { repeat: 10 })

    const [atB, atA] = await Promise.all([heardBy(b, `${profile}-b`, 1_200), heardBy(a, `${profile}-a`, 1_200)])

    expect(strengthOf(atB, 440)).toBeGreaterThan(0.1)
    expect(strengthOf(atA, 1_000)).toBeGreaterThan(0.1)
    expect(strengthOf(atB, 1_000)).toBeLessThan(0.02)
    expect(await b.stats()).toMatchObject({ codec: 'PCMU', packetsLost: 0, oneWay: false })
    await closeAll(a, b)
  })

  it('hear each other through a bridge, one in µ-law and one in A-law, digits included', async () => {
    const [phoneA, ourA] = await connect('rtp', [['PCMU'], ['PCMU']])
    const [phoneB, ourB] = await connect('rtp', [['PCMA'], ['PCMA']])
    const bridge = engine.createBridge()
    bridge.add(ourA)
    bridge.add(ourB)
    phoneA.play(tone(440), { repeat: 5 })
    const digits: string[] = []
    const all = new Promise<void>((resolve) => phoneB.onDigit((digit) => digits.push(digit) === 6 && resolve()))

    expect(strengthOf(await heardBy(phoneB, 'bridged', 1_000), 440)).toBeGreaterThan(0.1)
    await phoneA.sendDigits('1590*#', 40)
    await all

    expect(digits.join('')).toBe('1590*#')
    bridge.close()
    await closeAll(phoneA, ourA, phoneB, ourB)
  })

  it('three in a bridge each hear the two others and not themselves', async () => {
    const pairs = await Promise.all([connect(), connect('sdes'), connect('rtp', [['PCMA'], ['PCMA']])])
    const bridge = engine.createBridge()
    for (const [, ours] of pairs) bridge.add(ours)
    const tones = [440, 1_000, 1_700]
    for (const [index, [far]] of pairs.entries()) far.play(tone(tones[index] ?? 0), { repeat: 5 })

    const heard = await Promise.all(pairs.map(([far], index) => heardBy(far, `mixed-${index}`, 1_400)))

    for (const [index, samples] of heard.entries())
      for (const [other, hz] of tones.entries()) {
        if (other === index) expect(strengthOf(samples, hz)).toBeLessThan(0.02)
        else expect(strengthOf(samples, hz)).toBeGreaterThan(0.08)
      }
    bridge.close()
    await closeAll(...pairs.flat())
  })

  it('a recording of both has what was said on the left and what was heard on the right', async () => {
    const [far, ours] = await connect()
    far.play(tone(440), { repeat: 5 })
    ours.play(tone(1_000), { repeat: 5 })
    const path = join(folder, 'both.wav')

    await ours.record({ path, maxSeconds: 1, track: 'both' }).done

    const pcm = readFileSync(path).subarray(44 + 12_800)
    const channel = (offset: number) =>
      Uint8Array.from({ length: pcm.length / 4 }, (_, at) => ulawEncode[pcm.readInt16LE(at * 4 + offset) & 0xffff] ?? 0)
    expect([strengthOf(channel(0), 440), strengthOf(channel(2), 1_000)].every((each) => each > 0.1)).toBe(true)
    expect([strengthOf(channel(0), 1_000), strengthOf(channel(2), 440)].every((each) => each < 0.02)).toBe(true)
    await closeAll(far, ours)
  })

  it('a key stops what is played and what is recorded, and is reported', async () => {
    const [far, ours] = await connect()
    const playing = ours.play(tone(440), { repeat: 100, stopOn: ['5'] })
    const recording = ours.record({ path: join(folder, 'stopped.wav'), maxSeconds: 10, stopOn: ['5'] })
    await far.sendDigits('5')

    expect(await playing.done).toEqual({ ended: 'digit', digit: '5' })
    expect(await recording.done).toMatchObject({ ended: 'digit', digit: '5' })
    await closeAll(far, ours)
  })

  it('silence ends a recording that asks for it, and a closed session one that does not', async () => {
    const [far, ours] = await connect()
    const quiet = ours.record({ path: join(folder, 'quiet.wav'), maxSeconds: 10, silenceSeconds: 0.5 })
    const open = ours.record({ path: join(folder, 'open.wav'), maxSeconds: 10 })

    expect((await quiet.done).ended).toBe('silence')
    await closeAll(far, ours)

    expect((await open.done).ended).toBe('closed')
    expect((await ours.play(tone(440)).done).ended).toBe('stopped')
    expect((await ours.stats()).packetsReceived).toBeGreaterThan(10)
  })

  it('a file that is not there fails the playing, and a folder that is not there the recording', async () => {
    const [far, ours] = await connect()

    expect((await ours.play({ kind: 'file', path: join(folder, 'none.wav') }).done).ended).toBe('failed')
    expect((await ours.record({ path: join(folder, 'none', 'x.wav'), maxSeconds: 1 }).done).ended).toBe('failed')
    await closeAll(far, ours)
  })
})

describe('a phone', () => {
  it('hears an unbroken stream while audio comes and goes', async () => {
    const [probe, session] = await phone()
    await probe.hears(5)
    await session.play(tone(440)).done
    await probe.hears(65)

    expect(probe.continuity()).toEqual({ lost: 0, jumps: 0 })
    expect(new Set(probe.heard.map(({ ssrc }) => ssrc)).size).toBe(1)
    await session.close()
  })

  it('behind a NAT is answered where it speaks from, and a stranger is not heard', async () => {
    const [probe, session] = await phone({ port: 9 })
    const [stranger] = await phone()
    const digits: string[] = []
    session.onDigit((digit) => digits.push(digit))
    for (let packet = 0; packet < 6; packet += 1) {
      probe.say(440)
      await sleep(20)
    }
    await probe.hears(3)

    const { ssrc } = probe.heard[0] ?? { ssrc: 0 }
    stranger.aim(await session.answer(probe.offer({ port: 9 })))
    probe.say(440, 6)
    for (let sequence = 0; sequence < 20; sequence += 1)
      stranger.send(Uint8Array.of(5, 0x8a, 3, 32), 101, sequence, 160)
    await probe.hears(probe.heard.length + 5)

    expect(stranger.heard.every((packet) => packet.ssrc !== ssrc)).toBe(true)
    expect(digits).toEqual([])
    await session.close()
  })

  it('is relayed with its order, its gaps and its loss, whatever the length of its packets', async () => {
    const [[talker, a], [listener, b]] = [await phone(), await phone()]
    const bridge = engine.createBridge()
    bridge.add(a)
    bridge.add(b)
    await listener.hears(2)
    talker.say(440, 10, { samples: 240 })
    talker.say(440, 1, { samples: 240, lose: true })
    talker.say(440, 10, { samples: 240 })

    await listener.hears(listener.heard.length + 20)
    const relayed = listener.heard.filter(({ payload }) => payload.length === 240)

    expect(relayed.length).toBe(20)
    const steps = relayed.slice(1).map(({ timestamp }, index) => (timestamp - (relayed[index]?.timestamp ?? 0)) >>> 0)
    expect(steps.filter((step) => step === 240).length).toBe(18)
    expect(steps[9]).toBe(480)
    expect(listener.continuity().lost).toBe(1)
    bridge.close()
    await closeAll(a, b)
  })

  it('hears itself in the echo test, and digits as tones where it knows no telephone events', async () => {
    const [probe, session] = await phone()
    engine.echo(session, true)
    const hearsItself = () => {
      probe.say(600)
      return probe.heard.some(({ payload }) => strengthOf(payload, 600) > 0.1)
    }
    await expect.poll(hearsItself, { interval: 20 }).toBe(true)
    engine.echo(session, false)

    probe.aim(await session.answer(probe.offer().replace(/^a=rtpmap:101.*\r\n/m, '')))
    probe.heard.length = 0
    await session.sendDigits('5')

    const loud = Uint8Array.from(probe.heard.flatMap(({ payload }) => [...payload])).subarray(0, 5 * frameSamples)
    expect(strengthOf(loud, 770)).toBeGreaterThan(0.05)
    expect(strengthOf(loud, 1_336)).toBeGreaterThan(0.05)
    await session.close()
  })

  it('that sends only rubbish harms nobody', async () => {
    const [probe, session] = await phone()
    for (let length = 0; length < 200; length += 1)
      probe.send(
        Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 0xff),
        length & 0x7f,
        length,
        length,
      )

    await probe.hears(10)

    expect((await session.stats()).codec).toBe('PCMU')
    await session.close()
  })
})

describe('a browser', () => {
  it('talks by ICE and DTLS-SRTP, and hears', async () => {
    const browser = new RTCPeerConnection({
      codecs: { audio: [usePCMU()] },
      iceServers: [],
      iceAdditionalHostAddresses: ['127.0.0.1'],
    })
    const track = new MediaStreamTrack({ kind: 'audio' })
    browser.addTransceiver(track, { direction: 'sendrecv' })
    const hears = new Promise<RtpPacket>((resolve) => {
      browser.onTrack.once((heard) => heard.onReceiveRtp.once((packet) => resolve(packet)))
    })
    const session = await engine.createSession({ profile: 'webrtc' })
    await browser.setLocalDescription(await browser.createOffer())

    const answer = await session.answer(browser.localDescription?.sdp ?? '')
    await browser.setRemoteDescription({ type: 'answer', sdp: answer })

    expect((await hears).payload.length).toBe(frameSamples)
    const payload = Buffer.alloc(frameSamples, 0x20)
    for (let at = 0; at < 20; at += 1)
      track.writeRtp(new RtpPacket(new RtpHeader({ sequenceNumber: at, timestamp: at * 160, payloadType: 0 }), payload))
    await expect.poll(async () => (await session.stats()).packetsReceived).toBe(20)
    await browser.close()
    await session.close()
  })
})

describe('the engine', () => {
  it('takes IPv6 as IPv4', async () => {
    const six = await createMediaEngine({ listen: '::1', rtpPorts: { from: 41_500, to: 41_520 } })
    const [a, b] = await Promise.all([six.createSession({ profile: 'rtp' }), six.createSession({ profile: 'rtp' })])
    await a.accept(await b.answer(await a.offer()))
    a.play(tone(440), { repeat: 3 })

    expect(strengthOf(await heardBy(b, 'six', 700), 440)).toBeGreaterThan(0.1)
    await six.close()
  })

  it('refuses a session when its ports are used up, and has them back when one closes', async () => {
    const small = await createMediaEngine({ listen: '127.0.0.1', rtpPorts: { from: 41_600, to: 41_601 } })
    const first = await small.createSession({ profile: 'rtp' })

    await expect(small.createSession({ profile: 'rtp' })).rejects.toMatchObject({ code: 'no-rtp-port', status: 503 })
    await first.close()
    const second = await small.createSession({ profile: 'rtp' })

    expect(await second.offer()).toContain('m=audio 41600 ')
    await small.close()
    await expect(small.createSession({ profile: 'rtp' })).rejects.toMatchObject({ code: 'no-rtp-port' })
  })
})
