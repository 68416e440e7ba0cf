import JsSIP from 'jssip'
import type { Api } from './api.ts'
import type { ConsoleConfig } from './console-config.ts'
import { element } from './element.ts'

interface Device {
  readonly id: string
  readonly type: string
  readonly ownerId?: string
  readonly username?: string
}
interface Session {
  readonly connection: RTCPeerConnection
  readonly remote_identity: { readonly uri: { readonly user: string }; readonly display_name?: string }
  answer(options: object): void
  terminate(): void
  sendDTMF(digit: string): void
  mute(): void
  unmute(): void
  isMuted(): { audio?: boolean }
  on(event: string, listener: (data: { cause?: string }) => void): void
}

const media = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } }
const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** A phone in the page: the signed-in person's own browser device. Says why when it cannot work. */
export async function browserPhone(api: Api, config: ConsoleConfig): Promise<HTMLElement> {
  const status = element('p', { class: 'status', role: 'status' }, 'Connecting …')
  const card = element('section', { class: 'phone' }, element('h2', {}, 'Phone'), status)
  const { userId } = await api.ask<{ userId?: string }>('/me')
  const { items } = await api.ask<{ items: { document?: Device }[] | Device[] }>('devices?limit=100')
  const devices = items.map((item) =>
    'document' in item && item.document !== undefined ? item.document : (item as Device),
  )
  const device = devices.find((one) => one.type === 'browser' && one.ownerId === userId)
  if (device?.username === undefined) {
    status.textContent = 'You have no browser phone yet. Ask your administrator for one.'
    return card
  }
  const { password } = await api.ask<{ password: string }>(`devices/${device.id}/password/reveal`, 'POST')
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(config.sip.wsUrl)],
    uri: `sip:${device.username}@${config.sip.domain}`,
    password,
    register_expires: 120,
  })
  card.append(controls(agent, status))
  agent.on('registered', () => {
    status.textContent = 'Ready. Your browser asks for the microphone when you call.'
  })
  agent.on('disconnected', () => {
    status.textContent = 'The connection is lost; trying again …'
  })
  agent.on('registrationFailed', () => {
    status.textContent = 'The phone could not register.'
  })
  agent.start()
  return card
}

type Agent = InstanceType<typeof JsSIP.UA>

function controls(agent: Agent, status: HTMLElement): HTMLElement {
  let session: Session | undefined
  const sound = element('audio', { autoplay: '' })
  const number = element('input', { id: 'number', type: 'tel', autocomplete: 'off', placeholder: '8000' })
  const call = element('button', { type: 'submit', class: 'go' }, 'Call')
  const answer = element('button', { type: 'button', class: 'go', hidden: '' }, 'Answer')
  const hangUp = element('button', { type: 'button', class: 'stop', hidden: '' }, 'Hang up')
  const mute = element('button', { type: 'button', hidden: '', 'aria-pressed': 'false' }, 'Mute')
  const show = (state: 'idle' | 'ringing' | 'up') => {
    call.hidden = state !== 'idle'
    answer.hidden = state !== 'ringing'
    hangUp.hidden = state === 'idle'
    mute.hidden = state !== 'up'
  }
  const follow = (next: Session) => {
    session = next
    next.on('confirmed', () => {
      status.textContent = `Talking with ${next.remote_identity.uri.user}`
      show('up')
    })
    const over = ({ cause }: { cause?: string }) => {
      session = undefined
      status.textContent =
        cause === 'User Denied Media Access'
          ? 'The microphone is not allowed. Allow it for this page, then call again.'
          : `Call ended${cause === undefined ? '' : `: ${cause}`}.`
      show('idle')
    }
    next.on('ended', over)
    next.on('failed', over)
    next.connection?.addEventListener('track', (event) => {
      sound.srcObject = new MediaStream([event.track])
    })
    next.on('peerconnection', () =>
      next.connection.addEventListener('track', (event) => {
        sound.srcObject = new MediaStream([event.track])
      }),
    )
  }
  agent.on('newRTCSession', (event: { originator: string; session: unknown }) => {
    const incoming = event.session as Session
    if (event.originator !== 'remote') return
    if (session !== undefined) return incoming.terminate()
    follow(incoming)
    status.textContent =
      `${incoming.remote_identity.display_name ?? ''} ${incoming.remote_identity.uri.user} is calling`.trim()
    show('ringing')
  })
  const pad = element('div', { class: 'pad', role: 'group', 'aria-label': 'Keys' })
  for (const key of keys) {
    const button = element('button', { type: 'button' }, key)
    button.addEventListener('click', () => {
      if (session === undefined) number.value += key
      else session.sendDTMF(key)
    })
    pad.append(button)
  }
  const form = element(
    'form',
    {},
    element('label', { for: 'number' }, 'Number'),
    number,
    pad,
    element('div', { class: 'row' }, call, answer, hangUp, mute),
    sound,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const dialled = number.value.replaceAll(/[^\d*#+]/g, '')
    if (dialled === '' || session !== undefined) return
    status.textContent = `Calling ${dialled} …`
    show('up')
    follow(agent.call(dialled, media) as unknown as Session)
  })
  answer.addEventListener('click', () => session?.answer(media))
  hangUp.addEventListener('click', () => session?.terminate())
  mute.addEventListener('click', () => {
    const muted = session?.isMuted().audio === true
    if (muted) session?.unmute()
    else session?.mute()
    mute.setAttribute('aria-pressed', String(!muted))
  })
  return form
}
