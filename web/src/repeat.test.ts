import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SignedOut } from './api.ts'
import { NoConnection, Refused } from './connection.ts'
import { askAll, repeat } from './repeat.ts'

const fine = async () => {}
const failing = (error: Error) => async () => Promise.reject(error)

describe('what the page says about what it asked for', () => {
  it('one refusal takes nothing from the others', async () => {
    // A plain user was refused one of three tables, and saw none.
    const seen: string[] = []
    const outcome = await askAll([
      failing(new Refused('The role user may not do this.', 403)),
      async () => void seen.push('calls'),
      async () => void seen.push('history'),
    ])

    expect(seen).toEqual(['calls', 'history'])
    expect(outcome).toEqual({ problem: 'The role user may not do this. Trying again every few seconds.' })
  })

  it('a missing server is said once, and nothing is said when it is back', async () => {
    const away = new NoConnection('The server does not answer. Is it running?')

    expect(await askAll([failing(away), failing(away), fine])).toEqual({
      problem: 'The server does not answer. Is it running? Trying again every few seconds.',
    })
    expect(await askAll([fine, fine])).toEqual({})
  })

  it('being signed out is more than any problem', async () => {
    const over = new SignedOut()

    expect(await askAll([failing(new NoConnection('away')), failing(over)])).toEqual({ signedOut: over })
  })
})

describe('asking again and again', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('document', { hidden: false })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('waits for the answer before it asks again, and ends when it is stopped', async () => {
    let asked = 0
    const stop = repeat(3_000, async () => {
      asked += 1
      await new Promise((resolve) => setTimeout(resolve, 10_000))
    })

    await vi.advanceTimersByTimeAsync(12_000)
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(asked).toBe(2)
    stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toBe(2)
  })

  it('asks nothing while nobody looks', async () => {
    vi.stubGlobal('document', { hidden: true })
    const run = vi.fn(fine)
    const stop = repeat(3_000, run)

    await vi.advanceTimersByTimeAsync(10_000)
    stop()

    expect(run).not.toHaveBeenCalled()
  })
})
