import type { Problem } from '@offhook/shared/api/problem.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type * as z from 'zod'

/** Field errors told of at once. */
const errorsMax = 50

type FieldError = NonNullable<Problem['errors']>[number]

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  428: 'Precondition Required',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

/** What is wrong with an input, field by field: `nodes.a.params.userId`. */
export function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues
    .flatMap((issue) => {
      const at = issue.path.map(String)
      return issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ field: [...at, key].join('.'), message: 'There is no such field.' }))
        : [{ field: at.join('.'), message: issue.message }]
    })
    .slice(0, errorsMax)
}

/** A request that does not fit its contract. `where` is set for what does not stand in the body. */
export function badRequest(error: z.core.$ZodError, where: 'body' | 'query' | 'path'): PbxError {
  const errors = fieldErrors(error)
  const named = errors.map(({ field }) => field).filter((field) => field !== '')
  const place = { body: 'body', query: 'query', path: 'address' }[where]
  return new PbxError('bad-request', {
    message: named.length === 0 ? `The ${place} is not what it should be.` : `Look at ${named.slice(0, 5).join(', ')}.`,
    details: { errors },
  })
}

/** The one place where a refusal becomes an answer, RFC 9457. What is nobody's fault but ours says nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof PbxError))
    return {
      type: 'about:blank',
      title: titles[500] ?? '',
      status: 500,
      code: 'internal-error',
      detail: 'Something went wrong here. It has been noted.',
    }
  const { field, ...details } = error.details
  return {
    ...(typeof field === 'string' ? { errors: [{ field, message: error.message }] } : {}),
    ...details,
    type: 'about:blank',
    title: titles[error.status] ?? 'Refused',
    status: error.status,
    code: error.code,
    detail: error.message,
  }
}

export const problemResponse = (problem: Problem): Response =>
  new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer realm="offhook"' } : {}),
      ...(problem.status === 503 ? { 'retry-after': '1' } : {}),
    },
  })
