// The built program in dist/: what is installed, so what is measured.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
/** The program as `kaito-native` runs it. */
export const MAIN = join(root, 'dist', 'src', 'main.js')
const SOURCES = '{src,webhooks,certs}/**/*.ts'

/** Builds dist/ where a source file is newer than it. */
export function ensureBuilt(): void {
  if (existsSync(MAIN) && newestSource() <= statSync(MAIN).mtimeMs) return
  const { status } = spawnSync(process.execPath, [join(root, 'tools', 'build.ts')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the program cannot be built, so there is nothing to measure')
}

function newestSource(): number {
  return Math.max(...globSync(SOURCES, { cwd: root }).map(file => statSync(join(root, file)).mtimeMs))
}

/** A module of dist/ by the path of its source from the project's root. */
export async function importBuilt<T>(source: string): Promise<T> {
  return (await import(new URL(`../../dist/${source.replace(/\.ts$/, '.js')}`, import.meta.url).href)) as T
}
