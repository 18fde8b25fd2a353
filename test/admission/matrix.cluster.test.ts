// For every place that injection writes to, what users have there themselves survives every way of writing a file, and
// nothing that was injected is lost, doubled or left behind.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { FOOTPRINT } from '../../src/core/template/steps.ts'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import { CASES, STEPS, type Case, type Step } from './matrix-cases.ts'
import { changesSince, createOracle, problemsOf, workloadsOf, type Oracle } from './matrix-checks.ts'
import { ELSEWHERE, MATRIX } from './matrix-rows.ts'
import { revisionsOf } from './revisions.ts'
import { STYLES, writeFiles, type Style } from './matrix-styles.ts'
import { describeWithServe, type Cluster } from './suite.ts'
import type { WorkloadFile } from './workloads.ts'

test('every path of the footprint has its rows', () => {
  const here = FOOTPRINT.map(path => path.join(' ')).filter(path => !ELSEWHERE.has(path))
  assert.deepEqual(Object.keys(MATRIX).toSorted(), here.toSorted())
})

await describeWithServe('a workload file over its life', {}, cluster => {
  const folder = temporaryFolder()
  const oracle = createOracle(cluster)
  for (const style of STYLES) describe(style.title, () => defineLife(cluster, oracle, style, folder))
})

interface Life {
  readonly cluster: Cluster
  readonly oracle: Oracle
  readonly style: Style
  readonly namespace: string
  readonly folder: string
  readonly cases: readonly Case[]
  /** The files as the last step wrote them. */
  lastWritten: readonly WorkloadFile[]
}

function defineLife(cluster: () => Cluster, oracle: Oracle, style: Style, parent: string): void {
  const namespace = style.title.toLowerCase().replaceAll(' ', '-')
  let life: Life
  before(async () => {
    const folder = join(parent, namespace)
    mkdirSync(folder)
    await cluster().createNamespace(namespace)
    const cases = CASES.filter(style.suits)
    life = { cluster: cluster(), oracle, style, namespace, folder, cases, lastWritten: [] }
  })
  for (const step of STEPS)
    test(step.title, () => (step.unchanged === true ? repeat(life, step) : write(life, step)))
}

async function write(life: Life, step: Step): Promise<void> {
  const { cluster, oracle, style, namespace, cases, folder, lastWritten } = life
  const files = cases.map(step.file)
  life.lastWritten = files
  await style.write(cluster, namespace, { folder, files, before: lastWritten })
  assert.deepEqual(await problemsOf(await workloadsOf(cluster, namespace), cases, step.file, oracle), [])
}

async function repeat(life: Life, step: Step): Promise<void> {
  const { cluster, namespace, style } = life
  const revisions = step.thorough === true ? await revisionsOf(cluster, namespace) : []
  const then = await workloadsOf(cluster, namespace)
  await write(life, step)
  assert.deepEqual(changesSince(then, await workloadsOf(cluster, namespace)), [])
  if (step.thorough !== true) return
  assert.deepEqual(await revisionsOf(cluster, namespace), revisions)
  if (style.diff !== undefined) await assertNoDiff(life, style.diff)
}

async function assertNoDiff(life: Life, command: readonly string[]): Promise<void> {
  const { cluster, namespace, folder } = life
  writeFiles(folder, life.lastWritten)
  const args = [...command, '--namespace', namespace, '--filename', folder]
  const { code, stdout, stderr } = await cluster.plane.kubectl(args)
  assert.equal(code, 0, `kubectl ${args.join(' ')}:\n${stdout}${stderr}`)
}
