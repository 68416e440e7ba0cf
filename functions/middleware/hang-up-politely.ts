import type middy from '@middy/core'

export interface PoliteEnd<Event, Response> {
  /** The answer that keeps the caller out of silence; must not throw and must not wait. */
  readonly apologise: (event: Event, error: Error) => Response
  readonly report: (event: Event, error: Error) => void
}

/**
 * Whatever breaks, and also when the time is up (middy's early time-out throws), the other side gets an apology as its answer and the
 * error goes to `report`.
 */
export const hangUpPolitely = <Event, Response>(
  end: PoliteEnd<Event, Response>,
): middy.MiddlewareObj<Event, Response> => ({
  name: 'hangUpPolitely',
  onError(request) {
    const error = request.error ?? new Error('The turn broke without a word.')
    end.report(request.event, error)
    request.response = end.apologise(request.event, error)
  },
})
