import { getMe } from '@offhook/shared/api/me.ts'
import { type Api, SignedOut } from './api.ts'
import { messageOf, NoConnection } from './connection.ts'
import type { ConsoleConfig } from './console-config.ts'
import { element, type Panel } from './element.ts'
import { liveView } from './live-view.ts'
import { browserPhone } from './phone.ts'

/** Time between two tries to reach the server, ms. */
const againMs = 3_000

export interface Leaving {
  /** Somebody wants to go. */
  readonly signOut: () => void
  /** The server wants them gone. */
  readonly signedOut: (error: SignedOut) => void
}

export interface Home {
  readonly elements: readonly HTMLElement[]
  stop(): void
}

/** One line for what is wrong; each source speaks for itself and takes its own words back. */
function problemLine() {
  const line = element('p', { class: 'problem', role: 'alert', hidden: '' })
  const said = new Map<string, string>()
  return {
    line,
    say: (source: string, problem: string | undefined): void => {
      if (said.get(source) === problem) return
      if (problem === undefined) said.delete(source)
      else said.set(source, problem)
      const text = [...new Set(said.values())].join(' ')
      line.textContent = text
      line.hidden = text === ''
    },
  }
}

function frame(config: ConsoleConfig, who: HTMLElement, main: HTMLElement, signOut: () => void): HTMLElement[] {
  const leave = element('button', { type: 'button' }, 'Sign out')
  leave.addEventListener('click', signOut)
  const header = element(
    'header',
    {},
    element('h1', {}, config.accountName),
    element('p', { class: 'quiet' }, 'Offhook'),
    element('div', { class: 'who' }, who, leave),
  )
  if (config.emergencyAvailable) return [header, main]
  const warning = element(
    'aside',
    { class: 'warning', 'aria-label': 'Emergency calls' },
    '911 is not available from this installation. Use another phone for emergencies.',
  )
  return [warning, header, main]
}

/** The page of somebody who is signed in: their phone, and what they may see. */
export function home(config: ConsoleConfig, api: Api, leaving: Leaving): Home {
  const panels: Panel[] = []
  const { line, say } = problemLine()
  const who = element('span', { class: 'quiet' })
  const main = element('main', {}, line)
  let isOver = false

  const stop = () => {
    isOver = true
    for (const panel of panels.splice(0)) panel.stop()
  }
  const onSignedOut = (error: SignedOut) => {
    if (isOver) return
    stop()
    leaving.signedOut(error)
  }
  const add = (panel: Panel, where: 'before' | 'after') => {
    if (isOver) return panel.stop()
    panels.push(panel)
    if (where === 'before') line.after(panel.element)
    else main.append(panel.element)
  }

  /** Tries again while the server is away; everything else it says is final. */
  const persist = async (source: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run()
      say(source, undefined)
    } catch (error) {
      if (error instanceof SignedOut) return onSignedOut(error)
      say(source, messageOf(error))
      if (error instanceof NoConnection && !isOver) setTimeout(() => void persist(source, run), againMs)
    }
  }
  void persist('person', async () => {
    const me = await api.ask(getMe)
    who.textContent = me.username ?? me.subject
    add(liveView(api, me.permissions, { onProblem: (problem) => say('live', problem), onSignedOut }), 'after')
    main.classList.toggle('no-phone', me.userId === undefined)
    // Phones belong to users: an operator, or an administrator who is nobody's user, has none.
    if (me.userId !== undefined) await persist('phone', async () => add(await browserPhone(api, config), 'before'))
  })
  return { elements: frame(config, who, main, leaving.signOut), stop }
}
