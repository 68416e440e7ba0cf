import * as z from 'zod'
import { type Listed, matching, sorted } from '../../directory/search.ts'
import type { Directory } from '../../model/directory.ts'
import { ref } from '../../model/id.ts'
import { fullName, type User } from '../../model/user.ts'
import { type CallView, defineModule, exit, jump, type Outcome, wait } from '../define-module.ts'
import { routed, routeVariable } from '../route-variable.ts'
import { findMax } from '../view.ts'
import type { CallCommandInput, Speech } from '../vocabulary.ts'

/** Tries before the caller is let on. */
const attemptsMax = 3
/** Names read out before a key is asked for: two parts each, with room for the rest of what is said. */
const namesPerPage = 4
/** The key that asks for more names. */
const moreKey = '9'
/** Keys one name can take where the directory sets no bound. */
const spellingMax = 30

const Params = z.object({ directoryId: ref('directory', 'Directory').optional(), routeVariable })
const Memo = z.object({
  attempt: z.int(),
  doing: z.enum(['spelling', 'choosing', 'confirming']),
  /** Keys that were spelled; the matches are found again from them. */
  digits: z.string().max(128).default(''),
  /** Names passed so far. */
  passed: z.int().default(0),
  /** Who is to be confirmed, by place among the matches. */
  chosen: z.int().default(0),
})
type Memo = z.infer<typeof Memo>

function directoryOf(p: z.infer<typeof Params>, view: CallView): Directory | string {
  const chosen = routed(view, 'directory', { id: p.directoryId, routeVariable: p.routeVariable })
  return 'why' in chosen ? chosen.why : (view.find('directory', chosen.id) ?? 'directory missing')
}

function listedIn(directory: Directory, view: CallView): Listed[] {
  const ids = directory.entries.map((entry) => entry.userId)
  const pages = Array.from({ length: Math.ceil(ids.length / findMax) }, (_, page) =>
    ids.slice(page * findMax, (page + 1) * findMax),
  )
  const users = pages.flatMap((page) => view.findAll('user', page))
  const listed = directory.entries.flatMap(({ callflowId }, index) =>
    users[index] === undefined ? [] : [{ user: users[index], callflowId }],
  )
  return sorted(listed, directory.sortBy)
}

const spellingPrompts = {
  first: 'directory-enter-first',
  last: 'directory-enter-last',
  either: 'directory-enter',
} as const

