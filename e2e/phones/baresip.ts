import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { uriHost } from '@offhook/edge/sip/uri.ts'
import { phonePorts, releasePorts, reservePorts } from '../testing/ports.ts'
import { findClip, pcmOf } from './clip.ts'
import { millisecondsOf, pcmWav, sampleRate, sine } from './tones.ts'

/** Longest a phone takes to start, ms. */
const startMs = 10_000
/** Seconds of tone in its microphone; calls of the tests are shorter. */
const microphoneSeconds = 60
/** Events kept for those who ask late. */
const eventsMax = 1_000

export interface BaresipEvent {
  readonly type: string
  readonly direction?: string
  readonly peeruri?: string
  readonly id?: string
  readonly param?: string
}

export interface BaresipOptions {
  readonly username: string
  readonly password?: string
  /** Where it registers. */
  readonly registrar: { readonly host: string; readonly port: number; readonly transport?: 'udp' | 'tcp' | 'tls' }
  /** A folder of its own. */
  readonly folder: string
  /** What its microphone hears, Hz. */
  readonly toneHz: number
  /** SDES-SRTP. @default none */
  readonly encryption?: 'srtp' | 'srtp-mand'
  /** Picks up by itself. @default false */
  readonly answers?: boolean
  /** Registers at all. @default true */
  readonly registers?: boolean
  /** Subscribes to its messages, and says what it is told. @default false */
  readonly messageLamp?: boolean
  /** A proxy that everything goes through, RFC 3261 §8.1.2: `sip:127.0.0.1:5070`. @default none */
  readonly outbound?: string
}

/** Between two keys of a caller in no hurry, ms. */
const betweenKeysMs = 250
/** How often a phone is asked what it has heard so far, ms. */
const listenEveryMs = 200

/** Starts tried while ports turn out to be taken. */
const startsMax = 5

/** It listens for TLS on the port after its own, and for its control on the one after that. */
const configOf = (
  { folder, encryption, messageLamp }: BaresipOptions,
  port: number,
  isIPv6: boolean,
) => `poll_method epoll
sip_listen ${isIPv6 ? '[::1]' : '127.0.0.1'}:${port}
net_interface ${isIPv6 ? '::1\nnet_af ipv6' : '127.0.0.1'}
call_max_calls 4
call_local_timeout 120
audio_path ${folder}/silence
audio_player aubridge,ear
audio_alert aubridge,bell
audio_source aufile,${folder}/microphone.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
rtp_tos 0
rtp_ports 61000-65500
rtcp_mux no
rtp_stats yes
jitter_buffer_delay 1-5
module_path /usr/lib/baresip/modules
module g711.so
module sndfile.so
module aufile.so
module aubridge.so
${encryption === undefined ? '' : 'module srtp.so\n'}module_tmp account.so
${messageLamp === true ? 'module_app mwi.so\n' : ''}module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${port + 2}
snd_path ${folder}/recordings
statmode_default off
`

/**
 * A real, headless SIP phone: Debian's baresip 1.0.0 with its own folder, on loopback. It has no sound card: its microphone is a file
 * with one tone (aufile, 8 kHz only), its ear an aubridge nobody listens at, and sndfile writes down what it decoded.
 */
