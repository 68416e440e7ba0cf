/** A real call for every module of the list, many at once on one machine. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modules } from '@offhook/shared/callflow/modules/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callerHz } from './main-line.ts'
import { outsideHz, type Row, rows } from './module-rows.ts'
import { Scene, Stage } from './module-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.start()
})
afterAll(async () => {
  const atOnce = await stage.callsAtOnce()
  await stage.stop()
  console.log(
    `Figure: ${rows.length} calls through ${new Set(rows.map(({ module }) => module)).size} modules on one machine, ${atOnce} of them at once`,
  )
  expect(atOnce).toBeGreaterThanOrEqual(8)
})

async function call(row: Row): Promise<void> {
  const scene = new Scene(stage)
  try {
    const { callees = [], ...placing } = await row.place(scene)
    await scene.place(placing, row.from !== undefined)
    for (const number of row.outsiders?.(scene) ?? []) scene.outsiders.push(await scene.outside(number, outsideHz))
    const caller =
      row.from === undefined ? (await scene.phone(callerHz)).phone : await scene.outside(row.from, callerHz)
    await stage.ready()
    caller.command('dial', row.from === undefined ? scene.number : scene.did)
    await row.live?.({ scene, caller, callees })
    const record = await scene.record()
    const step = record.path.find(({ nodeId }) => nodeId === 'node')

    expect(record.disposition).toBe(row.disposition)
    expect(step?.exit).toBe(row.leaves)
    if (row.because !== undefined) expect(step?.reason ?? record.reason).toMatch(row.because)
  } finally {
    await scene.clear()
  }
}

describe('real calls through every module', { concurrent: true }, () => {
  it.each(rows.map((row): [string, string, Row] => [row.module, row.says, row]))('%s: %s', (_module, _says, row) =>
    call(row),
  )
})

it('no module of the list is without a real call', () => {
  const called = new Set(rows.map(({ module }) => module))
  // Files of their own place modules as well: whoever writes `type: '<module>'` there has called it.
  const elsewhere = globSync('*.test.ts', { cwd: import.meta.dirname })
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .join('\n')
  const missing = modules
    .map(({ type }) => type)
    .filter((type) => !called.has(type) && !elsewhere.includes(`type: '${type}'`))

  expect(missing).toEqual([])
})
