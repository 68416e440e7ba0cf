import * as z from 'zod'
import { WebUrl } from '../../model/web-url.ts'
import { defineModule, exit } from '../define-module.ts'
import { keyVersion, ownData, signedForOf, toldOfCall } from '../told-of-call.ts'

const url = 'https://crm.acme.example/calls'

export const webhook = defineModule({
  type: 'webhook',
  title: 'Webhook',
  summary: 'Tells a URL of yours about the call, which goes on at once.',
  params: z.object({
    url: WebUrl.optional().meta({ title: 'URL' }),
    data: ownData,
    keyVersion,
  }),
  exits: ['next'],
  answers: false,
  editor: {
    category: 'Advanced',
    icon: 'webhook',
    caption: (p) => p.url?.replace(/^https?:\/\/([^/?]*).*$/, '$1') ?? '',
  },
  start(p, view) {
    if (p.url === undefined) return exit('next', 'no URL chosen')
    const body = toldOfCall(view, 'webhook', p.data)
    const signedFor = signedForOf(view, p.keyVersion)
    return { kind: 'exit', exit: 'next', commands: [{ type: 'tell-url', url: p.url, signedFor, body }] }
  },
  examples: [
    {
      says: 'The call goes on without waiting for anybody.',
      params: { url },
      events: [],
      leavesBy: 'next',
      commands: ['tell-url'],
    },
    {
      says: 'Words of your own go along.',
      params: { url, data: [{ name: 'queue', value: 'support' }] },
      events: [],
      leavesBy: 'next',
      commands: ['tell-url'],
    },
    { says: 'Without a URL nobody is told.', params: {}, events: [], leavesBy: 'next', commands: ['hang-up'] },
  ],
})
