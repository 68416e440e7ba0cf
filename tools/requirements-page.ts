import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-program.ts'
import type { TestResult } from './suites.ts'

interface Row {
  readonly id: string
  readonly section: string
  readonly priority: string
  readonly text: string
  readonly layers: readonly string[]
}

interface Proof {
  readonly file: string
  readonly title: string
}

/** The title of a test, the one after a table of cases, or the sentence of a module's example, which is run as a test of that title. */
const titlePattern = /(?:\b(?:it|test|describe)\(|\)\(|\bsays:)\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g

/** Tests that name a row in their title, by row. Read from the sources, so the page is the same on every machine. */
function findProofs(): Map<string, Proof[]> {
  const proofs = new Map<string, Proof[]>()
  const files = globSync(
    ['{shared,store,functions,edge,local,infra,web,e2e}/**/*.test.{ts,tsx}', 'shared/callflow/modules/*.ts'],
    { cwd: root },
  )
    .filter((file) => !file.includes('node_modules'))
    .toSorted()
  for (const file of files)
    for (const match of readFileSync(join(root, file), 'utf8').matchAll(titlePattern)) {
      const title = (match[2] ?? '').replaceAll('\\', '')
      for (const id of new Set(title.match(/R-\d{3}/g) ?? []))
        proofs.set(id, [...(proofs.get(id) ?? []), { file, title }])
    }
  return proofs
}

/** How the tests of each row ended the last time `npm test` ran here: passed and failed. Titles of groups count for what is in them. */
function findResults(): Map<string, { passed: number; failed: number }> {
  const results = new Map<string, { passed: number; failed: number }>()
  for (const file of globSync('.build/results/*.tests.json', { cwd: root }))
    for (const test of JSON.parse(readFileSync(join(root, file), 'utf8')) as TestResult[])
      for (const id of new Set(test.name.match(/R-\d{3}/g) ?? [])) {
        const { passed, failed } = results.get(id) ?? { passed: 0, failed: 0 }
        const isPassed = test.status === 'passed'
        results.set(id, { passed: passed + (isPassed ? 1 : 0), failed: failed + (isPassed ? 0 : 1) })
      }
  return results
}

const resultMark = /<!-- result -->[^|]*/g

/** The page without its results, which depend on what was run and where: the rest must be fresh. */
export const withoutResults = (page: string): string => page.replaceAll(resultMark, '')

const describeResult = (result: { passed: number; failed: number } | undefined): string => {
  if (result === undefined) return 'not run'
  return result.failed === 0 ? `${result.passed} passed` : `**${result.failed} failed**, ${result.passed} passed`
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** docs/reference/requirements.md: each row, how urgent it is, and the tests that name it. A row without a test says so. */
export function describeRequirements(): string {
  const rows = JSON.parse(readFileSync(join(root, 'docs', 'requirement-rows.json'), 'utf8')) as Row[]
  const proofs = findProofs()
  const results = findResults()
  const must = rows.filter((row) => row.priority === 'M')
  const proven = (some: readonly Row[]) => some.filter((row) => proofs.has(row.id)).length
  const lines = [
    '# Requirements and their tests',
    '',
    'Made by `npm run generate` from the titles of the tests and the results of the last `npm test`. `npm test` runs every test named here and',
    'fails when one fails; a row without a test is not claimed. Layers: CORE engine, API, UI browser, SIP real clients, MAIL, AWS templates, E2E.',
    '',
    `Rows with at least one test: ${proven(rows)} of ${rows.length}; of the must rows ${proven(must)} of ${must.length}.`,
  ]
  let section = ''
  for (const row of rows) {
    if (row.section !== section) {
      section = row.section
      lines.push(
        '',
        `## ${section}`,
        '',
        '| Row | | Layers | Requirement | Result | Tests |',
        '|---|---|---|---|---|---|',
      )
    }
    const tests = (proofs.get(row.id) ?? []).map((proof) => `${cell(proof.title)} (\`${proof.file}\`)`)
    const result = tests.length === 0 ? '' : `<!-- result -->${describeResult(results.get(row.id))} `
    lines.push(
      `| ${row.id} | ${row.priority} | ${row.layers.join(', ')} | ${cell(row.text)} | ${result}| ${tests.length === 0 ? 'none yet' : tests.join('<br>')} |`,
    )
  }
  return `${lines.join('\n')}\n`
}
