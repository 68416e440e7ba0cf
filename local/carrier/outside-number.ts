/** What answers at a number of the simulated carrier's outside world. */
export type OutsideBehaviour = 'echo' | 'busy' | 'no-answer' | 'presses-1' | 'mailbox' | 'declines'

/** Outside numbers that anybody can call while trying the PBX out, and what they do. Fictional numbers (NANP 555-01xx). */
export const outsideNumbers: ReadonlyMap<string, OutsideBehaviour> = new Map([
  ['+12065550101', 'echo'],
  ['+12065550102', 'busy'],
  ['+12065550103', 'no-answer'],
  ['+12065550104', 'presses-1'],
  ['+12065550105', 'mailbox'],
  ['+12065550106', 'declines'],
])

/** Names the simulated carrier knows its numbers by, as carriers write them: 15 characters at most. */
export const outsideNames: ReadonlyMap<string, string> = new Map([
  ['+12065550101', 'Echo Line'],
  ['+12065550102', 'Busy Bee Ltd'],
  ['+12065550103', 'Nobody Home'],
  ['+12065550104', 'Key Presser'],
  ['+12065550105', 'Mailbox'],
  ['+12065550106', 'No Thanks Inc'],
  ['+14255550163', 'Pat Caller'],
])
