// What must hold after each step of the matrix. What a step must lead to is asked of the API server: the same file,
// created where nothing was.
import assert from 'node:assert/strict'
import { objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { kindOf, nameOf } from './api.ts'
import { differences, lacks, normalised } from './compare.ts'
import { inParallel } from './in-parallel.ts'
import type { Case } from './matrix-cases.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, type WorkloadFile } from './workloads.ts'

/** What a file leads to where nothing was. */
export type Oracle = (file: WorkloadFile) => Promise<JsonObject>

/** Asks the API server by dry runs, once for all styles. */
export function createOracle(cluster: () => Cluster): Oracle {
  const known = new Map<string, Promise<JsonObject>>()
  return file => {
    const text = JSON.stringify(makeWorkload(file))
    const fresh = known.get(text) ?? cluster().create('default', makeWorkload(file), { dryRun: true })
    known.set(text, fresh)
    return fresh
  }
}

/** What is wrong with the workloads of these rows after a step. */
export async function problemsOf(
  objects: readonly JsonObject[],
  cases: readonly Case[],
  fileOf: (row: Case) => WorkloadFile,
  oracle: Oracle,
): Promise<readonly string[]> {
  const problems: string[] = []
  await inParallel(cases, async row => {
    const object = objects.find(candidate => kindOf(candidate) === row.kind && nameOf(candidate) === row.name)
    assert.ok(object, `${row.kind} ${row.name} is gone`)
    const file = fileOf(row)
    const found = problemsOfOne(object, await oracle(file), file, row)
    problems.push(...found.map(problem => `${row.kind} ${row.name}: ${problem}`))
  })
  return problems
}

function problemsOfOne(
  live: JsonObject,
  fresh: JsonObject,
  file: WorkloadFile,
  row: Case,
): readonly string[] {
  const written = row.combined === true ? {} : objectAt(makeWorkload(file), 'spec')
  return [
    ...differences(normalised(live['spec']), normalised(fresh['spec']), 'spec'),
    ...differences(decisionOf(live), decisionOf(fresh), 'plan'),
    ...lacks(live['spec'], written, 'spec'),
  ]
}

/** The plan without its inventory, whose form depends on the way that led here. */
function decisionOf(object: JsonObject): Json {
  const text = planTextOf(object)
  if (text === undefined) return null
  const { added: _, ...decision } = JSON.parse(text) as JsonObject
  return decision
}

/** Every difference to what was, the order of list entries among them. */
export function changesSince(then: readonly JsonObject[], now: readonly JsonObject[]): readonly string[] {
  return then.flatMap((before, index) => {
    const [old, live] = [steadyPart(before), steadyPart(now[index] ?? {})]
    if (JSON.stringify(old) === JSON.stringify(live)) return []
    const found = differences(live, old)
    const what = found.length === 0 ? ['its entries are in another order'] : found
    return what.map(change => `${kindOf(before)} ${nameOf(before)}: ${change}`)
  })
}

/** What must stay the same from one apply of a file to the next. */
function steadyPart(object: JsonObject): JsonObject {
  return { spec: object['spec'], plan: planTextOf(object) }
}

function planTextOf(object: JsonObject): string | undefined {
  return stringAt(objectAt(objectAt(object, 'metadata'), 'annotations'), 'kaito.sh/plan')
}

/** All workloads of the namespace, in the API server's order. */
export async function workloadsOf(cluster: Cluster, namespace: string): Promise<readonly JsonObject[]> {
  const lists = await Promise.all(['Deployment', 'StatefulSet'].map(kind => cluster.list(namespace, kind)))
  return lists.flat()
}
