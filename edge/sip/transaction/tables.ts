/**
 * The four transaction state machines as tables to be held beside the RFC. A row reads: in this state, on this input, go to that
 * state and do these things. Inputs that have no row change nothing. RFC 3261 §17 with the Accepted states of RFC 6026 §§7-8.
 * Two timers are ours: C bounds a call that rings for ever, in or out (§16.6 step 11 has it for proxies), N a request nobody here answers.
 */
export type Input =
  | 'request again'
  | 'ack'
  | 'send 1xx'
  | 'send 2xx'
  | 'send final'
  | '1xx'
  | '2xx'
  | 'final'
  | 'transport error'
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'N'

export type Action =
  | 'send'
  | 'send again'
  | 'send ACK'
  | 'pass'
  | 'time out'
  | 'transport failed'
  | 'end'
  | 'start A'
  | 'start B'
  | 'start C'
  | 'start D'
  | 'start E'
  | 'start E at T2'
  | 'start F'
  | 'start G'
  | 'start H'
  | 'start I'
  | 'start J'
  | 'start K'
  | 'start L'
  | 'start M'
  | 'start N'
  | 'stop A'
  | 'stop B'
  | 'stop C'
  | 'stop E'
  | 'stop F'
  | 'stop G'
  | 'stop H'
  | 'stop N'

export type State = 'calling' | 'trying' | 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated'

export type Row = readonly [next: State, ...actions: Action[]]
export type Table = Readonly<Partial<Record<State, Partial<Readonly<Record<Input, Row>>>>>>

/** RFC 3261 figure 5 with RFC 6026 figure 5. `send` happened on entering `calling`. */
export const inviteClient: Table = {
  calling: {
    A: ['calling', 'send again', 'start A'],
    B: ['terminated', 'time out', 'end'],
    'transport error': ['terminated', 'transport failed', 'end'],
    '1xx': ['proceeding', 'stop A', 'stop B', 'start C', 'pass'],
    '2xx': ['accepted', 'stop A', 'stop B', 'pass', 'start M'],
    final: ['completed', 'stop A', 'stop B', 'send ACK', 'pass', 'start D'],
  },
  proceeding: {
    '1xx': ['proceeding', 'start C', 'pass'],
    '2xx': ['accepted', 'stop C', 'pass', 'start M'],
    final: ['completed', 'stop C', 'send ACK', 'pass', 'start D'],
    C: ['terminated', 'time out', 'end'],
    'transport error': ['terminated', 'transport failed', 'end'],
  },
  completed: { final: ['completed', 'send ACK'], D: ['terminated', 'end'], 'transport error': ['terminated', 'end'] },
  accepted: { '2xx': ['accepted', 'pass'], M: ['terminated', 'end'] },
}

/** RFC 3261 figure 6. */
export const nonInviteClient: Table = {
  trying: {
    E: ['trying', 'send again', 'start E'],
    F: ['terminated', 'time out', 'end'],
    'transport error': ['terminated', 'transport failed', 'end'],
    '1xx': ['proceeding', 'pass'],
    '2xx': ['completed', 'stop E', 'stop F', 'pass', 'start K'],
    final: ['completed', 'stop E', 'stop F', 'pass', 'start K'],
  },
  proceeding: {
    E: ['proceeding', 'send again', 'start E at T2'],
    F: ['terminated', 'time out', 'end'],
    'transport error': ['terminated', 'transport failed', 'end'],
    '1xx': ['proceeding', 'pass'],
    '2xx': ['completed', 'stop E', 'stop F', 'pass', 'start K'],
    final: ['completed', 'stop E', 'stop F', 'pass', 'start K'],
  },
  completed: { K: ['terminated', 'end'] },
}

/** RFC 3261 figure 7 with RFC 6026 figure 7. The dialog sends a 2xx again until its ACK comes. C started on entering `proceeding`. */
export const inviteServer: Table = {
  proceeding: {
    'request again': ['proceeding', 'send again'],
    'send 1xx': ['proceeding', 'send'],
    'send 2xx': ['accepted', 'stop C', 'send', 'start L'],
    'send final': ['completed', 'stop C', 'send', 'start G', 'start H'],
    // Whoever should have answered is told, and refuses.
    C: ['proceeding', 'time out'],
    'transport error': ['terminated', 'transport failed', 'end'],
  },
  completed: {
    'request again': ['completed', 'send again'],
    G: ['completed', 'send again', 'start G'],
    H: ['terminated', 'time out', 'end'],
    ack: ['confirmed', 'stop G', 'stop H', 'start I'],
    'transport error': ['terminated', 'end'],
  },
  confirmed: { I: ['terminated', 'end'] },
  accepted: {
    'send 2xx': ['accepted', 'send'],
    'request again': ['accepted', 'send again'],
    // The dialog takes the ACK of a 2xx: it is no part of this transaction.
    ack: ['accepted'],
    L: ['terminated', 'end'],
  },
}

/** RFC 3261 figure 8. N started on entering `trying`. */
export const nonInviteServer: Table = {
  trying: {
    'send 1xx': ['proceeding', 'send'],
    'send 2xx': ['completed', 'stop N', 'send', 'start J'],
    'send final': ['completed', 'stop N', 'send', 'start J'],
    N: ['terminated', 'end'],
  },
  proceeding: {
    'request again': ['proceeding', 'send again'],
    'send 1xx': ['proceeding', 'send'],
    'send 2xx': ['completed', 'stop N', 'send', 'start J'],
    'send final': ['completed', 'stop N', 'send', 'start J'],
    'transport error': ['terminated', 'end'],
    N: ['terminated', 'end'],
  },
  completed: {
    'request again': ['completed', 'send again'],
    J: ['terminated', 'end'],
    'transport error': ['terminated', 'end'],
  },
}

export const machines = {
  client: { invite: { table: inviteClient, start: 'calling' }, other: { table: nonInviteClient, start: 'trying' } },
  server: { invite: { table: inviteServer, start: 'proceeding' }, other: { table: nonInviteServer, start: 'trying' } },
} as const satisfies Record<string, Record<string, { readonly table: Table; readonly start: State }>>

/** Pure: the next state and what to do about it, in order. */
export function handle(table: Table, state: State, input: Input): Row {
  return table[state]?.[input] ?? [state]
}

/** Round-trip estimate and the bounds built on it, ms. RFC 3261 table 4. */
export const T1 = 500
export const T2 = 4_000
export const T4 = 5_000
/** The call layer ends ringing long before; this is for the call it lost sight of, ms. */
const ringingMaxMs = 15 * 60_000

export type TimerName = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'N'

/** Length of a timer, ms; 0 on reliable transports means at once, `undefined` that it is not started. RFC 3261 table 4. */
export function timerLength(name: TimerName, reliable: boolean, times: number): number | undefined {
  switch (name) {
    case 'A':
      return reliable ? undefined : T1 * 2 ** times
    case 'E':
    case 'G':
      return reliable ? undefined : Math.min(T1 * 2 ** times, T2)
    case 'B':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
    case 'N':
      return 64 * T1
    case 'C':
      return ringingMaxMs
    case 'D':
      return reliable ? 0 : 32_000
    case 'J':
      return reliable ? 0 : 64 * T1
    case 'I':
    case 'K':
      return reliable ? 0 : T4
  }
}
