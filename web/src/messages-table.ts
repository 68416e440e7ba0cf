import { listMyBoxes } from '@offhook/shared/api/my-phone.ts'
import { getMessageAudio, listMessages } from '@offhook/shared/api/voicemail-messages.ts'
import type { Api } from './api.ts'
import { messageOf } from './connection.ts'
import { element } from './element.ts'
import { liveTable, type Row } from './live-table.ts'
import type { Section } from './live-view.ts'
import { dayAndTimeOf, durationOf, partyOf } from './words.ts'

/** Boxes whose messages are shown, and messages of each. */
const boxesMax = 5
const messagesMax = 20

type Where = { readonly boxId: string; readonly id: string }

/** A button that becomes a player: the sound is fetched when somebody wants to hear it. */
function player(api: Api, where: Where, whose: string): HTMLElement {
  const place = element('span', { class: 'listen' })
  const button = element('button', { type: 'button', 'aria-label': `Listen to the message from ${whose}` }, 'Listen')
  button.addEventListener('click', () => {
    button.disabled = true
    api.sound(getMessageAudio, { params: where }).then(
      (sound) => {
        const audio = element('audio', { controls: '', autoplay: '', 'aria-label': `Message from ${whose}` })
        audio.src = URL.createObjectURL(sound)
        place.replaceChildren(audio)
      },
      (error: unknown) => {
        button.disabled = false
        button.textContent = messageOf(error)
      },
    )
  })
  place.append(button)
  return place
}

async function newMessages(api: Api, boxId: string): Promise<Row[]> {
  const { items } = await api.ask(listMessages, { params: { boxId }, query: { limit: messagesMax } })
  return items.map(({ id, at, callerNumber, callerName, durationMs }) => {
    const whose = partyOf(callerNumber ?? 'an unknown number', callerName)
    return {
      key: `${boxId}/${id}`,
      cells: [dayAndTimeOf(at), whose, durationOf(durationMs / 1_000), () => player(api, { boxId, id }, whose)],
    }
  })
}

/** New messages in the person's own boxes. */
export function messagesTable(api: Api): Section {
  const table = liveTable('New voicemail', ['Time', 'From', 'Length', 'Message'], 'There are no new messages.')
  return {
    may: listMyBoxes.may,
    element: table.element,
    async update() {
      const { items } = await api.ask(listMyBoxes)
      table.show((await Promise.all(items.slice(0, boxesMax).map(({ id }) => newMessages(api, id)))).flat())
    },
  }
}
