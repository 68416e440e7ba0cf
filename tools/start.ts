/** `npm start`: the whole PBX on this machine. */
import { main } from '@offhook/local/main.ts'
import { ensureConsole } from './console-build.ts'

await ensureConsole()
await main()
