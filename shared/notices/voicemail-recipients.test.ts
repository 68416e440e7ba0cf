import { describe, expect, it } from 'vitest'
import { User } from '../model/user.ts'
import { voicemailRecipients } from './voicemail-recipients.ts'

const ann = (more: object = {}) => User.parse({ id: 'ann', firstName: 'Ann', email: 'ann@acme.example', ...more })
const list = ['team@acme.example', 'Ann@Acme.example']

describe('who is told of a message', () => {
  it.each([
    ['R-148: everybody on the list of a box of nobody', list, undefined, list],
    ['R-127: its owner, once, and the list', list, ann(), ['ann@acme.example', 'team@acme.example']],
    ['R-127: its owner although the list is empty', [], ann(), ['ann@acme.example']],
    ['R-127: not the owner who wants no notices', list, ann({ voicemailToEmail: false }), ['team@acme.example']],
    ['not the owner who is switched off', list, ann({ enabled: false }), ['team@acme.example']],
    ['the list alone where the owner has no address', list, ann({ email: undefined }), list],
  ])('%s', (_, notifyEmails, owner, told) => {
    expect(voicemailRecipients({ notifyEmails }, owner)).toEqual(told)
  })
})
