/** A media thread that opens sessions and dies of the first thing it is asked to play. */
import { parentPort } from 'node:worker_threads'
import type { FromWorker, ToWorker } from '../worker/messages.ts'

parentPort?.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) {
    if (message.type === 'play') throw new Error('a bug in the media thread')
    if (message.type !== 'create') continue
    const created: FromWorker = { type: 'created', session: message.session, port: 40_000, browser: undefined }
    parentPort?.postMessage([created])
  }
})