function askSpelling(directory: Directory, attempt: number, ...before: Speech[]): Outcome<Memo> {
  const { digitsMin, digitsMax } = directory
  return wait(
    { attempt, doing: 'spelling', digits: '', passed: 0, chosen: 0 },
    {
      type: 'gather',
      parts: [...before, { prompt: spellingPrompts[directory.searchBy] }],
      // Fewer keys are told from silence here, and 0 alone is a way out: a question that insists on more would hide both.
      digitsMin: 1,
      digitsMax: digitsMax === 0 ? spellingMax : Math.max(digitsMax, digitsMin),
      firstDigitMs: 8_000,
      // Three letters and a pause are enough; who goes on spelling is not interrupted.
      nextDigitMs: 2_000,
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

const nameOf = (user: User): Speech =>
  user.pronouncedName === undefined ? { say: fullName(user) } : { media: user.pronouncedName }

/** Reads out the next few names, each with its key. */
function offer(found: readonly Listed[], memo: Memo): Outcome<Memo> {
  const page = found.slice(memo.passed, memo.passed + namesPerPage)
  const isMore = found.length > memo.passed + namesPerPage
  return wait(
    { ...memo, doing: 'choosing' },
    oneKey([
      ...page.flatMap(({ user }, index) => [nameOf(user), { prompt: `directory-press-${index + 1}` }]),
      ...(isMore ? [{ prompt: 'directory-more' }] : []),
      { prompt: 'directory-start-over' },
    ]),
  )
}

/** Asks whether it is the right one, or connects at once where the directory does not ask. */
function settle(directory: Directory, found: readonly Listed[], memo: Memo): Outcome<Memo> {
  const entry = found[memo.chosen]
  if (entry === undefined) return retry(directory, memo.attempt, 'directory-again')
  if (!directory.confirmMatch) return connect(entry)
  return wait({ ...memo, doing: 'confirming' }, oneKey([nameOf(entry.user), { prompt: 'directory-confirm' }]))
}

const connect = (entry: Listed): Outcome<Memo> => jump(entry.callflowId, `chose ${fullName(entry.user)}`)

function spelled(directory: Directory, listed: readonly Listed[], keyed: string, memo: Memo): Outcome<Memo> {
  if (keyed === '0') return exit('no-match', 'the caller pressed 0')
  const digits = keyed.replaceAll(/[*#]/g, '')
  if (digits.length < directory.digitsMin) return retry(directory, memo.attempt, 'directory-too-few')
  const found = matching(listed, directory.searchBy, digits)
  if (found.length === 0) return retry(directory, memo.attempt, 'directory-no-match')
  const next = { ...memo, digits, passed: 0, chosen: 0 }
  return found.length === 1 ? settle(directory, found, next) : offer(found, next)
}

function chosen(directory: Directory, found: readonly Listed[], key: string, memo: Memo): Outcome<Memo> {
  if (key === moreKey && found.length > memo.passed + namesPerPage)
    return offer(found, { ...memo, passed: memo.passed + namesPerPage })
  const index = Number(key) - 1
  return index >= 0 && index < namesPerPage
    ? settle(directory, found, { ...memo, chosen: memo.passed + index })
    : retry(directory, memo.attempt, 'directory-again')
}

function confirmed(directory: Directory, found: readonly Listed[], key: string, memo: Memo): Outcome<Memo> {
  const entry = found[memo.chosen]
  return key === '1' && entry !== undefined ? connect(entry) : retry(directory, memo.attempt, 'directory-again')
}

const key = (digits: string) => ({ type: 'digits', digits }) as const
const answersFor = (id: string) => ({ [`callflow/${id}`]: { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } } })
const people = ['Dogwood', 'Dogbert', 'Dogan', 'Dogs', 'Dogma'].map((lastName, index) => ({
  id: `d${index}`,
  user: { firstName: 'Dana', lastName },
}))
const manyDogs = {
  'directory/staff': { name: 'Staff', entries: people.map(({ id }) => ({ userId: id, callflowId: id })) },
  ...Object.fromEntries(people.map(({ id, user }) => [`user/${id}`, user])),
  ...answersFor('d0'),
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
  ...answersFor('dana'),
  ...answersFor('frank'),
} as const
const staffWith = (more: Record<string, unknown>) => ({
  ...staff,
  'directory/staff': { ...staff['directory/staff'], ...more },
})

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
    return listedIn(directory, view).length === 0
      ? exit('no-match', 'the directory is empty')
      : askSpelling(directory, 1)
  },
  resume(p, event, memo, view) {
    const directory = directoryOf(p, view)
    if (typeof directory === 'string') return exit('no-match', directory)
    if (event.type !== 'digits') return retry(directory, memo.attempt, 'directory-again')
    const listed = listedIn(directory, view)
    if (memo.doing === 'spelling') return spelled(directory, listed, event.digits, memo)
    const found = matching(listed, directory.searchBy, memo.digits)
    return memo.doing === 'choosing'
      ? chosen(directory, found, event.digits, memo)
      : confirmed(directory, found, event.digits, memo)
  },

  examples: [
    {
      says: 'R-255: one match is confirmed, then connected.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [key('372'), key('1')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'hang-up'],
    },
    {
      says: 'R-255: one match is connected at once where the directory does not ask.',
      params: { directoryId: 'staff' },
      documents: staffWith({ confirmMatch: false }),
      events: [key('372')],
      leavesBy: 'ends',
      commands: ['gather', 'hang-up'],
    },
    {
      says: 'R-254: several matches are read out and one is chosen.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [key('364'), key('2'), key('1')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'gather', 'hang-up'],
    },
    {
      says: 'R-254: more names than fit into one saying come page by page.',
      params: { directoryId: 'staff' },
      documents: manyDogs,
      events: [key('364'), key('9'), key('1'), key('1')],
      leavesBy: 'ends',
      commands: ['gather', 'gather', 'gather', 'gather', 'hang-up'],
    },
    {
      says: 'R-257: choosing an executive reaches the assistant.',
      params: { directoryId: 'staff' },
      documents: staffWith({ entries: [{ userId: 'dana', callflowId: 'frank' }], confirmMatch: false }),
      events: [key('364')],
      leavesBy: 'ends',
    },
    {
      says: 'R-256: no match is tried again, three times at most.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [key('999'), key('999'), key('999')],
      leavesBy: 'no-match',
      commands: ['gather', 'gather', 'gather'],
    },
    {
      says: 'R-256: somebody else than was meant is not connected.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [key('372'), key('2')],
      leavesBy: 'waits',
      commands: ['gather', 'gather', 'gather'],
    },
    {
      says: 'R-252: too few keys are asked for again.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [key('36')],
      leavesBy: 'waits',
      commands: ['gather', 'gather'],
    },
    {
      says: 'R-260: a directory that takes two keys finds by two.',
      params: { directoryId: 'staff' },
      documents: staffWith({ digitsMin: 2, digitsMax: 2, confirmMatch: false }),
      events: [key('37')],
      leavesBy: 'ends',
    },
    {
      says: 'A caller who presses 0 is let on.',
      params: { directoryId: 'staff' },
      documents: staff,
      events: [key('0')],
      leavesBy: 'no-match',
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
