import { promptWav } from '@offhook/edge/testing/prompt.ts'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'
import type { Edit } from '@offhook/store/saving.ts'
import type { Store } from '@offhook/store/store.ts'

export const loadAccountId = 'load'
const [firstDevice, lastDevice] = [100_000, 100_999]
const password = 'secret'
const promptKey = 'media/load/prompt.wav'
const promptSeconds = 8
const by = { by: 'system', act: 'create' as const }
/** Devices of one save: a transaction has 100 items and a device is four or five. */
const batch = 16

/** A callflow with nodes in a row, each going on by `next`, that a word in place of a number leads to. */
const named = (name: string, nodes: readonly { readonly type: string; readonly params: object }[]): Edit => ({
  kind: 'callflow',
  id: name,
  document: {
    id: name,
    name,
    patterns: [`^${name}$`],
    root: '0',
    nodes: Object.fromEntries(
      nodes.map((node, index) => [
        String(index),
        { id: String(index), ...node, exits: index + 1 < nodes.length ? { next: String(index + 1) } : {} },
      ]),
    ),
  },
})

/** Everything but the phones: what is played, who is called, and the three callflows. */
const settings = (uas: string): Edit[] => [
  { kind: 'media', id: 'prompt', document: { id: 'prompt', name: 'Prompt', objectKey: promptKey } },
  { kind: 'device', id: 'uas', document: { id: 'uas', type: 'sip-uri', name: 'UAS', uri: uas } },
  named('echo', [{ type: 'echo-test', params: {} }]),
  // A hundred times over, then from the beginning: hours, until jumps run out.
  named('ivr', [
    { type: 'play-media', params: { mediaId: 'prompt', times: 100, anyKeyStops: false } },
    { type: 'callflow', params: { callflowId: 'ivr' } },
  ]),
  named('bridge', [{ type: 'device', params: { deviceId: 'uas', timeoutSeconds: 60 } }]),
]

/**
 * An ordinary account for load generators: devices 100000-100999 with the password `secret`; `echo` sends the caller's sound back, `ivr`
 * plays a prompt over and over, `bridge` calls `uas`. Its caps let one phone have as many calls as a generator wants.
 */
export async function createLoadAccount(store: Store, objects: FolderObjects, uas: string): Promise<void> {
  await objects.put(promptKey, promptWav(promptSeconds), 'audio/wav')
  await store.accounts.create({
    id: loadAccountId,
    name: 'Load',
    address: loadAccountId,
    caps: { callsMax: 10_000, outboundMax: 10_000, perDeviceMax: 10_000 },
  })
  await store.documents.saveMany(loadAccountId, settings(uas), by)
  for (let first = firstDevice; first <= lastDevice; first += batch) {
    const names = Array.from({ length: Math.min(batch, lastDevice + 1 - first) }, (_, index) => String(first + index))
    const devices = names.map((id): Edit => {
      const document = { id, type: 'sip-phone', name: `Load ${id}`, username: id, srtp: 'off' }
      return { kind: 'device', id, document }
    })
    const passwords = Object.fromEntries(names.map((id) => [id, password]))
    await store.documents.saveMany(loadAccountId, devices, { ...by, passwords })
  }
}
