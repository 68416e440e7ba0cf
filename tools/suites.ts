import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root, run } from './run-program.ts'
import { ensureSystemPackages, type systemPackages } from './system-packages.ts'

export interface Suite {
  readonly name: string
  readonly config: string
  readonly needs?: keyof typeof systemPackages
}

/** In the order they run: the quick ones first. */
export const suites: readonly Suite[] = [
  { name: 'unit', config: 'vitest.config.ts' },
  { name: 'phones', config: 'e2e/phones/vitest.config.ts', needs: 'phones' },
  { name: 'browser', config: 'e2e/browser/vitest.config.ts', needs: 'browser' },
  { name: 'load', config: 'e2e/load/vitest.config.ts', needs: 'phones' },
  { name: 'faults', config: 'e2e/faults/vitest.config.ts', needs: 'phones' },
]

export interface TestResult {
  readonly file: string
  readonly name: string
  readonly status: string
}

export interface SuiteResult {
  readonly passed: number
  readonly failed: number
  readonly skippedWhy?: string
  readonly tests: readonly TestResult[]
}

const resultsFolder = join(root, '.build', 'results')

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites: number
  testResults: { name: string; status: string; assertionResults: { fullName: string; status: string }[] }[]
}

function readReport(path: string): SuiteResult {
  const report = JSON.parse(readFileSync(path, 'utf8')) as VitestReport
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({
      file: file.name.slice(root.length + 1),
      name: test.fullName,
      status: test.status,
    })),
  )
  // A file that did not load has no tests to fail, and must not look green.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken, tests }
}

async function runSuite(suite: Suite, env: Record<string, string>, extra: readonly string[]): Promise<SuiteResult> {
  const missing = suite.needs === undefined ? [] : await ensureSystemPackages(suite.needs)
  if (missing.length > 0) {
    const why = `needs ${missing.join(', ')}: sudo apt-get install -y ${missing.join(' ')}`
    return process.env.CI === 'true'
      ? { passed: 0, failed: 1, tests: [], skippedWhy: why }
      : { passed: 0, failed: 0, tests: [], skippedWhy: why }
  }
  mkdirSync(resultsFolder, { recursive: true })
  const out = join(resultsFolder, `${suite.name}.json`)
  rmSync(out, { force: true })
  const code = await run(
    bin('vitest'),
    ['run', '--config', suite.config, '--reporter=default', '--reporter=json', `--outputFile.json=${out}`, ...extra],
    env,
  )
  try {
    const result = readReport(out)
    return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result
  } catch {
    return { passed: 0, failed: 1, tests: [], skippedWhy: 'the runner gave no report' }
  }
}

/** Runs the suites one after another and prints a line each; the last line is `N passed, N failed`. Exit code 1 on any failure. */
export async function runSuites(
  names: readonly string[],
  env: Record<string, string>,
  extra: readonly string[] = [],
): Promise<number> {
  let passed = 0
  let failed = 0
  const lines: string[] = []
  for (const suite of suites.filter((one) => names.length === 0 || names.includes(one.name))) {
    const began = Date.now()
    const result = await runSuite(suite, env, extra)
    passed += result.passed
    failed += result.failed
    const skipped = result.skippedWhy === undefined ? '' : `  *** NOT RUN: ${result.skippedWhy} ***`
    lines.push(
      `${suite.name}: ${result.passed} passed, ${result.failed} failed in ${((Date.now() - began) / 1000).toFixed(0)} s${skipped}`,
    )
    writeFileSync(join(root, '.build', 'results', `${suite.name}.tests.json`), JSON.stringify(result.tests))
  }
  console.log(`\n${lines.join('\n')}`)
  writeFileSync(join(root, '.build', 'results', 'totals.json'), JSON.stringify({ passed, failed }))
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}
