import * as z from 'zod'
import { Email, ref } from '../../model/id.ts'
import { toldMax } from '../call-state.ts'
import { defineModule } from '../define-module.ts'

export const missedCallAlert = defineModule({
  type: 'missed-call-alert',
  title: 'Missed Call Alert',
  summary: 'Tells people by e-mail when an outside caller is not answered and leaves no message.',
  params: z.object({
    userIds: z.array(ref('user', 'User')).max(20).default([]).meta({ title: 'Users' }),
    emails: z.array(Email).max(20).default([]).meta({ title: 'Other e-mail addresses' }),
  }),
  exits: ['next'],
  answers: false,
  editor: {
    category: 'Advanced',
    icon: 'alert',
    caption: (p) => `${p.userIds.length + p.emails.length} people`,
  },
  start(p, view) {
    const users = view.findAll('user', p.userIds).flatMap((user) => (user?.enabled === true ? (user.email ?? []) : []))
    const told = [...new Set([...(view.call.traits.tellIfMissed ?? []), ...users, ...p.emails])].slice(0, toldMax)
    return { kind: 'exit', exit: 'next', reason: `${told.length} are told if missed`, traits: { tellIfMissed: told } }
  },
  examples: [
    {
      says: 'The call goes on; people are told at its end.',
      params: { emails: ['team@acme.example'] },
      events: [],
      leavesBy: 'next',
    },
    {
      says: 'A user is told at their own address.',
      params: { userIds: ['alex'] },
      documents: { 'user/alex': { firstName: 'Alex', email: 'alex@acme.example' } },
      events: [],
      leavesBy: 'next',
    },
    { says: 'A user who is gone is nobody to tell.', params: { userIds: ['alex'] }, events: [], leavesBy: 'next' },
  ],
})
