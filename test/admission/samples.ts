// The samples that people copy, and upstream's own examples as `convert` prints them: each is complete on a real API server,
// at rest when it is applied again, and its pods are let in; Jobs run to their end. Pods are marked where GPUs would work.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { GATE_NAME } from '../../src/core/template/steps/gate.ts'
import { poll } from '../cluster/poll.ts'
import { kindOf, nameOf } from './api.ts'
import { annotationsOf } from './expected.ts'
import type { Cluster } from './suite.ts'

const TIMEOUT_MS = 60_000
const SAMPLES = new URL('../../manifests/samples/', import.meta.url)
const FILES = [
  ...readdirSync(SAMPLES).map(name => new URL(name, SAMPLES)),
  new URL('../fixtures/workspaces/native/quick-start.yaml', import.meta.url),
]

interface Sample {
  readonly name: string
  readonly text: string
  /** Those that ask for a preset. */
  readonly workloads: readonly JsonObject[]
}

export function defineSamples(cluster: () => Cluster): void {
  describe('every sample, and upstream’s examples converted', () => {
    const samples = FILES.map(readSample).filter(({ workloads }) => workloads.length > 0)

    test('are there', () => assert.ok(samples.length >= 7, samples.map(({ name }) => name).join(', ')))

    for (const { name, text, workloads } of samples)
      test(`${name}: becomes complete, rests, and its pods are let in`, async () => {
        const { createNamespace, get, kubectl } = cluster()
        const namespace = `file-${name}`
        await createNamespace(namespace, { 'pod-security.kubernetes.io/enforce': 'baseline' })
        await kubectl(['apply', '-n', namespace, '-f', '-'], text)
        const specs = async () =>
          Promise.all(workloads.map(async one => (await get(namespace, kindOf(one), nameOf(one)))['spec']))
        const before = await specs()
        await kubectl(['apply', '-n', namespace, '-f', '-'], text)
        await kubectl(['diff', '-n', namespace, '-f', '-'], text)
        assert.deepEqual(await specs(), before)
        for (const workload of workloads) await assertRuns(cluster(), namespace, workload)
      })
  })
}

function readSample(file: URL): Sample {
  const text = readFileSync(file, 'utf8')
  const objects = parseAllDocuments(text).map(document => document.toJS() as JsonObject)
  const workloads = objects.filter(object => annotationsOf(object)['kaito.sh/preset'] !== undefined)
  return { name: basename(file.pathname, '.yaml'), text, workloads }
}

async function assertRuns(cluster: Cluster, namespace: string, workload: JsonObject): Promise<void> {
  const kind = kindOf(workload)
  const live = await cluster.get(namespace, kind, nameOf(workload))
  assert.ok(annotationsOf(live)['kaito.sh/plan'] !== undefined, nameOf(workload))
  const label = objectAt(objectAt(objectAt(live, 'spec'), 'template'), 'metadata')
  const { 'kaito.sh/workload': of } = objectAt(label, 'labels')
  const pods = await poll(`pods of ${kind} ${nameOf(workload)}`, TIMEOUT_MS, async () => {
    const all = await cluster.list(namespace, 'Pod')
    const own = all.filter(pod => objectAt(objectAt(pod, 'metadata'), 'labels')['kaito.sh/workload'] === of)
    return own.length === (objectAt(live, 'spec')['replicas'] ?? 1) ? own : undefined
  })
  for (const pod of pods)
    assert.deepEqual(listAt(objectAt(pod, 'spec'), 'schedulingGates'), [{ name: GATE_NAME }])
  if (kind !== 'Job') return
  for (const pod of pods) await succeed(cluster, namespace, nameOf(pod))
  const complete = ['--for=condition=Complete', '--timeout=60s']
  await cluster.kubectl(['wait', '-n', namespace, `job/${nameOf(workload)}`, ...complete])
}

/** What kubelet says of a pod whose containers have all ended well. */
async function succeed({ kubectl }: Cluster, namespace: string, pod: string): Promise<void> {
  const status = JSON.stringify({ status: { phase: 'Succeeded' } })
  await kubectl([
    'patch',
    '-n',
    namespace,
    `pod/${pod}`,
    '--subresource=status',
    '--type=merge',
    '-p',
    status,
  ])
}
