import { Api, SignedOut } from './api.ts'
import { addressOf, type ConsoleConfig, homeOf, loadConfig } from './console-config.ts'
import { element } from './element.ts'
import { liveView } from './live-view.ts'
import { browserPhone } from './phone.ts'
import { beginSignIn, finishSignIn } from './sign-in.ts'
import './style.css'

const place = document.querySelector('#console')
const show = (...children: (Node | string)[]) => place?.replaceChildren(...children)
const messageOf = (error: unknown): string =>
  error instanceof TypeError
    ? 'The server does not answer. Is it running?'
    : error instanceof Error
      ? error.message
      : String(error)

function welcome(config: ConsoleConfig, problem?: string): void {
  const button = element('button', { type: 'button', class: 'go' }, 'Sign in')
  button.addEventListener('click', () => {
    beginSignIn(config, homeOf(location)).catch((error: unknown) => welcome(config, messageOf(error)))
  })
  const said = problem === undefined ? [] : [element('p', { class: 'problem', role: 'alert' }, problem)]
  show(
    element(
      'main',
      { class: 'welcome' },
      element('h1', {}, config.accountName),
      element('p', {}, 'The phone system of this account.'),
      ...said,
      button,
    ),
  )
}

async function home(config: ConsoleConfig, api: Api): Promise<void> {
  const problem = element('p', { class: 'problem', role: 'alert', hidden: '' })
  const warning = config.emergencyAvailable
    ? []
    : [
        element(
          'aside',
          { class: 'warning', 'aria-label': 'Emergency calls' },
          '911 is not available from this installation. Use another phone for emergencies.',
        ),
      ]
  const live = liveView(api, (error) => {
    if (error instanceof SignedOut) return welcome(config, error.message)
    problem.hidden = false
    problem.textContent = `${messageOf(error)} Trying again every few seconds.`
  })
  const main = element('main', {}, problem, live)
  show(
    ...warning,
    element('header', {}, element('h1', {}, config.accountName), element('p', { class: 'quiet' }, 'Offhook')),
    main,
  )
  try {
    main.prepend(await browserPhone(api, config))
  } catch (error) {
    problem.hidden = false
    problem.textContent = `The phone cannot start: ${messageOf(error)}`
  }
}

async function start(): Promise<void> {
  const config = await loadConfig(addressOf(location.pathname))
  document.title = `${config.accountName} – Offhook`
  try {
    const tokens = await finishSignIn(config, location.search, homeOf(location))
    if (location.search !== '') history.replaceState({}, '', homeOf(location))
    if (tokens === undefined) welcome(config)
    else await home(config, new Api(config, tokens))
  } catch (error) {
    welcome(config, messageOf(error))
  }
}

start().catch((error: unknown) => show(element('p', { class: 'problem', role: 'alert' }, messageOf(error))))
