import type { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import type { ActionContext, ActionResult } from './action.ts'
import { callAndBridge } from './call-and-bridge.ts'
import { pauseCallRecording, resumeCallRecording, startCallRecording, stopCallRecording } from './call-recording.ts'
import { joinChimeMeeting, modifyChimeMeetingAttendees, startBotConversation, voiceFocus } from './elsewhere.ts'
import { playAudioAndGetDigits, speakAndGetDigits } from './get-digits.ts'
import { hangup } from './hang-up.ts'
import { pause } from './pause.ts'
import { playAudio, speak } from './play.ts'
import { receiveDigits } from './receive-digits.ts'
import { recordAudio } from './record-audio.ts'
import { sendDigits } from './send-digits.ts'

/** Carries one action out. The list of all there are: a new one is its file and one line here. */
export function execute(context: ActionContext, action: SmaAction): Promise<ActionResult> {
  switch (action.Type) {
    case 'PlayAudio':
      return playAudio(context, action.Parameters)
    case 'PlayAudioAndGetDigits':
      return playAudioAndGetDigits(context, action.Parameters)
    case 'Speak':
      return speak(context, action.Parameters)
    case 'SpeakAndGetDigits':
      return speakAndGetDigits(context, action.Parameters)
    case 'ReceiveDigits':
      return receiveDigits(context, action.Parameters)
    case 'SendDigits':
      return sendDigits(context, action.Parameters)
    case 'RecordAudio':
      return recordAudio(context, action.Parameters)
    case 'StartCallRecording':
      return startCallRecording(context, action.Parameters)
    case 'StopCallRecording':
      return stopCallRecording(context, action.Parameters)
    case 'PauseCallRecording':
      return pauseCallRecording(context, action.Parameters)
    case 'ResumeCallRecording':
      return resumeCallRecording(context, action.Parameters)
    case 'Pause':
      return pause(context, action.Parameters)
    case 'CallAndBridge':
      return callAndBridge(context, action.Parameters)
    case 'JoinChimeMeeting':
      return joinChimeMeeting(context, action.Parameters)
    case 'ModifyChimeMeetingAttendees':
      return modifyChimeMeetingAttendees(context, action.Parameters)
    case 'Hangup':
      return hangup(context, action.Parameters)
    case 'StartBotConversation':
      return startBotConversation(context, action.Parameters)
    case 'VoiceFocus':
      return voiceFocus(context, action.Parameters)
  }
}
