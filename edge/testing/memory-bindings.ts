import type { Binding } from '@offhook/shared/model/registration.ts'
import type { BindingStore } from '../registrar/binding-keeper.ts'

/** Bindings that outlive an edge in the same process. */
export function createMemoryBindings(): BindingStore & { readonly stored: ReadonlyMap<string, Binding> } {
  const stored = new Map<string, Binding>()
  const keyOf = (binding: Binding) => `${binding.username} ${binding.id}`
  return {
    stored,
    async saveBatch(bindings) {
      for (const binding of bindings) stored.set(keyOf(binding), binding)
    },
    async removeBatch(bindings) {
      for (const binding of bindings) stored.delete(keyOf(binding))
    },
    loadAll: async (edgeId) => [...stored.values()].filter((binding) => binding.edgeId === edgeId),
  }
}
