/** Deadlines of everything in the stack behind one system timer: nothing to leak, and a test turns the clock itself. */
export interface TimerQueue {
  /** Calls back once at or after `atMs`. Returns what cancels it; cancelling twice does nothing. */
  at(atMs: number, callback: () => void): () => void
  readonly nowMs: number
  /** Timers waiting. */
  readonly size: number
  close(): void
}

interface Entry {
  readonly atMs: number
  /** Of equal deadlines the one set first runs first. */
  readonly order: number
  callback: (() => void) | undefined
}

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** Cancelled deadlines that may lie about before the heap is cleared of them. */
const cancelledMax = 4_096

/** A binary heap of deadlines; `advance` runs what is due. */
class Heap {
  #items: Entry[] = []

  get size(): number {
    return this.#items.length
  }

  get first(): Entry | undefined {
    return this.#items[0]
  }

  push(entry: Entry): void {
    const items = this.#items
    let index = items.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = items[parent]
      if (above === undefined || isBefore(above, entry)) break
      items[index] = above
      index = parent
    }
    items[index] = entry
  }

  /** Drops what was cancelled. A busy registrar cancels far more timers than it lets run out. */
  sweep(): void {
    const live = this.#items.filter(({ callback }) => callback !== undefined)
    this.#items = []
    for (const entry of live) this.push(entry)
  }

  pop(): Entry | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const right = items[child + 1]
      const left = items[child]
      if (left === undefined) break
      if (right !== undefined && isBefore(right, left)) child += 1
      const smaller = items[child]
      if (smaller === undefined || isBefore(last, smaller)) break
      items[index] = smaller
      index = child
    }
    items[index] = last
    return first
  }
}

abstract class Queue implements TimerQueue {
  protected readonly heap = new Heap()
  #live = 0
  #made = 0
  abstract readonly nowMs: number
  protected abstract arm(): void

  get size(): number {
    return this.#live
  }

  at(atMs: number, callback: () => void): () => void {
    this.#made += 1
    const entry: Entry = { atMs, order: this.#made, callback }
    this.heap.push(entry)
    this.#live += 1
    if (this.heap.first === entry) this.arm()
    return () => {
      if (entry.callback === undefined) return
      entry.callback = undefined
      this.#live -= 1
      const cancelled = this.heap.size - this.#live
      if (this.#live === 0 || (cancelled > cancelledMax && cancelled > this.#live)) this.heap.sweep()
    }
  }

  protected runDue(nowMs: number): void {
    for (let first = this.heap.first; first !== undefined && first.atMs <= nowMs; first = this.heap.first) {
      this.heap.pop()
      const { callback } = first
      if (callback === undefined) continue
      first.callback = undefined
      this.#live -= 1
      callback()
    }
  }

  abstract close(): void
}

class SystemQueue extends Queue {
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** Steady: a corrected wall clock neither hastens nor delays a timer. */
  get nowMs(): number {
    return performance.timeOrigin + performance.now()
  }

  protected arm(): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    const first = this.heap.first
    if (first === undefined) return
    this.#timer = setTimeout(() => this.#run(), Math.max(0, first.atMs - this.nowMs))
  }

  #run(): void {
    try {
      this.runDue(this.nowMs)
    } finally {
      // A callback that throws must not stop all the others.
      this.arm()
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }
}

/** A queue whose clock only a test moves. */
export class ManualTimerQueue extends Queue {
  nowMs: number

  constructor(nowMs = 0) {
    super()
    this.nowMs = nowMs
  }

  protected arm(): void {}

  /** The next deadline; a cancelled one counts until it is passed. */
  get nextAtMs(): number | undefined {
    return this.heap.first?.atMs
  }

  /** Moves the clock, stopping at each deadline on the way. */
  advance(ms: number): void {
    const until = this.nowMs + ms
    for (let first = this.heap.first; first !== undefined && first.atMs <= until; first = this.heap.first) {
      this.nowMs = Math.max(this.nowMs, first.atMs)
      this.runDue(this.nowMs)
    }
    this.nowMs = until
  }

  close(): void {}
}

export const createTimerQueue = (): TimerQueue => new SystemQueue()
