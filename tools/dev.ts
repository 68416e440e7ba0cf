/** `npm run dev`: `npm start` that starts again when a source changes. */
import { join } from 'node:path'
import { root, run } from './run-program.ts'

const folders = ['shared', 'store', 'functions', 'edge', 'local'].flatMap((folder) => [
  `--watch-path=${join(root, folder)}`,
])
process.exit(
  await run(process.execPath, ['--disable-warning=ExperimentalWarning', ...folders, join(root, 'tools', 'start.ts')]),
)
