/** The part of `length` bytes a Range header asks for: both ends included; `'all'` where it is to be ignored; `'none'` where it cannot be met. RFC 9110 §14.1.2. */
export function readRange(
  header: string | undefined,
  length: number,
): { readonly first: number; readonly last: number } | 'all' | 'none' {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  // No range, several ranges or another unit: the whole is a right answer to all of them.
  if (from === '' && to === '') return 'all'
  if (from === '')
    return Number(to) === 0 || length === 0 ? 'none' : { first: Math.max(0, length - Number(to)), last: length - 1 }
  const [first, last] = [Number(from), to === '' ? length - 1 : Math.min(Number(to), length - 1)]
  if (to !== '' && Number(to) < first) return 'all'
  return first >= length ? 'none' : { first, last }
}
