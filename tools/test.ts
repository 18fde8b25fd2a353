// Runs the tests with node's own runner: all of them, only those without a control plane (--unit), or only those with one
// (--cluster). A run that executed no test is a failure, whatever the runner says.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const CLUSTER_SUFFIX = '.cluster.test.ts'
const root = join(import.meta.dirname, '..')
const [scope = '--all', ...names] = process.argv.slice(2)
const all = names.length > 0 ? names : globSync('test/**/*.test.ts', { cwd: root }).toSorted()
const unit = all.filter(file => !file.endsWith(CLUSTER_SUFFIX))
const cluster = all.filter(file => file.endsWith(CLUSTER_SUFFIX))

const codes: number[] = []
if (scope !== '--cluster') codes.push(await run('unit', unit, []))
// Two cores: control planes one after the other, else each of them starves the others.
if (scope !== '--unit') codes.push(await run('cluster', cluster, ['--test-concurrency=1']))
process.exitCode = Math.max(...codes)

/** Runs one group; 1 where a test failed or none ran. */
async function run(group: string, files: readonly string[], flags: readonly string[]): Promise<number> {
  if (files.length === 0) return none(group)
  const reporter = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  const child = spawn(process.execPath, ['--test', ...flags, ...reporter, ...files], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  let tail = ''
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    tail = (tail + chunk.toString()).slice(-4000)
  })
  const code = await new Promise<number>(resolve => child.once('close', exit => resolve(exit ?? 1)))
  const passed = Number(/^ℹ pass (\d+)$/m.exec(stripColours(tail))?.[1] ?? 0)
  return passed === 0 ? none(group) : code
}

function none(group: string): number {
  process.stderr.write(`no ${group} test was executed: that is a failure\n`)
  return 1
}

function stripColours(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')
}
