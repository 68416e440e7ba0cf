import { join } from 'node:path'
import type { RunningSystem } from '../testing/running-system.ts'
import { Baresip, type BaresipOptions } from './baresip.ts'

let made = 0

/** Takes real phones into use for one test, and out of use after it. */
export class PhoneShelf {
  readonly #system: () => RunningSystem
  readonly #phones: Baresip[] = []

  constructor(system: RunningSystem | (() => RunningSystem)) {
    this.#system = typeof system === 'function' ? system : () => system
  }

  /** A registered phone of an extension. */
  inside(extension: string, toneHz: number, more: Partial<BaresipOptions> = {}): Promise<Baresip> {
    const { ready } = this.#system()
    return this.#start({
      username: extension,
      password: this.#system().passwordOf(extension),
      registrar: { host: ready.sip.address, port: ready.sip.udpPort },
      toneHz,
      ...more,
    })
  }

  /** A phone of the outside world, registered with the simulated carrier under its number. */
  outside(number = '+14255550163', toneHz = 700): Promise<Baresip> {
    const { carrier } = this.#system().ready
    return this.#start({ username: number, registrar: { host: carrier.address, port: carrier.port }, toneHz })
  }

  async #start(options: Omit<BaresipOptions, 'folder'>): Promise<Baresip> {
    made += 1
    const folder = join(this.#system().folder, 'phones', `${options.username}-${made}`)
    const phone = await Baresip.start({ ...options, folder })
    this.#phones.push(phone)
    await phone.registered()
    return phone
  }

  async clear(): Promise<void> {
    await Promise.all(this.#phones.splice(0).map((phone) => phone.stop()))
  }
}
