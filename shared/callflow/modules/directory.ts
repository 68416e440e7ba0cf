import { z } from 'zod'
import { keypadDigits } from '../../directory/keypad.ts'
import type { Directory } from '../../model/directory.ts'
import { Id, ref } from '../../model/id.ts'
import { fullName, type User } from '../../model/user.ts'
import { type CallView, defineModule, exit, jump, type Outcome, wait } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'

/** Tries before the caller is let on, and names read out for one entry. */
const attemptsMax = 3
const offeredMax = 9

const Params = z.object({ directoryId: ref('directory', 'Directory').optional(), routeVariable })
const Memo = z.object({
  attempt: z.int(),
  doing: z.enum(['spelling', 'choosing', 'confirming']),
  offered: z.array(Id).max(offeredMax).default([]),
})
type Memo = z.infer<typeof Memo>

interface Entry {
  readonly user: User
  readonly callflowId: string
}

function entriesOf(directory: Directory, view: CallView): Entry[] {
  const users = view.findAll(
    'user',
    directory.entries.map((entry) => entry.userId),
  )
  const found = directory.entries.flatMap((entry, index) =>
    users[index] === undefined ? [] : [{ user: users[index], callflowId: entry.callflowId }],
  )
  const key = (user: User) =>
    (directory.sortBy === 'first'
      ? `${user.firstName} ${user.lastName}`
      : `${user.lastName} ${user.firstName}`
    ).toLowerCase()
  return found.toSorted((a, b) => (key(a.user) < key(b.user) ? -1 : 1))
}

/** Who is spelled by the keys: the name searched by, or either one, from its beginning. */
export function matches(entries: readonly Entry[], directory: Pick<Directory, 'searchBy'>, digits: string): Entry[] {
  return entries.filter(({ user }) => {
    const first = keypadDigits(user.firstName)
    const last = keypadDigits(user.lastName)
    // With one name only, that name is both.
    const [byFirst, byLast] = [
      `${first}${last}`.startsWith(digits),
      `${last}${first}`.startsWith(digits) && last !== '' ? true : last === '' && first.startsWith(digits),
    ]
    return directory.searchBy === 'first' ? byFirst : directory.searchBy === 'last' ? byLast : byFirst || byLast
  })
}

const nameOf = (user: User): Speech =>
  user.pronouncedName === undefined ? { say: fullName(user) } : { media: user.pronouncedName }

function askSpelling(directory: Directory, attempt: number, ...before: Speech[]): Outcome<Memo> {
  const prompt =
    directory.searchBy === 'first'
      ? 'directory-enter-first'
      : directory.searchBy === 'last'
        ? 'directory-enter-last'
        : 'directory-enter'
  const digitsMax =
    directory.digitsMax === 0 ? Math.max(directory.digitsMin, 3) : Math.max(directory.digitsMax, directory.digitsMin)
  return wait(
    { attempt, doing: 'spelling', offered: [] },
    {
      type: 'gather',
      parts: [...before, { prompt }],
      digitsMin: directory.digitsMin,
      digitsMax,
      firstDigitMs: 8_000,
      nextDigitMs: 2_500,
    },
  )
}

/** Another try, or on to the next module when there were enough. */
const retry = (directory: Directory, attempt: number, prompt: string): Outcome<Memo> =>
  attempt < attemptsMax ? askSpelling(directory, attempt + 1, { prompt }) : exit('no-match', 'too many tries')

const oneKey = (parts: Speech[]): CallCommandInput => ({
  type: 'gather',
  parts,
  digitsMax: 1,
  firstDigitMs: 8_000,
  nextDigitMs: 1_000,
  terminator: '',
})

const offer = (found: readonly Entry[], attempt: number): Outcome<Memo> =>
  wait(
    { attempt, doing: 'choosing', offered: found.slice(0, offeredMax).map((entry) => entry.user.id) },
    // Three parts a name would be too many for one saying: numbers and names of all go into one sentence.
    oneKey([
      {
        say: found
          .slice(0, offeredMax)
          .map((entry, index) => `For ${fullName(entry.user)}, press ${index + 1}.`)
          .join(' ')
          .slice(0, 900),
      },
      { prompt: 'directory-start-over' },
    ]),
  )

