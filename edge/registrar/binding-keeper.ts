import type { Binding } from '@offhook/shared/model/registration.ts'

/** Where bindings outlive the process. Both writes are idempotent and may come in any number of repeats. */
export interface BindingStore {
  saveBatch(bindings: readonly Binding[]): Promise<void>
  removeBatch(bindings: readonly Binding[]): Promise<void>
  loadAll(edgeId: string): Promise<readonly Binding[]>
}

/** A change is in the store after at most this, ms, while the store works. */
export const flushMs = 500
/** A refresh that only moves the expiry on is, after this, ms: a crash before that leaves the earlier expiry, which is at least a minute away. */
export const refreshFlushMs = 10_000
/** Bindings of one write. */
export const batchMax = 500
/** Waits this long after a failed write, ms. */
export const retryMs = 2_000

export interface BindingKeeper {
  saved(bindings: readonly Binding[]): void
  /** The same phone at the same place, for longer. */
  refreshed(bindings: readonly Binding[]): void
  removed(bindings: readonly Binding[]): void
  /** Writes what is waiting; resolves when it is in the store, or when the store refused it once. */
  flush(): Promise<void>
  close(): Promise<void>
  readonly waiting: number
}

interface Change {
  readonly binding: Binding
  readonly isSaved: boolean
}

/**
 * Writes changed bindings in batches. Only the newest state of each binding waits, so the queue is never longer than the table of
 * bindings itself, however long the store is away.
 */
export function createBindingKeeper(store: BindingStore, onError: (error: unknown) => void): BindingKeeper {
  const changed = new Map<string, Change>()
  const refreshed = new Map<string, Change>()
  const timers = new Map<typeof changed, NodeJS.Timeout>()
  let writing: Promise<void> | undefined
  let isClosed = false

  const note = (bindings: readonly Binding[], isSaved: boolean, isRefresh: boolean) => {
    for (const binding of bindings) {
      const key = `${binding.username} ${binding.id}`
      // What was to be written soon is still to be written soon.
      if (isRefresh && !changed.has(key)) refreshed.set(key, { binding, isSaved })
      else {
        refreshed.delete(key)
        changed.set(key, { binding, isSaved })
      }
    }
    if (changed.size > 0) schedule(changed, flushMs)
    if (refreshed.size > 0) schedule(refreshed, refreshFlushMs)
  }

  const schedule = (waiting: typeof changed, afterMs: number) => {
    if (timers.has(waiting) || isClosed) return
    const timer = setTimeout(() => {
      timers.delete(waiting)
      void write([waiting])
    }, afterMs)
    timer.unref()
    timers.set(waiting, timer)
  }

  async function writeBatch(waiting: typeof changed): Promise<void> {
    const batch = [...waiting].slice(0, batchMax)
    for (const [key] of batch) waiting.delete(key)
    try {
      const part = (isSaved: boolean) =>
        batch.filter(([, each]) => each.isSaved === isSaved).map(([, each]) => each.binding)
      if (part(true).length > 0) await store.saveBatch(part(true))
      if (part(false).length > 0) await store.removeBatch(part(false))
    } catch (error) {
      // Newer states of the same bindings win over the ones put back.
      for (const [key, change] of batch) if (!changed.has(key) && !refreshed.has(key)) changed.set(key, change)
      throw error
    }
  }

  async function drain(some: readonly (typeof changed)[]): Promise<void> {
    try {
      for (const waiting of some) while (waiting.size > 0) await writeBatch(waiting)
    } catch (error) {
      onError(error)
      schedule(changed, retryMs)
    }
  }

  /** One write after another: two of the same binding must not overtake each other. */
  function write(some: readonly (typeof changed)[]): Promise<void> {
    const before = writing
    const after = (before === undefined ? drain(some) : before.then(() => drain(some))).finally(() => {
      if (writing === after) writing = undefined
    })
    writing = after
    return after
  }

  return {
    saved: (bindings) => note(bindings, true, false),
    refreshed: (bindings) => note(bindings, true, true),
    removed: (bindings) => note(bindings, false, false),
    flush: () => write([changed, refreshed]),
    async close() {
      isClosed = true
      for (const timer of timers.values()) clearTimeout(timer)
      await write([changed, refreshed])
    },
    get waiting() {
      return changed.size + refreshed.size
    },
  }
}
