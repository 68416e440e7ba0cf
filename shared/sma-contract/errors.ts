/** `ErrorType` of ACTION_FAILED and of INVALID_LAMBDA_RESPONSE (debug-action-failures). */
export type ActionErrorType =
  | 'InvalidAudioSource'
  | 'InvalidActionParameter'
  | 'MissingRequiredActionParameter'
  | 'CallNotAnswered'
  | 'AccessDenied'
  | 'ActionExecutionThrottled'
  | 'ResourceNotFound'
  | 'ResourceAccessDenied'
  | 'SystemException'
export type ResponseErrorType = 'TransactionAttributesInvalidMapSize' | 'SchemaVersionMismatch'

/** Why an action could not be carried out. `legacy` failures print `Error` instead of type and message (record-call, join-meeting). */
export type ActionError =
  | { readonly kind: 'typed'; readonly type: ActionErrorType; readonly message: string }
  | { readonly kind: 'legacy'; readonly error: string }

const typed = (type: ActionErrorType, message: string): ActionError => ({ kind: 'typed', type, message })

export const invalidParameter = (message: string): ActionError => typed('InvalidActionParameter', message)

/** Messages the service prints, by what went wrong. */
export const actionErrors = {
  unknownLeg: invalidParameter('CallId or ParticipantTag parameter for action is invalid'),
  audioUnreadable: typed('InvalidAudioSource', 'Cannot access S3 bucket or audio file'),
  audioInvalid: typed('InvalidAudioSource', 'Audio Source parameter value is invalid'),
  ringtoneInvalid: typed('InvalidAudioSource', 'Ringtone parameter value is invalid'),
  endpointCount: invalidParameter('Invalid number of endpoints provided'),
  endpoint: invalidParameter('Endpoint parameter is invalid'),
  callerIdMissing: invalidParameter('Caller ID not defined'),
  callerIdInvalid: invalidParameter(
    'Provided caller ID number is invalid. Number must be owned by this AWS account, or be the From number of LEG-A',
  ),
  callTimeout: invalidParameter('The MaxCallTimeout parameter is invalid. Timeout must be between 0 and 120 seconds'),
  alreadyBridged: invalidParameter('Invalid action on the call'),
  notAnswered: typed('CallNotAnswered', 'Call not answered'),
  // The guide shows no type of its own for "nothing was keyed in"; callers branch on the event, not on this.
  noDigits: invalidParameter('Digits were not received'),
  upload: invalidParameter('Error occurred while uploading recording to S3 bucket'),
  system: typed('SystemException', 'System error while running action'),
  missing: (parameter: string) =>
    typed('MissingRequiredActionParameter', `Missing required action parameter: ${parameter}`),
  textMissing: typed('MissingRequiredActionParameter', '`Text` is a required parameter'),
  textTooLong: typed('MissingRequiredActionParameter', '`Text` is limited to 1,000 characters'),
  throttled: typed('ActionExecutionThrottled', 'Request was throttled'),
  botMissing: typed('ResourceNotFound', 'The bot alias was not found'),
  recordingRefused: { kind: 'legacy', error: 'NoAccessToDestination: Error while accessing destination' },
  meetingRefused: { kind: 'legacy', error: 'ErrorJoiningMeeting: Error while joining meeting' },
  meetingNotConnected: invalidParameter('Call is not connected to Chime Meeting'),
  header: (name: string) => invalidParameter(`Invalid SIP header(s) provided: ${name}`),
} as const satisfies Record<string, ActionError | ((detail: string) => ActionError)>
