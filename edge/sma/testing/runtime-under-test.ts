import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { SmaEvent as EventSchema } from '@offhook/shared/sma-contract/events.ts'
import type { SmaResponse } from '@offhook/shared/sma-contract/response.ts'
import type { CallOpening } from '../call-opening.ts'
import { inProcess } from '../invoke.ts'
import type { SmaRuntimeOptions } from '../runtime.ts'
import { SmaRuntime } from '../runtime.ts'
import { FakeAudio, FakeCallControl } from './fake-call-control.ts'
import { ManualClock } from './manual-clock.ts'

export const trustKey = 'a key of at least thirty-two characters'

/** Answers an event; what a test knows of the call it may keep outside. */
export type Script = (event: SmaEvent) => unknown

export const answer = (...actions: NonNullable<SmaResponse['Actions']>): SmaResponse => ({
  SchemaVersion: '1.0',
  Actions: actions,
})

/** The runtime over legs in memory, a clock turned by hand, and a scripted function whose every event is parsed with the schema. */
export function runtimeUnderTest(script: Script, options: Partial<SmaRuntimeOptions> = {}, clock = new ManualClock()) {
  const calls = new FakeCallControl(clock)
  const audio = new FakeAudio()
  const events: SmaEvent[] = []
  const opened: CallOpening[] = []
  const closed: string[] = []
  const lines: Readonly<Record<string, unknown>>[] = []
  const runtime = new SmaRuntime({
    calls,
    audio,
    clock,
    invoke: inProcess(
      async (raw) => {
        const event = EventSchema.parse(raw)
        events.push(event)
        return script(event)
      },
      () => clock.nowMs(),
    ),
    journal: {
      opened: (call) => void opened.push(call),
      turn: () => {},
      closed: (callId) => void closed.push(callId),
    },
    trustKey,
    loadItem: async () => undefined,
    apologyPath: 'apology.wav',
    log: (line) => void lines.push(line),
    ...options,
  })
  const seen = () =>
    events.map((event) =>
      [event.InvocationEventType, event.ActionData?.Type].filter((part) => part !== undefined).join(' '),
    )
  return { clock, calls, audio, events, opened, closed, lines, runtime, seen }
}
