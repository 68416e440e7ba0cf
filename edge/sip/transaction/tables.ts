/**
 * The four transaction state machines as tables to be held beside the RFC. A row reads: in this state, on this input, go to that
 * state and do these things. Inputs that have no row change nothing. RFC 3261 §17 with the Accepted states of RFC 6026 §§7-8.
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

export type Action =
  | 'send'
  | 'send again'
  | 'send ACK'
  | 'pass'
  | 'pass ACK'
  | 'time out'
  | 'transport failed'
  | 'end'
  | 'start A'
  | 'start B'
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
  | 'stop A'
  | 'stop B'
  | 'stop E'
  | 'stop F'
  | 'stop G'
  | 'stop H'

export type Row = readonly [next: string, ...actions: Action[]]
export type Table = Readonly<Record<string, Partial<Readonly<Record<Input, Row>>>>>

/** RFC 3261 figure 5 with RFC 6026 figure 5. `send` happened on entering `calling`. */
export const inviteClient: Table = {
  calling: {
    A: ['calling', 'send again', 'start A'],
    B: ['terminated', 'time out', 'end'],
    'transport error': ['terminated', 'transport failed', 'end'],
    '1xx': ['proceeding', 'stop A', 'stop B', 'pass'],
    '2xx': ['accepted', 'stop A', 'stop B', 'pass', 'start M'],
    final: ['completed', 'stop A', 'stop B', 'send ACK', 'pass', 'start D'],
  },
  proceeding: {
    '1xx': ['proceeding', 'pass'],
    '2xx': ['accepted', 'pass', 'start M'],
    final: ['completed', 'send ACK', 'pass', 'start D'],
    // Timer C (§16.6 step 11) is the call layer's ring time-out, so B never runs here.
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

/** RFC 3261 figure 7 with RFC 6026 figure 7. The dialog sends a 2xx again until its ACK comes. */
export const inviteServer: Table = {
  proceeding: {
    'request again': ['proceeding', 'send again'],
    'send 1xx': ['proceeding', 'send'],
    'send 2xx': ['accepted', 'send', 'start L'],
    'send final': ['completed', 'send', 'start G', 'start H'],
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
    ack: ['accepted', 'pass ACK'],
    L: ['terminated', 'end'],
  },
}

/** RFC 3261 figure 8. */
export const nonInviteServer: Table = {
  trying: {
    'send 1xx': ['proceeding', 'send'],
    'send 2xx': ['completed', 'send', 'start J'],
    'send final': ['completed', 'send', 'start J'],
  },
  proceeding: {
    'request again': ['proceeding', 'send again'],
    'send 1xx': ['proceeding', 'send'],
    'send 2xx': ['completed', 'send', 'start J'],
    'send final': ['completed', 'send', 'start J'],
    'transport error': ['terminated', 'end'],
  },
  completed: {
    'request again': ['completed', 'send again'],
    J: ['terminated', 'end'],
    'transport error': ['terminated', 'end'],
  },
}

/** Round-trip estimate and the bounds built on it, ms. RFC 3261 table 4. */
export const T1 = 500
export const T2 = 4_000
export const T4 = 5_000

export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M'

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
      return 64 * T1
    case 'D':
      return reliable ? 0 : 32_000
    case 'J':
      return reliable ? 0 : 64 * T1
    case 'I':
    case 'K':
      return reliable ? 0 : T4
  }
}
