import { countRequests } from '@offhook/store/counting-client.ts'
import { testEngine } from '@offhook/store/testing/test-table.ts'
import { line } from './bench-report.ts'

const by = { by: 'bench' }

/** Requests of one operation, counted where the SDK sends them. */
export async function benchTable(): Promise<void> {
  const engine = await testEngine()
  try {
    const store = await engine.store()
    const requests = countRequests(engine.client)
    const count = async (what: string, run: () => Promise<unknown>) => {
      requests.take()
      await run()
      const { reads, writes, itemsWritten } = requests.take()
      line(what, `${reads} reads, ${writes} writes${writes === 0 ? '' : ` of ${itemsWritten} items`}`)
    }
    await count('make an account', () => store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' }))
    await count('add an extension', () =>
      store.extensions.create('acme', { number: '1001', firstName: 'Alex' }, { by: 'bench' }),
    )
    const nodes = { bye: { id: 'bye', type: 'hang-up' } }
    const callflow = { id: 'main', name: 'Main', numbers: ['8000'], root: 'bye', nodes }
    await count('save a callflow', () => store.documents.save('acme', 'callflow', callflow, by))
    await count('save it again', () => store.documents.save('acme', 'callflow', callflow, by))
    await count('list the callflows', () => store.documents.list('acme', 'callflow'))
    await count('account head of a call', () => store.accounts.head('acme'))
    await count('live facts of a call', () =>
      store.facts.lookUp('acme', [
        { kind: 'account', id: 'account' },
        { kind: 'user', id: 'u' },
        { kind: 'device', id: 'd' },
      ]),
    )
    const keys = ['account/account', 'routing/account', 'callflow/main', 'callflow/none'].map((key) => {
      const [kind = '', id = ''] = key.split('/')
      return { kind: kind as 'callflow', id }
    })
    const { configRevision } = (await store.accounts.head('acme')) ?? { configRevision: 1 }
    await count('documents of a revision, the first time', () => store.documents.fetch('acme', configRevision, keys))
    await count('documents of a revision, from then on', () => store.documents.fetch('acme', configRevision, keys))
    const day = { from: '2026-11-24T00:00:00.000Z', to: '2026-11-24T23:59:59.999Z' }
    await count('one day of call history', () => store.cdrs.list('acme', day))
  } finally {
    await engine.stop()
  }
}
