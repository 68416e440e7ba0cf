/** The list of modules. A new one is its file and one line here. */
import type { CallModule } from '../define-module.ts'
import { accountCarrier } from './account-carrier.ts'
import { branch } from './branch.ts'
import { callForward } from './call-forward.ts'
import { callReturn } from './call-return.ts'
import { callflow } from './callflow.ts'
import { checkVoicemail } from './check-voicemail.ts'
import { collectDigits } from './collect-digits.ts'
import { device } from './device.ts'
import { directory } from './directory.ts'
import { disa } from './disa.ts'
import { doNotDisturb } from './do-not-disturb.ts'
import { dynamicCallerId } from './dynamic-caller-id.ts'
import { echoTest } from './echo-test.ts'
import { faxBox } from './fax-box.ts'
import { followMe } from './follow-me.ts'
import { globalCarrier } from './global-carrier.ts'
import { hangUp } from './hang-up.ts'
import { hotDesk } from './hot-desk.ts'
import { intercom } from './intercom.ts'
import { language } from './language.ts'
import { matchCallerId } from './match-caller-id.ts'
import { menu } from './menu.ts'
import { missedCallAlert } from './missed-call-alert.ts'
import { pivot } from './pivot.ts'
import { playMedia } from './play-media.ts'
import { prepend } from './prepend.ts'
import { privacy } from './privacy.ts'
import { recordMedia } from './record-media.ts'
import { response } from './response.ts'
import { ringGroup } from './ring-group.ts'
import { sayTime } from './say-time.ts'
import { setCallerId } from './set-caller-id.ts'
import { setVariables } from './set-variables.ts'
import { sleep } from './sleep.ts'
import { textToSpeech } from './text-to-speech.ts'
import { timeOfDay } from './time-of-day.ts'
import { timeOfDaySwitch } from './time-of-day-switch.ts'
import { user } from './user.ts'
import { voicemail } from './voicemail.ts'
import { webhook } from './webhook.ts'

export const modules: readonly CallModule[] = [
  playMedia,
  ringGroup,
  user,
  voicemail,
  menu,
  device,
  callflow,
  directory,
  faxBox,
  checkVoicemail,
  setVariables,
  branch,
  collectDigits,
  recordMedia,
  textToSpeech,
  sleep,
  language,
  doNotDisturb,
  callForward,
  callReturn,
  followMe,
  hotDesk,
  intercom,
  missedCallAlert,
  pivot,
  webhook,
  accountCarrier,
  globalCarrier,
  response,
  hangUp,
  prepend,
  matchCallerId,
  setCallerId,
  dynamicCallerId,
  privacy,
  disa,
  echoTest,
  sayTime,
  timeOfDay,
  timeOfDaySwitch,
]

const byType = new Map(modules.map((module) => [module.type, module]))
export const findModule = (type: string): CallModule | undefined => byType.get(type)
