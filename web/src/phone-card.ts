import { element } from './element.ts'
import { buttonsOf, type PhoneState } from './phone-state.ts'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** What somebody can do with the phone. */
export interface PhoneActions {
  call(number: string): void
  answer(): void
  hangUp(): void
  key(digit: string): void
  mute(): void
}

export interface PhoneCard {
  readonly element: HTMLElement
  show(state: PhoneState): void
  play(sound: MediaStream): void
}

const button = (attributes: Record<string, string>, text: string, act: () => void): HTMLButtonElement => {
  const made = element('button', { type: 'button', ...attributes }, text)
  made.addEventListener('click', act)
  return made
}

/** The phone as it is seen: a number, keys, and the buttons that make sense. */
export function phoneCard(actions: PhoneActions): PhoneCard {
  const status = element('p', { class: 'status', role: 'status' })
  const sound = element('audio', { autoplay: '' })
  const number = element('input', { id: 'number', type: 'tel', autocomplete: 'off' })
  const call = element('button', { type: 'submit', class: 'go' }, 'Call')
  const answer = button({ class: 'go' }, 'Answer', () => actions.answer())
  const hangUp = button({ class: 'stop' }, 'Hang up', () => actions.hangUp())
  const mute = button({ 'aria-pressed': 'false' }, 'Mute', () => actions.mute())
  let isInCall = false
  const press = (key: string) => {
    if (isInCall) actions.key(key)
    else number.value += key
  }
  const pad = element(
    'div',
    { class: 'pad', role: 'group', 'aria-label': 'Keys' },
    ...keys.map((key) => button({}, key, () => press(key))),
  )
  const buttons = element('div', { class: 'row' }, call, answer, hangUp, mute)
  const form = element('form', {}, element('label', { for: 'number' }, 'Number'), number, pad, buttons, sound)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const dialled = number.value.replaceAll(/[^\d*#+]/g, '')
    if (dialled !== '') actions.call(dialled)
  })
  return {
    element: element('section', { class: 'phone' }, element('h2', {}, 'Phone'), status, form),
    play(stream) {
      sound.srcObject = stream
    },
    show(state) {
      const visible = buttonsOf(state)
      isInCall = visible.mute
      if (status.textContent !== state.said) status.textContent = state.said
      status.classList.toggle('ringing', visible.answer)
      call.hidden = !visible.call
      call.disabled = !visible.mayCall
      answer.hidden = !visible.answer
      hangUp.hidden = !visible.hangUp
      mute.hidden = !visible.mute
      mute.setAttribute('aria-pressed', String(state.isMuted))
    },
  }
}
