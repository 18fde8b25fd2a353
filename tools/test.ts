// Runs the tests with node's own runner, in groups by the end of their names: all of them, or one (--unit, --sim, --cluster for
// those with a control plane, --release for the packed tarball). A run that executed no test is a failure.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { builtPrograms } from '../test/cluster/build.ts'
import { controlPlanePrograms, controlPlaneUnavailable } from '../test/cluster/control-plane-programs.ts'
import { programNames } from '../test/cluster/control-plane.ts'
import { orasModule, registryModule, skopeoModule } from '../test/cluster/modules.ts'
import { nodePrograms, nodeProgramsUnavailable } from '../test/cluster/node-programs.ts'

const root = join(import.meta.dirname, '..')
const SUFFIXES: Readonly<Record<string, string>> = {
  sim: '.sim.test.ts',
  cluster: '.cluster.test.ts',
  release: '.release.test.ts',
}
const GROUPS = ['unit', ...Object.keys(SUFFIXES)]
/** Of each file's start half is reading the same modules again (https://nodejs.org/api/module.html#module-compile-cache). */
const COMPILE_CACHE = join(root, 'node_modules', '.cache', 'node-compile')

const CONTROL_PLANES = 4

const [scope = '--all'] = process.argv.slice(2)
const chosen = scope === '--all' ? GROUPS : GROUPS.filter(group => scope === `--${group}`)
if (chosen.length === 0)
  throw new Error(`${scope}: expected --all, ${GROUPS.map(group => `--${group}`).join(', ')}`)

const testFiles = globSync('test/**/*.test.ts', { cwd: root }).toSorted()
const codes: number[] = []
for (const group of chosen) {
  if (group === 'cluster') await buildPrograms()
  const files = testFiles.filter(file => groupOf(file) === group)
  codes.push(group === 'unit' ? await runUnit(files) : await run(group, files, atOnce(group)))
}
process.exitCode = Math.max(...codes)

/** Tests with a control plane wait most of the time, but each takes a gigabyte. */
function atOnce(group: string): readonly string[] {
  const most = group === 'cluster' ? CONTROL_PLANES : Infinity
  return [`--test-concurrency=${Math.min(availableParallelism(), most)}`]
}

/** The core is pure, so its files share a process and read their modules once; the others have processes of their own beside. */
async function runUnit(files: readonly string[]): Promise<number> {
  const later: Buffer[] = []
  const ended = await Promise.all([
    run('unit', files.filter(isPure), ['--test-isolation=none'], chunk => later.push(chunk)),
    run(
      'unit',
      files.filter(file => !isPure(file)),
      atOnce('unit'),
    ),
  ])
  process.stdout.write(Buffer.concat(later))
  return Math.max(...ended)
}

function isPure(file: string): boolean {
  return file.startsWith(join('test', 'core'))
}

/** Here and not in the first test, so that a first build of some minutes shows its progress. */
async function buildPrograms(): Promise<void> {
  const names = programNames({})
  if ((await controlPlaneUnavailable(names)) === undefined) await controlPlanePrograms(names)
  if ((await nodeProgramsUnavailable()) !== undefined) return
  await nodePrograms()
  for (const module of [orasModule, skopeoModule, registryModule]) await builtPrograms(module)
}

function groupOf(file: string): string {
  return Object.keys(SUFFIXES).find(group => file.endsWith(SUFFIXES[group] ?? '')) ?? 'unit'
}

/** Runs one group; 1 where a test failed or none ran. */
async function run(
  group: string,
  paths: readonly string[],
  flags: readonly string[],
  write: (chunk: Buffer) => unknown = chunk => process.stdout.write(chunk),
): Promise<number> {
  if (paths.length === 0) return none(group)
  const reporter = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  const child = spawn(process.execPath, ['--test', ...flags, ...reporter, ...paths], {
    cwd: root,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  let tail = ''
  child.stdout.on('data', (chunk: Buffer) => {
    write(chunk)
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
