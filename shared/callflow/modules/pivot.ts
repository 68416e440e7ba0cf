import * as z from 'zod'
import { WebUrl } from '../../model/web-url.ts'
import { callBounds } from '../call-state.ts'
import { defineModule, exit, wait } from '../define-module.ts'
import { keyVersion, ownData, signedForOf, toldOfCall } from '../told-of-call.ts'
import { SignedFor } from '../vocabulary.ts'

const url = 'https://steps.acme.example/next'
const answered = (answer: object) => ({ type: 'answered-url', text: JSON.stringify(answer) }) as const
const bye = { callflow: { root: 'bye', nodes: { bye: { type: 'hang-up' } } } }

export const pivot = defineModule({
  type: 'pivot',
  title: 'Pivot',
  summary: 'Asks a URL of yours for the next steps, and goes on without it when no good answer comes in time.',
  params: z.object({
    url: WebUrl.optional().meta({ title: 'URL' }),
    data: ownData,
    keyVersion,
  }),
  exits: ['failed'],
  memo: SignedFor,
  answers: false,
  editor: {
    category: 'Advanced',
    icon: 'pivot',
    caption: (p) => p.url?.replace(/^https?:\/\/([^/?]*).*$/, '$1') ?? '',
  },
  start(p, view) {
    if (p.url === undefined) return exit('failed', 'no URL chosen')
    if ((view.call.asked?.times ?? 0) >= callBounds.urlQuestions)
      return exit('failed', `this call has asked URLs ${callBounds.urlQuestions} times`)
    const signedFor = signedForOf(view, p.keyVersion)
    return wait(signedFor, { type: 'ask-url', url: p.url, signedFor, body: toldOfCall(view, 'pivot', p.data) })
  },
  resume(_, event, signedFor) {
    if (event.type === 'failed') return exit('failed', event.reason)
    if (event.type !== 'answered-url') return exit('failed', `unexpected ${event.type}`)
    if (event.text === undefined) return exit('failed', event.problem ?? 'the URL gave no answer')
    return { kind: 'follow', text: event.text, signedFor }
  },
  examples: [
    {
      says: 'The steps that the URL answers with are taken.',
      params: { url },
      events: [answered(bye)],
      leavesBy: 'ends',
      commands: ['ask-url', 'hang-up'],
    },
    {
      says: 'A URL may send the call to a callflow of the account.',
      params: { url },
      documents: {
        'callflow/sales': { root: 'bye', nodes: { bye: { id: 'bye', type: 'response', params: { status: 'busy' } } } },
      },
      events: [answered({ callflowId: 'sales' })],
      leavesBy: 'ends',
      commands: ['ask-url', 'hang-up'],
    },
    {
      says: 'A URL that does not answer in time leaves by failed.',
      params: { url },
      events: [{ type: 'answered-url', problem: 'no answer within 2 seconds' }],
      leavesBy: 'failed',
      commands: ['ask-url'],
    },
    {
      says: 'Steps that no callflow could be saved with leave by failed.',
      params: { url },
      events: [answered({ callflow: { root: 'a', nodes: { a: { type: 'play-media', exits: { maybe: 'a' } } } } })],
      leavesBy: 'failed',
    },
    { says: 'Without a URL nobody is asked.', params: {}, events: [], leavesBy: 'failed' },
  ],
})
