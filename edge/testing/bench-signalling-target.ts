/** A process of the signalling bench: the edge without handler, journal and table, or a stub that does the least. */
import { createSocket } from 'node:dgram'
import { startBenchTarget } from '../bench-target.ts'
import type { TargetCost, TargetRequest } from './bench-signalling-messages.ts'

interface Open {
  readonly port: number
  close(): Promise<void>
}

const rtpPorts = { from: 46_000, to: 48_998 }
const copied = /^(?:Via|From|Call-ID|CSeq):.*\r\n/gm
const toHeader = /^To:.*/m
const challenge = 'WWW-Authenticate: Digest realm="offhook", nonce="floor", algorithm=MD5, qop="auth"\r\n'
const body = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 46000 RTP/AVP 0\r\n'

/** Answers from the text as it came: no parsing, no state, no digest. */
function floorAnswers(text: string): string[] {
  const method = text.slice(0, text.indexOf(' '))
  if (method === 'ACK') return []
  const head = `${(text.match(copied) ?? []).join('')}${toHeader.exec(text)?.[0] ?? ''};tag=floor\r\n`
  const answer = (status: string, extra = '', content = '') =>
    `SIP/2.0 ${status}\r\n${head}${extra}Content-Length: ${content.length}\r\n\r\n${content}`
  const isInvite = method === 'INVITE'
  const first = isInvite ? [answer('100 Trying')] : []
  if (method !== 'BYE' && !text.includes('Authorization:')) return [...first, answer('401 Unauthorized', challenge)]
  return [...first, isInvite ? answer('200 OK', 'Contact: <sip:floor@127.0.0.1>\r\n', body) : answer('200 OK')]
}

async function openFloor(): Promise<Open> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 << 20,
    sendBufferSize: 4 << 20,
    lookup: (address, _options, found) => found(null, address, 4),
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  socket.on('message', (bytes, { port, address }) => {
    for (const answer of floorAnswers(bytes.toString('latin1'))) socket.send(answer, port, address)
  })
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

async function openEdge(): Promise<Open> {
  const edge = await startBenchTarget({ listen: '127.0.0.1', sipPort: 0, rtpPorts })
  return { port: edge.addresses.udp?.port ?? 0, close: () => edge.close() }
}

function cost(): TargetCost {
  const [whole, thread] = [process.cpuUsage(), process.threadCpuUsage()]
  return { processUs: whole.user + whole.system, threadUs: thread.user + thread.system }
}

let open: Open | undefined

async function answer(request: TargetRequest): Promise<unknown> {
  if (request.type === 'cost') return cost()
  if (request.type === 'close') await open?.close()
  else open = request.kind === 'edge' ? await openEdge() : await openFloor()
  return { port: open?.port }
}

process.on('message', (request: TargetRequest) => void answer(request).then((reply) => process.send?.(reply)))
