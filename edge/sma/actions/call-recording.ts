import { actionErrors } from '@offhook/shared/sma-contract/errors.ts'
import type { Recording } from '../../media/media-engine.ts'
import type { CallLeg } from '../call-leg.ts'
import { type ActionContext, done, type Execute, failed, stopped } from './action.ts'

const folderDefault = 'Amazon-Chime-SMA-Call-Recordings'
const secondsMax = 14_400
const tracks = { BOTH: 'both', INCOMING: 'incoming', OUTGOING: 'outgoing' } as const

interface Running {
  readonly recording: Recording
  readonly finished: Promise<void>
}

/** Recordings of whole legs, one a leg, running beside the queue until stopped or until the leg ends (record-call). */
export class CallRecordings {
  readonly #running = new Map<string, Running>()

  start(leg: CallLeg, running: Running): void {
    leg.wasRecorded = true
    this.#running.set(leg.id, running)
  }

  find(leg: CallLeg): Recording | undefined {
    return this.#running.get(leg.id)?.recording
  }

  /** Ends a leg's recording; resolves when the object is stored. */
  async stop(leg: CallLeg): Promise<void> {
    const running = this.#running.get(leg.id)
    this.#running.delete(leg.id)
    running?.recording.stop()
    await running?.finished
  }
}

/** StartCallRecording: `<folder>/YYYY/MM/DD/<stamp>_<transaction>_<leg>.wav`. A leg is recorded once. */
export const startCallRecording: Execute<'StartCallRecording'> = async (context, parameters) => {
  if (!context.leg.isConnected || context.leg.wasRecorded) return failed(actionErrors.recordingRefused)
  const [bucket = '', ...prefix] = parameters.Destination.Location.split('/')
  const at = new Date(context.clock.nowMs()).toISOString()
  const name = `${at.slice(0, 23).replaceAll(/[T:.]/g, '-')}_${context.transactionId}_${context.leg.id}.wav`
  const key = [prefix.join('/') || folderDefault, at.slice(0, 10).replaceAll('-', '/'), name].join('/')
  const path = await context.audio.beginRecording(bucket, key)
  const recording = context.leg.leg.record({ path, track: tracks[parameters.Track], maxSeconds: secondsMax })
  const finished = recording.done.then(() => context.audio.finishRecording(bucket, key, path))
  // A failed upload is told when the recording is stopped; until then nobody waits for it.
  finished.catch(() => {})
  context.recordings.start(context.leg, { recording, finished })
  return { kind: 'done', data: { CallRecordingDestination: { Type: 'S3', Location: `${bucket}/${key}` } } }
}

export const stopCallRecording: Execute<'StopCallRecording'> = async (context) => {
  try {
    await context.recordings.stop(context.leg)
  } catch {
    return failed(actionErrors.recordingRefused)
  }
  return done
}

const changed = (change: (recording: Recording) => void) => async (context: ActionContext) => {
  const recording = context.recordings.find(context.leg)
  if (recording === undefined) return context.leg.isUp ? failed(actionErrors.recordingRefused) : stopped
  change(recording)
  return done
}
export const pauseCallRecording: Execute<'PauseCallRecording'> = changed((recording) => recording.pause())
export const resumeCallRecording: Execute<'ResumeCallRecording'> = changed((recording) => recording.resume())
