/** A process of its own that sends broken messages: `node mutator.ts <json of MutatorTask>`. Prints how many it sent. */
import { createSocket } from 'node:dgram'
import { mediaMessages, mutate, seeded, sipMessages } from './mutation.ts'

export interface MutatorTask {
  readonly seed: number
  readonly seconds: number
  /** Ports of loopback, what is spoken there, and how many messages each gets a second. */
  readonly targets: readonly {
    readonly port: number
    readonly perSecond: number
    readonly kind: 'sip' | 'media'
    readonly users?: readonly string[]
  }[]
}

/** Strangers' addresses: no phone of a test has one of them. */
const sources = ['127.0.0.90', '127.0.0.91', '127.0.0.92', '127.0.0.93']
const beatMs = 10

const task = JSON.parse(process.argv[2] ?? '{}') as MutatorTask
const random = seeded(task.seed)
const sockets = await Promise.all(
  sources.map(
    (address) =>
      new Promise<ReturnType<typeof createSocket>>((resolve) => {
        const socket = createSocket('udp4')
        socket.bind(0, address, () => resolve(socket))
      }),
  ),
)
const feeds = task.targets.map((target) => ({
  ...target,
  sent: 0,
  next: target.kind === 'sip' ? sipMessages(target.users ?? ['1001']) : mediaMessages,
}))

const began = performance.now()
const timer = setInterval(() => {
  const elapsed = (performance.now() - began) / 1_000
  for (const feed of feeds)
    for (const due = Math.min(elapsed, task.seconds) * feed.perSecond; feed.sent < due; feed.sent += 1) {
      const message = feed.next(random)
      // Now and then one is right as it is.
      const bytes = random() < 0.1 ? message : mutate(message, random)
      sockets[Math.floor(random() * sockets.length)]?.send(bytes, feed.port, '127.0.0.1')
    }
  if (elapsed < task.seconds) return
  clearInterval(timer)
  console.log(feeds.reduce((sum, { sent }) => sum + sent, 0))
  for (const socket of sockets) socket.close()
}, beatMs)
