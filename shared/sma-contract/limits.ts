/**
 * Bounds of the SIP media application contract, each with the page of the Amazon Chime SDK Developer Guide that states it
 * (https://docs.aws.amazon.com/chime-sdk/latest/dg/<page>.html).
 */

export const schemaVersion = '1.0'

/** Actions of one response; an eleventh ends the call (debug-hangups). */
export const actionsMax = 10
/** Times the function is asked in one call (invoke-on-call-leg). */
export const invocationsMax = 1_000
/** Unanswered for this long, the function is asked again (timeouts). */
export const lambdaRetryMs = 5_000
/** Unanswered for this long, the call is over (debug-hangups). */
export const lambdaHardStopMs = 20_000
/** Errors of the function are asked again this often, then the call ends with 480 (timeouts). */
export const lambdaErrorRetries = 1
/** A new inbound call nobody serves ends after this (use-cases). */
export const unservedCallMs = 30_000

/** Stored by the service: 100 pairs, 20 KB (transaction-attributes). */
export const attributePairsMax = 100
export const attributeBytesMax = 20_480
/** What we allow ourselves: older pages print 10 pairs. */
export const ownAttributePairsMax = 9
export const ownAttributeBytesMax = 8_000

/** CallAndBridge (call-and-bridge). */
export const bridgeSecondsMin = 1
export const bridgeSecondsMax = 120
export const bridgeSecondsDefault = 30
export const uriCharsMax = 36
export const sipHeaderCharsMax = 2_048
export const sipHeadersMax = 20

/** PlayAudioAndGetDigits, SpeakAndGetDigits (play-audio-and-get-digits). */
export const digitsMax = 128
/** Speak (speak): characters of `Text`, mark-up included. */
export const speakCharsMax = 1_000
/** SendDigits (send-digits). */
export const sendDigitsMax = 50
export const toneMsMin = 50
export const toneMsMax = 24_000
export const toneMsDefault = 250
/** RecordAudio (record-audio). */
export const silenceSecondsMax = 1_000
export const silenceThresholdMax = 1_000
export const silenceThresholdDefault = 200
export const recordingPrefixMax = 979
/** Pause (pause). */
export const pauseMsMin = 100
export const pauseMsMax = 30_000
/** StartBotConversation (start-bot-conversation). */
export const botConfigurationBytesMax = 10_240
/** Create- and UpdateSipMediaApplicationCall (API reference). */
export const argumentsMax = 20

/** Default quotas of an account and region (General Reference); only the `chime` profile knows them. */
export const quotas = {
  activeCalls: 10,
  createCallsPerSecond: 1,
  updateCallsPerSecond: 5,
  voiceFocusPerSecond: 5,
} as const
