/** `npm run check`: types and dependency directions, format and lint, generated files fresh. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root, run } from './run-program.ts'

const checks: readonly (readonly [what: string, run: () => Promise<number>])[] = [
  ['types and dependency directions (tsc -b)', () => run(bin('tsc'), ['-b'])],
  ['the compiler refuses a wrong arrow', () => run(process.execPath, [join(root, 'tools', 'check-arrows.ts')])],
  ['format and lint (biome)', () => run(bin('biome'), ['check', '.'])],
  ['promises handled (oxlint, type-aware)', () => run(bin('oxlint'), ['--type-aware', '--deny-warnings'])],
  ['generated files are fresh', () => run(process.execPath, [join(root, 'tools', 'generate.ts'), '--check'])],
]

let failed = 0
for (const [what, check] of checks) {
  const began = Date.now()
  const code = await check()
  if (code !== 0) failed += 1
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
}
mkdirSync(join(root, '.build', 'results'), { recursive: true })
writeFileSync(
  join(root, '.build', 'results', 'checks.json'),
  JSON.stringify({ passed: checks.length - failed, failed }),
)
process.exit(failed === 0 ? 0 : 1)
