import { actionErrors } from '@offhook/shared/sma-contract/errors.ts'
import { type Execute, failed, stopped } from './action.ts'

/** Longest recording where the action states none, seconds: four hours, as long as a call lasts. */
const secondsMax = 14_400

/**
 * RecordAudio (record-audio): until a key, silence or the limit. Cut off or hung up on, it keeps what was said and tells where it is. No beep.
 * The key of the object begins with the prefix; the rest is ours and says nothing.
 */
export const recordAudio: Execute<'RecordAudio'> = async (context, parameters) => {
  const { BucketName, Prefix = '' } = parameters.RecordingDestination
  if (!(await context.leg.answer())) return stopped
  const key = `${Prefix}${stamp(context.clock.nowMs())}-${context.leg.id.slice(0, 8)}.wav`
  const path = await context.audio.beginRecording(BucketName, key)
  const recording = context.leg.leg.record({
    path,
    maxSeconds: Math.min(parameters.DurationInSeconds ?? secondsMax, secondsMax),
    silenceThreshold: parameters.SilenceThreshold,
    stopOn: parameters.RecordingTerminators,
    ...(parameters.SilenceDurationInSeconds === undefined
      ? {}
      : { silenceSeconds: parameters.SilenceDurationInSeconds }),
  })
  const stop = () => recording.stop()
  context.signal.addEventListener('abort', stop, { once: true })
  const result = await recording.done
  context.signal.removeEventListener('abort', stop)
  // Keys pressed while recording end it; none of them is meant for the next question.
  context.leg.digits.clear()
  if (result.ended === 'failed') return failed(actionErrors.upload)
  try {
    await context.audio.finishRecording(BucketName, key, path)
  } catch {
    // The guide's own error says what the caller of this action can know: the object is not there.
    return failed(actionErrors.upload)
  }
  return {
    kind: 'done',
    data: {
      RecordingDestination: { Type: 'S3', BucketName, Key: key },
      ...(result.digit === undefined ? {} : { RecordingTerminatorUsed: result.digit }),
    },
  }
}

/** `2026-11-23-09-15-31-042`. */
const stamp = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 23).replaceAll(/[T:.]/g, '-')
