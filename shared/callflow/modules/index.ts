/** The list of modules. A new one is its file and one line here. */
import type { CallModule } from '../define-module.ts'
import { callflow } from './callflow.ts'
import { checkVoicemail } from './check-voicemail.ts'
import { device } from './device.ts'
import { directory } from './directory.ts'
import { echoTest } from './echo-test.ts'
import { hangUp } from './hang-up.ts'
import { menu } from './menu.ts'
import { playMedia } from './play-media.ts'
import { prepend } from './prepend.ts'
import { ringGroup } from './ring-group.ts'
import { setVariables } from './set-variables.ts'
import { timeOfDay } from './time-of-day.ts'
import { timeOfDaySwitch } from './time-of-day-switch.ts'
import { user } from './user.ts'
import { voicemail } from './voicemail.ts'

export const modules: readonly CallModule[] = [
  playMedia,
  ringGroup,
  user,
  voicemail,
  menu,
  device,
  callflow,
  directory,
  checkVoicemail,
  setVariables,
  hangUp,
  prepend,
  echoTest,
  timeOfDay,
  timeOfDaySwitch,
]

const byType = new Map(modules.map((module) => [module.type, module]))
export const findModule = (type: string): CallModule | undefined => byType.get(type)
