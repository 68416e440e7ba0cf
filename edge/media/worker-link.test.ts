import { describe, expect, it } from 'vitest'
import { WorkerLink } from './worker-link.ts'
import { WorkerSession } from './worker-session.ts'

const settings = { listen: '127.0.0.1', rtpPorts: { from: 40_000, to: 40_001 } }
const dying = new URL('./testing/dying-worker.ts', import.meta.url)

describe('when the media thread dies', () => {
  it('that is reported once, everybody who waits is told, and new sessions are refused', async () => {
    const failures: string[] = []
    const link = new WorkerLink(settings, (error) => failures.push(error.message), dying)
    const session = await WorkerSession.open(link, { profile: 'rtp' }, '127.0.0.1', () => undefined)
    const recording = session.record({ path: '/nowhere/x.wav', maxSeconds: 10 })
    const digits = session.sendDigits('12')

    const played = await session.play({ kind: 'silence', durationMs: 100 }).done

    expect(played).toEqual({ ended: 'failed', error: 'the media thread has ended' })
    expect(await recording.done).toMatchObject({ ended: 'failed' })
    await digits
    await session.close()
    expect(failures).toEqual(['a bug in the media thread'])
    await expect(WorkerSession.open(link, { profile: 'rtp' }, '127.0.0.1', () => undefined)).rejects.toMatchObject({
      code: 'no-rtp-port',
      status: 503,
    })
  })
})
