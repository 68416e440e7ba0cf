/** `npm run generate` writes docs/reference; `--check` only compares and names what is stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describeApi } from '@offhook/shared/api/describe-api.ts'
import { describeTable } from '@offhook/store/describe-table.ts'
import { describeModules } from './modules-page.ts'
import { describeRequirements, withoutResults } from './requirements-page.ts'
import { root } from './run-program.ts'

const pages: Record<string, () => Promise<string> | string> = {
  'docs/reference/requirements.md': describeRequirements,
  'docs/reference/modules.md': describeModules,
  'docs/reference/table.md': describeTable,
  'docs/reference/openapi.json': () => `${JSON.stringify(describeApi(), undefined, 1)}\n`,
}

const checking = process.argv.includes('--check')
let stale = 0
for (const [path, describe] of Object.entries(pages)) {
  const text = await describe()
  const file = join(root, path)
  let current: string | undefined
  try {
    current = readFileSync(file, 'utf8')
  } catch {
    current = undefined
  }
  // Results come from runs, and runs differ: what a check compares is all the rest.
  if (checking ? withoutResults(current ?? '') === withoutResults(text) : current === text) continue
  if (checking) {
    stale += 1
    console.error(`${path} is stale: run npm run generate`)
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  }
}
process.exit(stale === 0 ? 0 : 1)
