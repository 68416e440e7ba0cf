import { getCdr } from '@offhook/shared/api/cdrs.ts'
import type { Api } from './api.ts'
import { messageOf } from './connection.ts'
import { element } from './element.ts'
import { callWords } from './leg-words.ts'

/** How a call sounded, asked for when it is opened; and again each time, for the last legs are noted when the call is in the list already. */
export function callDetails(api: Api, callId: string): HTMLElement {
  const list = element('ul')
  const details = element('details', {}, element('summary', {}, 'How it sounded'), list)
  const say = (sentences: readonly string[]) =>
    list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)))
  details.addEventListener('toggle', () => {
    if (!details.open) return
    if (list.childElementCount === 0) say(['Looking …'])
    api.ask(getCdr, { params: { callId } }).then(
      ({ legs }) => say(callWords(legs)),
      (error: unknown) => say([messageOf(error)]),
    )
  })
  return details
}
