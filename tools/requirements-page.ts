import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { layerReasons, type Row as RowId, reasons } from './requirement-reasons.ts'
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

/** The title of a test, the one after a table of cases, or the sentence of an example or a row, which is run as a test of that title. */
const titlePattern = /(?:\b(?:it|test|describe)\(|\)\(|\bsays:)\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g

/** Tests that name a row in their title, by row. Read from the sources, so the page is the same on every machine. */
function findProofs(): Map<string, Proof[]> {
  const proofs = new Map<string, Proof[]>()
  const files = globSync(
    [
      '{shared,store,functions,edge,local,infra,web,e2e}/**/*.test.{ts,tsx}',
      'shared/callflow/modules/*.ts',
      'e2e/phones/*-rows.ts',
    ],
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

/** Layers that tests of a folder can prove; the longest folder that fits counts. What real clients prove, the engine does too. */
const layersProvenIn: Readonly<Record<string, readonly string[]>> = {
  'shared/': ['CORE'],
  'store/': ['API'],
  'functions/': ['API'],
  'functions/sma/': ['CORE'],
  'functions/mail/': ['MAIL'],
  'functions/recordings/': ['MAIL'],
  'local/': ['API'],
  'edge/': ['SIP'],
  'edge/sma/': ['SIP', 'CORE'],
  'infra/': ['AWS'],
  'web/': ['UI'],
  'e2e/': ['E2E', 'SIP', 'CORE', 'API', 'MAIL'],
  'e2e/browser/': ['E2E', 'UI', 'API'],
}

export function layersOf(file: string): readonly string[] {
  const folders = Object.keys(layersProvenIn).filter((folder) => file.startsWith(folder))
  const folder = folders.toSorted((a, b) => b.length - a.length)[0]
  return folder === undefined ? [] : (layersProvenIn[folder] ?? [])
}

/** Layers a row names and no test of it proves. */
export const unproven = (row: Pick<Row, 'layers'>, files: readonly string[]): string[] => {
  const proven = new Set(files.flatMap((file) => layersOf(file)))
  return row.layers.filter((layer) => !proven.has(layer))
}

/** The reason of each row. Throws where one stands twice, is none of ours, or is proven: the table would lie. */
export function reasonsByRow(
  rows: readonly Pick<Row, 'id' | 'layers'>[],
  filesOf: (id: string) => readonly string[],
  table: Readonly<Record<string, readonly RowId[]>> = reasons,
): ReadonlyMap<string, string> {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const found = new Map<string, string>()
  for (const [why, ids] of Object.entries(table))
    for (const id of ids) {
      const row = byId.get(id)
      if (row === undefined) throw new Error(`tools/requirement-reasons.ts gives a reason for ${id}, which is no row.`)
      if (found.has(id)) throw new Error(`tools/requirement-reasons.ts has two reasons for ${id}.`)
      if (unproven(row, filesOf(id)).length === 0)
        throw new Error(
          `${id} is proven on every layer: take its reason ("${why}") out of tools/requirement-reasons.ts.`,
        )
      found.set(id, why)
    }
  return found
}

/** What is left to prove of a row, in italics; nothing where all is. */
function whatIsLeft(missing: readonly string[], why: string | undefined, hasTests: boolean): string {
  if (missing.length === 0) return ''
  if (!hasTests) return why === undefined ? 'none yet' : `*${why}*`
  return `*${missing.map((layer) => `${layer}: ${why ?? layerReasons[layer] ?? 'not yet'}`).join('; ')}*`
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** docs/reference/requirements.md: each row, how urgent it is, and the tests that name it. A row without a test says so. */
export function describeRequirements(): string {
  const rows = JSON.parse(readFileSync(join(root, 'docs', 'requirement-rows.json'), 'utf8')) as Row[]
  const proofs = findProofs()
  const results = findResults()
  const must = rows.filter((row) => row.priority === 'M')
  const proven = (some: readonly Row[]) => some.filter((row) => proofs.has(row.id)).length
  const filesOf = (id: string) => (proofs.get(id) ?? []).map(({ file }) => file)
  const why = reasonsByRow(rows, filesOf)
  const whole = (some: readonly Row[]) => some.filter((row) => unproven(row, filesOf(row.id)).length === 0).length
  const lines = [
    '# Requirements and their tests',
    '',
    'Made by `npm run generate` from the titles of the tests and the results of the last `npm test`. `npm test` runs every test named here and',
    'fails when one fails; a row without a test is not claimed. Layers: CORE engine, API, UI browser, SIP real clients, MAIL, AWS templates, E2E.',
    'What is left to prove of a row stands in italics, with what it comes with (`tools/requirement-reasons.ts`).',
    '',
    `Rows with at least one test: ${proven(rows)} of ${rows.length}; of the must rows ${proven(must)} of ${must.length}.`,
    `Rows with a test on every layer they name: ${whole(rows)} of ${rows.length}; of the must rows ${whole(must)} of ${must.length}.`,
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
    const left = whatIsLeft(unproven(row, filesOf(row.id)), why.get(row.id), tests.length > 0)
    const result = tests.length === 0 ? '' : `<!-- result -->${describeResult(results.get(row.id))} `
    lines.push(
      `| ${row.id} | ${row.priority} | ${row.layers.join(', ')} | ${cell(row.text)} | ${result}| ${[...tests, left].filter((part) => part !== '').join('<br>')} |`,
    )
  }
  return `${lines.join('\n')}\n`
}
