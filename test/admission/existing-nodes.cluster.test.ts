// A cluster whose API server serves no provisioner: nothing is gated, and kube-scheduler alone finds the nodes.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { poll } from '../cluster/poll.ts'
import { annotationsOf } from './expected.ts'
import { revisionsOf } from './revisions.ts'
import { describeWithServe, type Cluster } from './suite.ts'
import { makeWorkload, PRESET, type Field } from './workloads.ts'

const TYPE = 'Standard_NC24ads_A100_v4'
const POD_TIMEOUT_MS = 60_000
const REQUIRED = ['nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution']
const GPU_TOLERATIONS = [
  { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
]
/** Nodes of the type by their label, and nodes that no cloud named by those of NVIDIA's GPU feature discovery. */
const BY_TYPE = [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: [TYPE] }]
const BY_GPU = ['gpu', 'cuda'].map(label => [
  { key: 'nvidia.com/gpu.count', operator: 'Gt', values: ['0'] },
  { key: 'nvidia.com/gpu.memory', operator: 'Gt', values: ['81407'] },
  { key: `nvidia.com/${label}.compute.major`, operator: 'Gt', values: ['7'] },
])
const OURS: readonly (readonly Json[])[] = [BY_TYPE, ...BY_GPU]

const MINE = { key: 'dedicated', operator: 'Equal', value: 'me', effect: 'NoSchedule' }
const ZONE = { key: 'zone', operator: 'In', values: ['a'] }
const DISK = { key: 'disk', operator: 'Exists' }
const PREFERRED = [{ weight: 1, preference: { matchExpressions: [DISK] } }]

await describeWithServe('on existing nodes', { provisioner: false }, cluster => {
  before(() => cluster().createNamespace('nodes'))

  test('the pods wait for kube-scheduler, not at a gate', async () => {
    await cluster().create('nodes', makeFile('bare', []))
    const pod = await unscheduledPod(cluster())
    const spec = objectAt(pod, 'spec')
    assert.equal(spec['schedulingGates'], undefined)
    assert.deepEqual(listAt(spec, 'tolerations').slice(0, 2), GPU_TOLERATIONS)
    assert.deepEqual(
      termsOf(spec),
      OURS.map(matchExpressions => ({ matchExpressions })),
    )
  })

  test('the plan says so', async () => {
    const live = await cluster().get('nodes', 'Deployment', 'bare')
    assert.match(stringAt(annotationsOf(live), 'kaito.sh/plan') ?? '', /"provisioning":"none"/)
  })

  describe('with tolerations and node affinity of the user', () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [ZONE] }, { matchExpressions: [DISK] }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: PREFERRED,
      },
    }
    const fields = [
      { at: ['{pod}', 'tolerations'], value: [MINE] },
      { at: ['{pod}', 'affinity'], value: affinity },
    ]
    const file = JSON.stringify(makeFile('merged', fields))

    test('both hold: the user’s and ours', async () => {
      await cluster().kubectl(['apply', '-n', 'nodes', '-f', '-'], file)
      const spec = await podSpecOf(cluster(), 'merged')
      assert.deepEqual(spec['tolerations'], [MINE, ...GPU_TOLERATIONS])
      const both = [ZONE, DISK].flatMap(theirs => OURS.map(ours => ({ matchExpressions: [theirs, ...ours] })))
      assert.deepEqual(termsOf(spec), both)
      const { preferredDuringSchedulingIgnoredDuringExecution: preferred } = objectAtPath(spec, [
        'affinity',
        'nodeAffinity',
      ])
      assert.deepEqual(preferred, PREFERRED)
    })

    for (const flags of [[], ['--server-side', '--force-conflicts']]) {
      test(`an apply of the same file ${flags.join(' ')} rolls nothing out`, async () => {
        const then = await revisionsOf(cluster(), 'nodes')
        await cluster().kubectl(['apply', '-n', 'nodes', ...flags, '-f', '-'], file)
        await cluster().kubectl(['diff', '-n', 'nodes', ...flags, '-f', '-'], file)
        assert.deepEqual(await revisionsOf(cluster(), 'nodes'), then)
      })
    }

    test('without them, ours are what is left', async () => {
      const bare = JSON.stringify(makeFile('merged', []))
      await cluster().kubectl(['apply', '-n', 'nodes', '--server-side', '--force-conflicts', '-f', '-'], bare)
      assert.deepEqual(await podSpecOf(cluster(), 'merged'), await podSpecOf(cluster(), 'bare'))
    })
  })
})

function makeFile(name: string, fields: readonly Field[]): JsonObject {
  const annotations = { preset: PRESET, 'instance-type': TYPE }
  return makeWorkload({ kind: 'Deployment', name, annotations, fields, replicas: 1 })
}

async function podSpecOf(cluster: Cluster, name: string): Promise<JsonObject> {
  return objectAtPath(await cluster.get('nodes', 'Deployment', name), ['spec', 'template', 'spec'])
}

function termsOf(podSpec: JsonObject): readonly Json[] {
  return listAt(objectAtPath(podSpec, ['affinity', ...REQUIRED]), 'nodeSelectorTerms')
}

/** The pod, once kube-scheduler has looked for a node in vain: there is none in this cluster. */
async function unscheduledPod(cluster: Cluster): Promise<JsonObject> {
  return await poll('a pod without a node', POD_TIMEOUT_MS, async () => {
    const pods = await cluster.list('nodes', 'Pod')
    return pods.find(pod =>
      listAt(objectAt(pod, 'status'), 'conditions')
        .filter(isObject)
        .some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable'),
    )
  })
}
