import { expect, it } from 'vitest'
import { Outbox } from './outbox.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('what is said in one turn of the event loop goes in one trip, in order', async () => {
  const trips: (readonly number[])[] = []
  const outbox = new Outbox<number>({ postMessage: (messages) => trips.push(messages) })

  outbox.post(1)
  outbox.post(2)
  await turn()
  outbox.post(3)
  outbox.flush()
  await turn()

  expect(trips).toEqual([[1, 2], [3]])
})
