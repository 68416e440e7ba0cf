import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root, run } from './run-program.ts'

const newest = (paths: readonly string[]): number => Math.max(0, ...paths.map((path) => statSync(path).mtimeMs))

/** Builds the console when a source is newer than what was built, or nothing was. Answers whether there is one to serve. */
export async function ensureConsole(): Promise<boolean> {
  const page = join(root, 'web', 'index.html')
  if (!existsSync(page)) return false
  const built = join(root, 'web', 'dist', 'index.html')
  const sources = [
    page,
    ...globSync('{web/src,web/public,shared}/**/*', { cwd: root }).map((path) => join(root, path)),
  ].filter((path) => statSync(path).isFile())
  if (existsSync(built) && statSync(built).mtimeMs >= newest(sources)) return true
  console.log('Building the console …')
  return (await run(bin('vite'), ['build', 'web', '--logLevel', 'warn'])) === 0
}