const confirm = (entry: Entry, attempt: number): Outcome<Memo> =>
  wait(
    { attempt, doing: 'confirming', offered: [entry.user.id] },
    oneKey([nameOf(entry.user), { prompt: 'directory-confirm' }]),
  )

const connect = (entry: Entry): Outcome<Memo> => jump(entry.callflowId, `chose ${fullName(entry.user)}`)

function spelled(directory: Directory, entries: readonly Entry[], digits: string, attempt: number): Outcome<Memo> {
  if (digits === '0') return exit('no-match', 'the caller pressed 0')
  if (digits.length < directory.digitsMin) return retry(directory, attempt, 'directory-too-few')
  const found = matches(entries, directory, digits.replace(/[*#]/g, ''))
  const [only] = found
  if (only === undefined) return retry(directory, attempt, 'directory-no-match')
  if (found.length > 1) return offer(found, attempt)
  return directory.confirmMatch ? confirm(only, attempt) : connect(only)
}

const staff = {
  'directory/staff': {
    name: 'Staff',
    entries: [
      { userId: 'dana', callflowId: 'dana' },
      { userId: 'frank', callflowId: 'frank' },
      { userId: 'dora', callflowId: 'dora' },
    ],
  },
  'user/dana': { firstName: 'Dana', lastName: 'Dogwood' },
  'user/frank': { firstName: 'Frank', lastName: 'Ng' },
  'user/dora': { firstName: 'Dora', lastName: 'Dogbert' },
  'callflow/dana': { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
  'callflow/frank': { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
} as const

export const directory = defineModule({
  type: 'directory',
  title: 'Directory',
  summary: 'Lets callers spell a name on the keypad and connects them.',
  params: Params,
  exits: ['no-match'],
  memo: Memo,
  answers: true,
  editor: { category: 'Advanced', icon: 'directory' },

  start(p, view) {
    const directory = directoryOf(p, view)
    if (typeof directory === 'string') return exit('no-match', directory)
    return entriesOf(directory, view).length === 0
      ? exit('no-match', 'the directory is empty')
      : askSpelling(directory, 1)
  },
  resume(p, event, memo, view) {
    const directory = directoryOf(p, view)
    if (typeof directory === 'string') return exit('no-match', directory)
    if (event.type !== 'digits') return retry(directory, memo.attempt, 'directory-no-match')
    const entries = entriesOf(directory, view)
    if (memo.doing === 'spelling') return spelled(directory, entries, event.digits, memo.attempt)
    const chosen = entries.find((entry) => entry.user.id === memo.offered[Number(event.digits) - 1])
    if (memo.doing === 'confirming')
      return event.digits === '1' && chosen !== undefined
        ? connect(chosen)
        : retry(directory, memo.attempt, 'directory-again')
    if (chosen === undefined) return retry(directory, memo.attempt, 'directory-again')
    return directory.confirmMatch ? confirm(chosen, memo.attempt) : connect(chosen)
  },

  examples: [
    {
      says: 'R-255: one match is confirmed, then connected.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [
        { type: 'digits', digits: '372' },
        { type: 'digits', digits: '1' },
      ],
      leavesBy: 'ends',
    },
    {
      says: 'R-254: several matches are read out and one is chosen.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [
        { type: 'digits', digits: '364' },
        { type: 'digits', digits: '2' },
        { type: 'digits', digits: '1' },
      ],
      leavesBy: 'ends',
    },
    {
      says: 'R-256: no match is tried again, three times at most.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [
        { type: 'digits', digits: '999' },
        { type: 'digits', digits: '999' },
        { type: 'digits', digits: '999' },
      ],
      leavesBy: 'no-match',
    },
    {
      says: 'R-252: too few keys are asked for again.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [{ type: 'digits', digits: '36' }],
      leavesBy: 'waits',
    },
    {
      says: 'An empty directory is passed over.',
      params: { directoryId: 'staff' },
      documents: { 'directory/staff': { name: 'Staff' } },
      events: [],
      leavesBy: 'no-match',
    },
    {
      says: 'A directory that is gone is passed over.',
      params: { directoryId: 'staff' },
      events: [],
      leavesBy: 'no-match',
    },
  ],
})

function directoryOf(p: z.infer<typeof Params>, view: CallView): Directory | string {
  const chosen = routed(view, 'directory', { id: p.directoryId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('directory', chosen.id) ?? 'directory missing')
}
