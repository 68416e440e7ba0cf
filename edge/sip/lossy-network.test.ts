import { describe, expect, it } from 'vitest'
import { createUserAgent, type SipUserAgent } from './sip-user-agent.ts'
import { LossyNetwork, seededRandom, type Weather } from './testing/lossy-network.ts'
import { parseSipUri } from './uri.ts'
import type { Dialog, IncomingInvite, OutgoingInvite } from './user-agent.ts'

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
const answer = { body: sdp, contentType: 'application/sdp' }
const party = { from: { uri: 'sip:caller@a.example' }, to: { uri: 'sip:callee@b.example' } }
const runs = Number(process.env.OFFHOOK_RUNS ?? 60)
/** Longer than every timer of a call that is over: C, session timers and 64*T1 one after the other. */
const longEnoughMs = 3 * 3_600_000

async function twoOn(network: LossyNetwork): Promise<{ a: SipUserAgent; b: SipUserAgent }> {
  const a = await createUserAgent({ listen: { host: '192.0.2.1', udpPort: 5060 } }, network.system)
  const b = await createUserAgent({ listen: { host: '192.0.2.2', udpPort: 5060 } }, network.system)
  return { a, b }
}

function invite(a: SipUserAgent): OutgoingInvite {
  const uri = parseSipUri('sip:callee@192.0.2.2')
  if (uri === undefined) throw new Error('a URI')
  return a.invite({ uri, ...party, sdpOffer: sdp, sessionExpiresSeconds: 90 })
}

/** Notes how often a dialog ends, and keeps it talking: re-INVITEs, INFOs and UPDATEs from both sides at odd moments. */
function talk(dialog: Dialog, network: LossyNetwork, random: () => number, ends: string[]): void {
  const later = (ms: number, act: () => void) => void network.clock.at(network.clock.nowMs + ms, act)
  dialog.onReinvite((incoming) => {
    if (random() < 0.2) incoming.respond(488)
    else later(random() * 2_000, () => incoming.respond(200, answer))
  })
  dialog.onRequest((incoming) => {
    if (random() < 0.9) incoming.respond(200, incoming.request.method === 'UPDATE' ? answer : {})
  })
  dialog.onEnd((why) => ends.push(`${why.by} ${why.reason}`))
  for (let count = Math.floor(random() * 4); count > 0; count -= 1)
    later(random() * 20_000, () => {
      const chance = random()
      if (chance < 0.5) void dialog.reinvite(sdp)
      else if (chance < 0.8) void dialog.request('INFO', { body: 'Signal=1', contentType: 'application/dtmf-relay' })
      else void dialog.request('UPDATE', answer)
    })
  if (random() < 0.8) later(random() * 60_000, () => dialog.bye())
}

/** What a callee may do: ring, ring reliably, answer, refuse, or nothing at all. */
async function behave(incoming: IncomingInvite, network: LossyNetwork, random: () => number, ends: string[]) {
  if (random() < 0.7) await incoming.progress(183, { ...answer, reliable: random() < 0.5 })
  const chance = random()
  await new Promise<void>((resolve) => network.clock.at(network.clock.nowMs + random() * 10_000, resolve))
  let cancelled = false
  incoming.onCancel(() => {
    cancelled = true
  })
  if (chance < 0.7 && !cancelled) {
    try {
      talk(incoming.accept(answer), network, random, ends)
    } catch {
      // The reliable answer timed out in the meantime: refused with 504 already.
      ends.push('refused')
    }
  } else if (chance < 0.9) incoming.respond(486)
}

async function oneCall(seed: number, weather: Weather) {
  const random = seededRandom(seed * 7 + 1)
  const network = new LossyNetwork(seed, weather)
  const { a, b } = await twoOn(network)
  const outcomes: string[] = []
  const [endsOfA, endsOfB]: [string[], string[]] = [[], []]
  b.onInvite((incoming) => void behave(incoming, network, random, endsOfB))
  const outgoing = invite(a)
  outgoing.onAnswer((dialog) => {
    outcomes.push('answered')
    talk(dialog, network, random, endsOfA)
  })
  outgoing.onFailure((status) => outcomes.push(String(status)))
  if (random() < 0.3) network.clock.at(network.clock.nowMs + random() * 12_000, () => outgoing.cancel())
  // A callee that never answers is left by the caller.
  network.clock.at(network.clock.nowMs + 60_000, () => outgoing.cancel())
  await network.run(120_000)
  // Whoever still talks: one side vanishes for good, and the other must notice by its session timer.
  network.weather = { ...weather, loss: 1 }
  await network.run(longEnoughMs)
  return { outcomes, endsOfA, endsOfB, left: [a.counts(), b.counts()] }
}

const nothing = { transactions: 0, dialogs: 0, timers: 0, connections: 0 }

describe('a network that loses, repeats and reorders', () => {
  it.each([
    ['a bad one', { loss: 0.1, duplication: 0.1, delayMaxMs: 400 }],
    ['a terrible one', { loss: 0.35, duplication: 0.3, delayMaxMs: 3_000 }],
    ['one that only reorders', { loss: 0, duplication: 0, delayMaxMs: 6_000 }],
  ])('%s: every call has one outcome, every dialog ends once, nothing is left', async (_, weather) => {
    for (let seed = 1; seed <= runs; seed += 1) {
      const { outcomes, endsOfA, endsOfB, left } = await oneCall(seed, weather)

      expect(outcomes, `seed ${seed}`).toHaveLength(1)
      expect(endsOfA, `seed ${seed}`).toHaveLength(outcomes[0] === 'answered' ? 1 : 0)
      expect(endsOfB.length, `seed ${seed}`).toBeLessThanOrEqual(1)
      expect(left, `seed ${seed}`).toEqual([nothing, nothing])
    }
  })

  it('completes every call that loses one datagram in ten', async () => {
    let answered = 0
    for (let seed = 1; seed <= runs; seed += 1) {
      const network = new LossyNetwork(seed, { loss: 0.1, duplication: 0.1, delayMaxMs: 300 })
      const { a, b } = await twoOn(network)
      b.onInvite((incoming) => void incoming.progress(180).then(() => incoming.accept(answer)))
      invite(a).onAnswer((dialog) => {
        answered += 1
        dialog.bye()
      })
      await network.run(longEnoughMs)
      expect([a.counts(), b.counts()], `seed ${seed}`).toEqual([nothing, nothing])
    }

    expect(answered).toBe(runs)
  })
})
