/** `npm start`: the whole PBX on this machine. */
import { main } from '@offhook/local/main.ts'

await main()
