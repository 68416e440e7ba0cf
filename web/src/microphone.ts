const problems: Readonly<Record<string, string>> = {
  NotAllowedError: 'The microphone is not allowed. Allow it for this page, then call again.',
  NotFoundError: 'There is no microphone. Plug one in, then call again.',
  NotReadableError: 'The microphone is in use by another program. Close that, then call again.',
}

/** Why there is no sound from here, by the name of the browser's error (W3C Media Capture §10.2). */
export const microphoneProblem = (errorName: string): string =>
  problems[errorName] ?? `The microphone does not work (${errorName}).`

/** The microphone. Throws an Error whose message says what to do. */
export async function openMicrophone(): Promise<MediaStream> {
  // Browsers leave it out of pages that did not come by TLS or from this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (devices === undefined)
    throw new Error('Browsers give the microphone to secure pages only. Open this console by https.')
  return devices.getUserMedia({ audio: true, video: false }).catch((cause: unknown) => {
    throw new Error(microphoneProblem(cause instanceof DOMException ? cause.name : String(cause)), { cause })
  })
}

export const closeMicrophone = (stream: MediaStream | undefined): void => {
  for (const track of stream?.getTracks() ?? []) track.stop()
}
