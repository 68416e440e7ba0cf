/** Actions of services that are not here: answered with the errors the guide documents for them. */
import { actionErrors } from '@offhook/shared/sma-contract/errors.ts'
import { type Execute, failed } from './action.ts'

/** JoinChimeMeeting (join-meeting): conferences are mixed by the edge, there is no meeting to join. */
export const joinChimeMeeting: Execute<'JoinChimeMeeting'> = async (context) =>
  failed(context.isBridged ? actionErrors.alreadyBridged : actionErrors.meetingRefused)

export const modifyChimeMeetingAttendees: Execute<'ModifyChimeMeetingAttendees'> = async () =>
  failed(actionErrors.meetingNotConnected)

/** StartBotConversation (start-bot-conversation): no bot, as with the default quota of none. */
export const startBotConversation: Execute<'StartBotConversation'> = async (context) =>
  failed(context.isBridged ? actionErrors.alreadyBridged : actionErrors.botMissing)

/** VoiceFocus (voicefocus). */
export const voiceFocus: Execute<'VoiceFocus'> = async () => failed(actionErrors.system)
