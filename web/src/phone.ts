import { openMyPhone } from '@offhook/shared/api/my-phone.ts'
import JsSIP from 'jssip'
import type { EndEvent, RTCSession } from 'jssip/lib/RTCSession'
import type { RTCSessionEvent } from 'jssip/lib/UA'
import type { Api } from './api.ts'
import type { ConsoleConfig } from './console-config.ts'
import type { Panel } from './element.ts'
import { closeMicrophone, openMicrophone } from './microphone.ts'
import { phoneCard } from './phone-card.ts'
import { newPhone, next, type PhoneEvent, type PhoneState } from './phone-state.ts'
import { partyOf } from './words.ts'

const pcConfig = { iceServers: [] }

const whoOf = ({ remote_identity }: RTCSession): string =>
  partyOf(remote_identity.uri.user, remote_identity.display_name)

/** A phone in the page: the signed-in person's own browser device, made by the server where there is none yet. */
export async function browserPhone(api: Api, { sip }: ConsoleConfig): Promise<Panel> {
  const { username, password } = await api.ask(openMyPhone)
  const phone = new BrowserPhone(
    new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(sip.wsUrl)],
      uri: `sip:${username}@${sip.domain}`,
      password,
      register_expires: 120,
    }),
  )
  return { element: phone.card.element, stop: () => phone.stop() }
}

class BrowserPhone {
  readonly card = phoneCard({
    call: (number) => void this.#call(number),
    answer: () => void this.#answer(),
    hangUp: () => this.#hangUp(),
    key: (digit) => this.#session?.sendDTMF(digit),
    mute: () => this.#mute(),
  })
  readonly #agent: JsSIP.UA
  #state: PhoneState = newPhone
  #session: RTCSession | undefined
  #microphone: MediaStream | undefined

  constructor(agent: JsSIP.UA) {
    this.#agent = agent
    agent.on('registered', () => this.#on({ type: 'registered' }))
    agent.on('disconnected', () => this.#on({ type: 'disconnected' }))
    agent.on('registrationFailed', ({ cause }) => this.#on({ type: 'register-failed', cause: String(cause) }))
    agent.on('newRTCSession', (event: RTCSessionEvent) => this.#offered(event))
    this.card.show(this.#state)
    agent.start()
  }

  /** Hangs up and takes the registration back: nobody rings a page that was left. */
  stop(): void {
    this.#agent.stop()
    this.#release()
  }

  #on(event: PhoneEvent): void {
    this.#state = next(this.#state, event)
    this.card.show(this.#state)
  }

  #offered({ originator, session }: RTCSessionEvent): void {
    if (originator !== 'remote') return
    // One call at a time: whoever else calls hears that it is busy.
    if (this.#session !== undefined || this.#state.phase === 'calling') return session.terminate()
    this.#follow(session)
    this.#on({ type: 'incoming', who: whoOf(session) })
  }

  #follow(session: RTCSession): void {
    this.#session = session
    session.on('confirmed', () => this.#on({ type: 'talking', who: whoOf(session) }))
    const over = ({ cause }: EndEvent) => {
      this.#release()
      this.#on({ type: 'over', cause })
    }
    session.on('ended', over)
    session.on('failed', over)
    // The connection of a call that was placed is there already, that of one taken comes with the answer.
    const hear = (connection: RTCPeerConnection | null) =>
      connection?.addEventListener('track', ({ track }) => this.card.play(new MediaStream([track])))
    hear(session.connection)
    session.on('peerconnection', ({ peerconnection }) => hear(peerconnection))
  }

  async #call(number: string): Promise<void> {
    if (this.#state.phase !== 'idle') return
    this.#on({ type: 'dialled', number })
    const microphone = await this.#open('calling')
    if (microphone === undefined) return
    this.#follow(this.#agent.call(number, { mediaStream: microphone, pcConfig }))
  }

  async #answer(): Promise<void> {
    const session = this.#session
    this.#on({ type: 'answer' })
    const microphone = await this.#open('answering')
    if (microphone !== undefined) session?.answer({ mediaStream: microphone, pcConfig })
  }

  /** The microphone, while it is still wanted when it is there. Without one there is no call. */
  async #open(wanted: PhoneState['phase']): Promise<MediaStream | undefined> {
    try {
      const stream = await openMicrophone()
      if (this.#state.phase === wanted) this.#microphone = stream
      else closeMicrophone(stream)
      return this.#microphone
    } catch (error) {
      if (this.#state.phase !== wanted) return undefined
      const session = this.#session
      this.#release()
      this.#on({ type: 'no-microphone', why: (error as Error).message })
      session?.terminate()
      return undefined
    }
  }

  #hangUp(): void {
    if (this.#session === undefined) this.#on({ type: 'over', cause: undefined })
    else this.#session.terminate()
  }

  #mute(): void {
    const isMuted = this.#session?.isMuted().audio !== true
    if (isMuted) this.#session?.mute({ audio: true })
    else this.#session?.unmute({ audio: true })
    this.#on({ type: 'muted', isMuted })
  }

  #release(): void {
    this.#session = undefined
    closeMicrophone(this.#microphone)
    this.#microphone = undefined
  }
}
