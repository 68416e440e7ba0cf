import { PbxError } from '@offhook/shared/pbx-error.ts'

export interface Bounds {
  readonly prefix?: string
  readonly from?: string
  readonly to?: string
}

const cursorMax = 2_048

/** A place in a list, as it is given out. */
export const cursorOf = (sortKey: string): string => Buffer.from(sortKey).toString('base64url')

/** A cursor is data from outside: the sort key to go on after, in a partition that is never taken from it. */
export function readCursor(cursor: string, { prefix, from, to }: Bounds): string {
  const sk = Buffer.from(cursor.slice(0, cursorMax), 'base64url').toString('utf8')
  const fits =
    sk !== '' && sk.startsWith(prefix ?? '') && (from === undefined || sk >= from) && (to === undefined || sk <= to)
  if (!fits)
    throw new PbxError('bad-cursor', { message: 'This cursor belongs to another list. Begin at the first page.' })
  return sk
}
