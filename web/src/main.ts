import { Api, SignedOut } from './api.ts'
import { messageOf } from './connection.ts'
import { addressOf, type ConsoleConfig, homeOf, loadConfig } from './console-config.ts'
import { element } from './element.ts'
import { home } from './home.ts'
import { beginSignIn, endSignIn, finishSignIn } from './sign-in.ts'
import './style.css'

const place = document.querySelector('#console')
const show = (...children: (Node | string)[]) => place?.replaceChildren(...children)

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

function enter(config: ConsoleConfig, api: Api): void {
  const panel = home(config, api, {
    signedOut: (error) => welcome(config, error.message),
    signOut() {
      panel.stop()
      welcome(config)
      endSignIn(config, homeOf(location)).catch((error: unknown) =>
        welcome(config, `This page has forgotten you, but the server has not: ${messageOf(error)}`),
      )
    },
  })
  show(...panel.elements)
}

async function start(): Promise<void> {
  const config = await loadConfig(addressOf(location.pathname))
  document.title = `${config.accountName} – Offhook`
  try {
    const tokens = await finishSignIn(config, location.search, homeOf(location))
    if (location.search !== '') history.replaceState({}, '', homeOf(location))
    if (tokens === undefined) welcome(config)
    else enter(config, new Api(config, tokens))
  } catch (error) {
    welcome(config, error instanceof SignedOut ? undefined : messageOf(error))
  }
}

start().catch((error: unknown) => show(element('p', { class: 'problem', role: 'alert' }, messageOf(error))))
