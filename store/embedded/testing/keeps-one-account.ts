/** A process to be killed: starts the engine on the file it is given, writes an account, says the engine's process id, and waits. */
import { createTable } from '../../create-table.ts'
import { createStore } from '../../store.ts'
import { startEmbedded } from '../dynoxide.ts'
import { localClient } from '../local-client.ts'

const engine = await startEmbedded(process.argv[2])
const client = localClient(engine.endpoint)
await createTable(client, 'kept')
await createStore({ client, tableName: 'kept' }).accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
process.stdout.write(`${engine.pid}\n`)
setInterval(() => {}, 60_000)
