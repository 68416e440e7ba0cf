/** An account small enough to read: two phones, a main line with a menu, one DID. */
export const did = '+12065550142'

export const smallAccount: Readonly<Record<string, object>> = {
  'device/device-1001': { type: 'sip-phone', name: 'Ann', username: '1001' },
  'device/device-1002': { type: 'sip-phone', name: 'Bob', username: '1002' },
  'number-route/n1002': { number: '1002', callflowId: 'bob' },
  'number-route/n8000': { number: '8000', callflowId: 'main' },
  'number-route/p12065550142': { number: did, callflowId: 'main' },
  'callflow/bob': {
    name: 'Bob',
    numbers: ['1002'],
    root: 'ring',
    nodes: { ring: { id: 'ring', type: 'device', params: { deviceId: 'device-1002', timeoutSeconds: 20 } } },
  },
  'callflow/main': {
    name: 'Main line',
    numbers: ['8000', did],
    root: 'ask',
    nodes: {
      ask: { id: 'ask', type: 'menu', params: { menuId: 'main' }, exits: { '1': 'ring', default: 'bye' } },
      ring: { id: 'ring', type: 'device', params: { deviceId: 'device-1002', timeoutSeconds: 20 } },
      bye: { id: 'bye', type: 'play-media', params: { mediaId: 'bye' } },
    },
  },
  'menu/main': { name: 'Main', greeting: 'hello', attempts: 2, keyTimeoutMs: 5_000 },
  'media/hello': { name: 'Hello', objectKey: 'media/acme/hello.wav' },
  'media/bye': { name: 'Bye', text: 'Good bye.' },
}
