/** Proves that the compiler keeps the arrows of docs/architecture.md: for each folder, an import it may not have must not compile. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root } from './run-program.ts'

const all = ['shared', 'store', 'functions', 'edge', 'local', 'infra', 'web', 'e2e']
const allowed: Record<string, readonly string[]> = {
  shared: [],
  store: ['shared'],
  functions: ['shared', 'store'],
  edge: ['shared', 'store'],
  local: ['shared', 'store', 'functions', 'edge'],
  infra: ['shared', 'store', 'functions'],
  web: ['shared'],
  e2e: ['shared', 'store', 'functions', 'edge', 'local'],
}

const problems: string[] = []
for (const [folder, may] of Object.entries(allowed)) {
  const config = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')) as {
    references: { path: string }[]
    compilerOptions: object
  }
  const references = config.references.map((reference) => reference.path.replace('../', ''))
  if (references.join() !== may.join())
    problems.push(`${folder}/tsconfig.json refers to ${references.join(' ')}, not ${may.join(' ')}`)
  const forbidden = all.filter((other) => other !== folder && !may.includes(other))
  const probeFolder = mkdtempSync(join(root, folder, 'arrow-probe-'))
  try {
    // Nothing of Node or the browser exists in `shared`, either.
    const outside =
      folder === 'shared'
        ? ['export const a = process.pid', 'export const b = document.title', "export * as c from 'node:fs'"]
        : []
    const lines = forbidden.map(
      (other, index) => `import * as a${index} from '@offhook/${other}/probe.ts'\nexport { a${index} }`,
    )
    writeFileSync(join(probeFolder, 'probe.ts'), `${[...lines, ...outside].join('\n')}\n`)
    writeFileSync(
      join(probeFolder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../tsconfig.json',
        compilerOptions: {
          rootDir: '..',
          noEmit: true,
          composite: false,
          emitDeclarationOnly: false,
          incremental: false,
          tsBuildInfoFile: null,
        },
        include: ['probe.ts'],
        exclude: [],
        references: [],
      }),
    )
    const result = spawnSync(process.execPath, [bin('tsc'), '-p', probeFolder], { encoding: 'utf8' })
    const output = existsSync(bin('tsc')) ? result.stdout : ''
    for (const other of forbidden)
      if (!new RegExp(`probe.ts\\(${2 * forbidden.indexOf(other) + 1},`).test(output))
        problems.push(`${folder} may import ${other}, and nothing stops it`)
    for (const [index, line] of outside.entries())
      if (!output.includes(`probe.ts(${2 * forbidden.length + index + 1},`))
        problems.push(`${folder} compiles "${line}"`)
  } finally {
    rmSync(probeFolder, { recursive: true, force: true })
  }
}
for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
