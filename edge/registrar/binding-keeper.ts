import type { Binding } from '@offhook/shared/model/registration.ts'

/** Where bindings outlive the process. Both writes are idempotent and may come in any number of repeats. */
export interface BindingStore {
  saveBatch(bindings: readonly Binding[]): Promise<void>
  removeBatch(bindings: readonly Binding[]): Promise<void>
  loadAll(edgeId: string): Promise<readonly Binding[]>
}

/** A change is in the store after at most this, ms, while the store works. */
export const flushMs = 500
/** Bindings of one write. */
export const batchMax = 500
/** Waits this long after a failed write, ms. */
export const retryMs = 2_000

export interface BindingKeeper {
  saved(bindings: readonly Binding[]): void
  removed(bindings: readonly Binding[]): void
  /** Writes what is waiting; resolves when it is in the store, or when the store refused it once. */
  flush(): Promise<void>
  close(): Promise<void>
  readonly waiting: number
}

/**
 * Writes changed bindings in batches. Only the newest state of each binding waits, so the queue is never longer than the table of
 * bindings itself, however long the store is away.
 */
export function createBindingKeeper(store: BindingStore, onError: (error: unknown) => void): BindingKeeper {
  const waiting = new Map<string, { readonly binding: Binding; readonly isSaved: boolean }>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let isClosed = false

  const note = (bindings: readonly Binding[], isSaved: boolean) => {
    for (const binding of bindings) waiting.set(`${binding.username} ${binding.id}`, { binding, isSaved })
    if (waiting.size > 0) schedule(flushMs)
  }

  const schedule = (afterMs: number) => {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      void flush()
    }, afterMs)
    timer.unref()
  }

  async function writeBatch(): Promise<void> {
    const batch = [...waiting].slice(0, batchMax)
    for (const [key] of batch) waiting.delete(key)
    try {
      const part = (isSaved: boolean) =>
        batch.filter(([, each]) => each.isSaved === isSaved).map(([, each]) => each.binding)
      if (part(true).length > 0) await store.saveBatch(part(true))
      if (part(false).length > 0) await store.removeBatch(part(false))
    } catch (error) {
      // Newer states of the same bindings win over the ones put back.
      for (const [key, entry] of batch) if (!waiting.has(key)) waiting.set(key, entry)
      throw error
    }
  }

  async function drain(): Promise<void> {
    try {
      while (waiting.size > 0) await writeBatch()
    } catch (error) {
      onError(error)
      schedule(retryMs)
    }
  }

  function flush(): Promise<void> {
    writing ??= drain().finally(() => {
      writing = undefined
    })
    return writing
  }

  return {
    saved: (bindings) => note(bindings, true),
    removed: (bindings) => note(bindings, false),
    flush,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await flush()
    },
    get waiting() {
      return waiting.size
    },
  }
}