export class Baresip {
  readonly port: number
  readonly folder: string
  readonly #process: ChildProcess
  readonly #events: BaresipEvent[] = []
  readonly #waiting = new Set<() => void>()
  #control: Socket | undefined
  #pending = Buffer.alloc(0)
  #output = ''

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process
    this.folder = folder
    this.port = port
    const note = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000)
    }
    process.stdout?.on('data', note)
    process.stderr?.on('data', note)
  }

  /** Between the look for free ports and the phone's own binding another phone may take them: then others are looked for. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await Baresip.#startOnce(options)
      } catch (error) {
        if (attempt === startsMax || !String(error).includes('Address already in use')) throw error
      }
  }

  static async #startOnce(options: BaresipOptions): Promise<Baresip> {
    const { folder, username, registrar, password = 'secret', encryption } = options
    const port = await reservePorts(phonePorts)
    await mkdir(join(folder, 'recordings'), { recursive: true })
    await writeFile(join(folder, 'microphone.wav'), pcmWav(sine(options.toneHz, microphoneSeconds)))
    await writeFile(join(folder, 'config'), configOf(options, port, registrar.host.includes(':')))
    const transport = registrar.transport ?? 'udp'
    const params = [
      `auth_pass=${password}`,
      `regint=${options.registers === false ? 0 : 60}`,
      `answermode=${options.answers === true ? 'auto' : 'manual'}`,
      `mwi=${options.messageLamp === true ? 'yes' : 'no'}`,
      ...(encryption === undefined ? [] : [`mediaenc=${encryption}`]),
      ...(options.outbound === undefined ? [] : [`outbound="${options.outbound};transport=udp"`]),
    ]
    await writeFile(
      join(folder, 'accounts'),
      `<sip:${username}@${uriHost(registrar.host)}:${registrar.port};transport=${transport}>;${params.join(';')}\n`,
    )
    await writeFile(join(folder, 'contacts'), '')
    const phone = new Baresip(spawn('baresip', ['-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] }), folder, port)
    try {
      await phone.#connect()
      return phone
    } catch (error) {
      await phone.stop()
      throw error
    }
  }

  /** A phone whose ports are taken says so and goes on: what answers at its control port then is another one. */
  async #ready(deadline: number): Promise<void> {
    while (!this.#output.includes('baresip is ready') || this.#output.includes('Address already in use')) {
      if (Date.now() > deadline || this.#process.exitCode !== null || this.#output.includes('Address already in use'))
        throw new Error(`baresip did not start:\n${this.#output}`)
      await sleep(20)
    }
  }

  async #connect(): Promise<void> {
    const deadline = Date.now() + startMs
    await this.#ready(deadline)
    while (this.#control === undefined) {
      if (Date.now() > deadline || this.#process.exitCode !== null)
        throw new Error(`baresip did not start:\n${this.#output}`)
      this.#control = await new Promise<Socket | undefined>((resolve) => {
        const socket = connect(this.port + 2, '127.0.0.1')
        socket.once('connect', () => resolve(socket))
        socket.once('error', () => resolve(undefined))
      })
      if (this.#control === undefined) await sleep(50)
    }
    this.#control.on('data', (chunk) => this.#received(chunk))
    // The phone may be stopped while a command is under way.
    this.#control.on('error', () => this.#control?.destroy())
  }

  /** Netstrings of JSON: `<length>:<json>,`. */
  #received(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (;;) {
      const colon = this.#pending.indexOf(58)
      const length = Number(this.#pending.subarray(0, Math.max(0, colon)).toString())
      if (colon < 0 || this.#pending.length < colon + 2 + length) return
      const message = JSON.parse(this.#pending.subarray(colon + 1, colon + 1 + length).toString()) as BaresipEvent & {
        event?: boolean
      }
      this.#pending = this.#pending.subarray(colon + 2 + length)
      if (message.event !== true) continue
      this.#events.push(message)
      if (this.#events.length > eventsMax) this.#events.shift()
      for (const wake of this.#waiting) wake()
    }
  }

  /** The next event of a type that nobody has waited for yet. */
  async event(type: string, withinMs = 8_000): Promise<BaresipEvent> {
    const deadline = Date.now() + withinMs
    for (;;) {
      const index = this.#events.findIndex((event) => event.type === type)
      const [found] = index < 0 ? [] : this.#events.splice(index, 1)
      if (found !== undefined) return found
      const left = deadline - Date.now()
      if (left <= 0)
        throw new Error(
          `no ${type}; there were ${this.#events.map((event) => event.type).join(', ')}\n${this.#output.slice(-4_000)}`,
        )
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        const wake = () => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  /** Registered, as it says itself; the event may have come before anybody could listen. */
  async registered(withinMs = 8_000): Promise<void> {
    const deadline = Date.now() + withinMs
    while (!/200 OK \(.*\) \[\d+ bindings?\]/.test(this.#output)) {
      if (Date.now() > deadline) throw new Error(`not registered:\n${this.#output}`)
      await sleep(20)
    }
  }

  /** How many events of a type wait. */
  count(type: string): number {
    return this.#events.filter((event) => event.type === type).length
  }

  forgetEvents(): void {
    this.#events.length = 0
  }

  command(command: string, params?: string): void {
    const text = JSON.stringify({ command, ...(params === undefined ? {} : { params }) })
    this.#control?.write(`${Buffer.byteLength(text)}:${text},`)
  }

  /** What it heard in its last call: 16-bit samples, 8 kHz. */
  async heard(): Promise<Int16Array> {
    const { samples } = await this.#recording()
    if (samples === undefined) throw new Error('no recording')
    return samples
  }

  async #recording(): Promise<{ readonly file?: string; readonly samples?: Int16Array }> {
    const files = (await readdir(join(this.folder, 'recordings'))).filter((name) => name.endsWith('-dec.wav')).sort()
    const file = files.at(-1)
    return file === undefined ? {} : { file, samples: pcmOf(await readFile(join(this.folder, 'recordings', file))) }
  }

  /** Presses keys, one after the other. */
  async press(keys: string): Promise<void> {
    for (const key of keys) {
      this.command('sndcode', key)
      await sleep(betweenKeysMs)
    }
  }

  /** Waits until a piece of sound was heard in this call; answers with its end, samples from the beginning. Throws after `withinMs`. */
  async hears(clip: Int16Array, { withinMs = 30_000, from = 0 } = {}): Promise<number> {
    let [at, searched] = [from, '']
    for (const until = Date.now() + withinMs; Date.now() < until; await sleep(listenEveryMs)) {
      const { file, samples } = await this.#recording()
      if (file === undefined || samples === undefined) continue
      // The call before this one had a recording of its own.
      if (searched !== file) [at, searched] = [from, file]
      const found = findClip(samples.subarray(at), clip)
      if (found !== undefined) return at + found + clip.length
      // What was searched once need not be searched again, but for a clip that has only begun.
      at = Math.max(at, samples.length - clip.length)
    }
    throw new Error(`${((await this.heard()).length / sampleRate).toFixed(1)} s heard, and not what was expected`)
  }

  /** Waits until so much of a tone was heard in this call. Throws after `withinMs`. */
  async hearsTone(frequencyHz: number, milliseconds: number, withinMs = 30_000): Promise<void> {
    for (const until = Date.now() + withinMs; Date.now() < until; await sleep(listenEveryMs / 2)) {
      const heard = await this.heard().catch(() => new Int16Array(0))
      if (millisecondsOf(heard, frequencyHz) >= milliseconds) return
    }
    throw new Error(`not ${milliseconds} ms of ${frequencyHz} Hz:\n${this.#output.slice(-2_000)}`)
  }

  get output(): string {
    return this.#output
  }

  async stop(): Promise<void> {
    releasePorts(this.port)
    if (this.#process.exitCode !== null) return
    const exited = new Promise((resolve) => this.#process.once('exit', resolve))
    this.command('quit')
    await Promise.race([exited, sleep(2_000)])
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL')
    await exited
    this.#control?.destroy()
  }
}
