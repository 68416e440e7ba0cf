import { pause as wait } from '../clock.ts'
import { done, type Execute, stopped } from './action.ts'

/** Pause (pause): 100 ms to 30 s. Whether it answers a caller is not clear in the guide; here it does not. */
export const pause: Execute<'Pause'> = async (context, parameters) =>
  (await wait(context.clock, parameters.DurationInMilliseconds, context.signal)) ? done : stopped
