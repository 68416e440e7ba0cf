import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-program.ts'

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

const titlePattern = /\b(?:it|test|describe)(?:\.each\([^)]*\))?\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g

/** Tests that name a row in their title, by row. Read from the sources, so the page is the same on every machine. */
function findProofs(): Map<string, Proof[]> {
  const proofs = new Map<string, Proof[]>()
  const files = globSync('{shared,store,functions,edge,local,infra,web,e2e}/**/*.test.{ts,tsx}', { cwd: root })
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

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** docs/reference/requirements.md: each row, how urgent it is, and the tests that name it. A row without a test says so. */
export function describeRequirements(): string {
  const rows = JSON.parse(readFileSync(join(root, 'docs', 'requirement-rows.json'), 'utf8')) as Row[]
  const proofs = findProofs()
  const must = rows.filter((row) => row.priority === 'M')
  const proven = (some: readonly Row[]) => some.filter((row) => proofs.has(row.id)).length
  const lines = [
    '# Requirements and their tests',
    '',
    'Made by `npm run generate` from the titles of the tests. `npm test` runs every test named here and fails when one fails;',
    'a row without a test is not claimed. Layers: CORE engine, API, UI browser, SIP real clients, MAIL, AWS templates, E2E.',
    '',
    `Rows with at least one test: ${proven(rows)} of ${rows.length}; of the must rows ${proven(must)} of ${must.length}.`,
  ]
  let section = ''
  for (const row of rows) {
    if (row.section !== section) {
      section = row.section
      lines.push('', `## ${section}`, '', '| Row | | Layers | Requirement | Tests |', '|---|---|---|---|---|')
    }
    const tests = (proofs.get(row.id) ?? []).map((proof) => `${cell(proof.title)} (\`${proof.file}\`)`)
    lines.push(
      `| ${row.id} | ${row.priority} | ${row.layers.join(', ')} | ${cell(row.text)} | ${tests.length === 0 ? 'none yet' : tests.join('<br>')} |`,
    )
  }
  return `${lines.join('\n')}\n`
}
