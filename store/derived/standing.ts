import type { Device } from '@offhook/shared/model/device.ts'
import type { User } from '@offhook/shared/model/user.ts'
import type { Change, Changes } from '../changes.ts'
import { fact } from '../fact-item.ts'
import type { Table } from '../table-client.ts'
import type { Write } from '../transaction.ts'

/** Saved fields that can be set by phone too, with the live fact's field: `LiveFacts`. */
const ofUser: readonly (readonly [keyof User, string])[] = [
  ['doNotDisturb', 'doNotDisturb'],
  ['callForward', 'forward'],
]
const ofDevice: readonly (readonly [keyof Device, string])[] = [
  ['doNotDisturb', 'doNotDisturb'],
  ['followMe', 'followMe'],
]

/** Live fields over which something else was saved. */
function overruled<T>(fields: readonly (readonly [keyof T, string])[], { before, after }: Change): string[] {
  if (before === undefined || after === undefined) return []
  const text = (document: unknown, field: keyof T) => JSON.stringify((document as T)[field])
  return fields.flatMap(([saved, live]) => (text(before, saved) === text(after, saved) ? [] : [live]))
}

/** What was set by phone gives way to what is saved otherwise after it: the last word counts, wherever it was spoken (R-162). */
export function clearedFacts(table: Table, accountId: string, changes: Changes): Write[] {
  const clear = (kind: 'user' | 'device', id: string, fields: readonly string[]): Write[] =>
    fields.length === 0
      ? []
      : [
          table.updating(fact.key({ accountId, kind, id }), {
            set: `REMOVE ${fields.map((_, index) => `#f${index}`).join(', ')}`,
            names: Object.fromEntries(fields.map((field, index) => [`#f${index}`, field])),
          }),
        ]
  return [
    ...changes.of('user').flatMap((change) => clear('user', change.id, overruled(ofUser, change))),
    ...changes.of('device').flatMap((change) => clear('device', change.id, overruled(ofDevice, change))),
  ]
}
