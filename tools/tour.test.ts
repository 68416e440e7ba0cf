/** docs/tour.md's recipe for a new module, followed to the letter in a copy of the tree: one file, one line of the list, and it is everywhere. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'offhook-tour-'))
const commandMs = 240_000

/** The tree as git has it, with the installed packages but its own folders. */
function copyTree(): void {
  for (const file of execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file), { force: true })
  }
  mkdirSync(join(copy, 'node_modules', '@offhook'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@offhook') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name))
  for (const name of readdirSync(join(root, 'node_modules', '@offhook')))
    symlinkSync(join(copy, name), join(copy, 'node_modules', '@offhook', name))
}

const read = (file: string) => readFileSync(join(copy, file), 'utf8')

function edit(file: string, from: string, to: string): void {
  const text = read(file)
  expect(text.split(from)).toHaveLength(2)
  writeFileSync(join(copy, file), text.replace(from, to))
}

const run = (command: string, ...words: string[]): string =>
  execFileSync(process.execPath, [join(copy, 'node_modules', command), ...words], {
    cwd: copy,
    encoding: 'utf8',
    timeout: commandMs,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })

/** What the recipe says it gives, asked in the copy: reference page, form, and the API by which the editor saves. */
const everywhere = `
import { callflows } from '@offhook/shared/api/nouns.ts'
import { findModule } from '@offhook/shared/callflow/modules/index.ts'
import * as z from 'zod'
import { expect, it } from 'vitest'
import { describeModules } from '../../tools/modules-page.ts'
import { apiUnderTest } from './testing/api-under-test.ts'

it('is on the reference page with its examples and what becomes of calls that go wrong', () => {
  const page = describeModules().split('## ').find((section) => section.startsWith('Say Hello'))

  expect(page).toContain('Other words are said as well.')
  expect(page).toContain('the caller hangs up while it plays')
})

it('has a place in the palette and a form with its field', () => {
  const module = findModule('say-hello')

  expect(module?.editor).toMatchObject({ category: 'Basic', icon: 'speech', hidden: false })
  expect(z.toJSONSchema(module?.params as z.ZodType, { io: 'input' })).toMatchObject({
    properties: { words: { title: 'Words', type: 'string', maxLength: 200, default: 'Hello.' } },
  })
})

it('is taken by the API, and refused with a way out it has not and with words it cannot say', async () => {
  const api = await apiUnderTest()
  const save = (node: object) =>
    api.ask('admin@acme', callflows.create, {
      body: {
        name: 'Hello',
        root: 'hello',
        nodes: { hello: { id: 'hello', type: 'say-hello', ...node }, end: { id: 'end', type: 'hang-up' } },
      },
    })
  const taken = await save({ params: { words: 'Good evening.' }, exits: { next: 'end' } })
  const wrongWay = await save({ exits: { sideways: 'end' } })
  const wrongWords = await save({ params: { words: '' } })
  await api.stop()

  expect([taken.status, taken.text]).toEqual([201, expect.stringContaining('Good evening.')])
  expect([wrongWay.status, wrongWay.text]).toEqual([400, expect.stringContaining('nodes.hello.exits.sideways')])
  expect([wrongWords.status, wrongWords.text]).toEqual([400, expect.stringContaining('nodes.hello.params.words')])
})
`

beforeAll(() => {
  copyTree()
  const tour = read('docs/tour.md')
  const [, path = ''] = /^1\. Make `(\S+)`:$/m.exec(tour) ?? []
  const [, code = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(tour.slice(tour.indexOf(path))) ?? []
  expect([path, code.length > 100]).toEqual(['shared/callflow/modules/say-hello.ts', true])
  writeFileSync(join(copy, path), code)
  // "Add two words to the list: the import, and the name."
  const list = 'shared/callflow/modules/index.ts'
  edit(list, 'import { setCallerId }', "import { sayHello } from './say-hello.ts'\nimport { setCallerId }")
  edit(list, '  setCallerId,\n', '  sayHello,\n  setCallerId,\n')
  writeFileSync(join(copy, 'functions', 'api', 'say-hello.test.ts'), everywhere)
}, commandMs)
afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe("the tour's new module", () => {
  it('compiles', { timeout: commandMs }, () => {
    expect(run('typescript/bin/tsc', '-b', 'shared')).toBe('')
  })

  it('runs its examples through the real engine, and is in reference, form and API', { timeout: commandMs }, () => {
    const files = ['shared/callflow/modules/modules.test.ts', 'shared/callflow/modules/behaviour.test.ts']
    const said = run(
      'vitest/vitest.mjs',
      'run',
      ...files,
      'functions/api/say-hello.test.ts',
      '-t',
      'Say Hello|^is |^has ',
      '--reporter=verbose',
    )

    expect(said).toContain('Say Hello > The caller is greeted, then the next module has its turn.')
    expect(said).toContain('Say Hello > Words that cannot be said are passed over.')
    expect(said).toContain('Say Hello > ends with one record when the caller hangs up, wherever that is')
    expect(said).toContain('is taken by the API')
  })
})
