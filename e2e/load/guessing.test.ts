import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PhoneShelf } from '../phones/phone-shelf.ts'
import { AccountApi } from '../testing/account-api.ts'
import { Guesser, mannWhitney, median } from '../testing/guesser.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

/** Wrong passwords one address has for one name. */
const guessesMax = 20
/** Addresses that guess side by side, each below the limit. */
const guessers = 16
const guessesEach = 18

let system: RunningSystem
let server: { readonly address: string; readonly port: number }

beforeAll(async () => {
  system = await startSystem()
  server = { address: system.ready.sip.address, port: system.ready.sip.udpPort }
})
afterAll(async () => {
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})

describe('whoever guesses passwords of phones', () => {
  it('R-146: is locked out within 20 guesses, while the owner goes on elsewhere, at the same address, and in an emergency', async (test) => {
    const phones = new PhoneShelf(system)
    test.onTestFinished(() => phones.clear())
    const password = system.passwordOf('1001')
    const [owner, guesser, newcomer] = (await Promise.all([1, 2, 3].map(() => Guesser.at('127.0.0.71', server)))) as [
      Guesser,
      Guesser,
      Guesser,
    ]
    test.onTestFinished(() => {
      for (const one of [owner, guesser, newcomer]) one.close()
    })
    const elsewhere = await phones.inside('1001', 440, { answers: true })
    expect((await owner.try('1001', password)).status).toBe(200)

    const guesses = []
    for (let guess = 0; guess < guessesMax; guess += 1) guesses.push(await guesser.try('1001', `wrong-${guess}`))
    const right = await guesser.try('1001', password)

    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]))
    expect(right.status).toBe(401)
    // Being locked out looks and takes like guessing wrong.
    expect(right.look).toBe(guesses[0]?.look)
    // The phone that was there before goes on behind the same address; others of that address are not harmed.
    expect((await owner.try('1001', password)).status).toBe(200)
    expect((await newcomer.try('1002', system.passwordOf('1002'))).status).toBe(200)
    expect((await newcomer.try('1001', password, 'INVITE', '1002')).status).toBe(401)
    expect((await newcomer.try('1001', password, 'INVITE', '911')).status).toBeLessThan(300)
    // And elsewhere the owner is called as ever.
    const sam = await phones.inside('1003', 900)
    sam.command('dial', '1001')
    await elsewhere.event('CALL_ESTABLISHED', 10_000)
    await sam.hearsTone(440, 500, 5_000)
    await vi.waitFor(async () => {
      const entries = await new AccountApi(system).all<{ act: string; targetId: string; summary: string }>('audit')
      expect(entries.find(({ act }) => act === 'lock-out')?.summary).toContain('127.0.0.71')
    }, 5_000)
  })

  it('R-146: cannot tell a name that exists from one that does not, by status, headers or time', async () => {
    const known: { look: string; tookMs: number }[] = []
    const unknown: { look: string; tookMs: number }[] = []
    const guessing = async (guesser: Guesser) => {
      for (let guess = 0; guess < guessesEach; guess += 1) {
        const isKnown = guess % 2 === 0
        const name = String((isKnown ? 1_001 : 7_001) + (guess % 10))
        const answer = await guesser.try(name, 'wrong')
        expect(answer.status).toBe(401)
        ;(isKnown ? known : unknown).push(answer)
      }
      guesser.close()
    }
    // A few at a time: what many at once cost each other would hide a difference.
    for (let first = 1; first <= guessers; first += 4)
      await Promise.all(
        [0, 1, 2, 3].map(async (index) => guessing(await Guesser.at(`127.0.3.${first + index}`, server))),
      )

    const [a, b] = [known, unknown].map((answers) => answers.map(({ tookMs }) => tookMs)) as [number[], number[]]
    const z = mannWhitney(a, b)
    console.log(
      `Figure: ${a.length} guesses at names that exist took ${median(a).toFixed(1)} ms, ${b.length} at others ${median(b).toFixed(1)} ms (median; Mann-Whitney z ${z.toFixed(1)})`,
    )
    expect(new Set([...known, ...unknown].map(({ look }) => look)).size).toBe(1)
    expect(Math.abs(median(a) - median(b))).toBeLessThan(2)
    expect(Math.abs(z)).toBeLessThan(4)
  })
})
