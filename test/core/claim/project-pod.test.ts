// Raw pods → what the planner sees.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { isForeignPod, projectPod } from '../../../src/core/claim/project-pod.ts'
import type { ForeignPod, ObservedPod } from '../../../src/core/workload/observed.ts'
import { makeController, makeRawPod, type RawPod } from './make-objects.ts'

const PLACEMENT = {
  v: 1,
  instanceTypes: ['A', 'B'],
  ordered: true,
  gpusPerPod: 2,
  nodesPerReplica: 1,
  provisioning: 'nodeclaim',
  storageGiB: 87,
}

function withPlacement(placement: unknown): JsonObject {
  return {
    annotations: {
      'kaito.sh/placement': typeof placement === 'string' ? placement : JSON.stringify(placement),
    },
  }
}

function ours(pod: RawPod = {}): ObservedPod {
  const metadata = { ...withPlacement(PLACEMENT), ...pod.metadata }
  const projected = projectPod(makeRawPod('p', { ...pod, metadata }))
  assert.ok(projected !== undefined && !isForeignPod(projected))
  return projected
}

function foreign(pod: RawPod = {}): ForeignPod {
  const projected = projectPod(makeRawPod('p', pod))
  assert.ok(projected !== undefined && isForeignPod(projected))
  return projected
}

describe('which pods are kept', () => {
  const cases: readonly [string, RawPod, 'ours' | 'foreign' | 'none'][] = [
    ['ours, gated', { metadata: withPlacement(PLACEMENT), status: { phase: 'Pending' } }, 'ours'],
    ['ours, with an annotation that nobody can read', { metadata: withPlacement('{') }, 'ours'],
    [
      'ours, from which somebody has taken the annotation',
      { spec: { nodeSelector: { 'kaito.sh/claim': 'c1' } } },
      'ours',
    ],
    ['another’s, on a node', {}, 'foreign'],
    ['another’s, on no node', { spec: { nodeName: '' } }, 'none'],
    [
      'another’s, for which a node is being cleared',
      { spec: { nodeName: '' }, status: { nominatedNodeName: 'node-1' } },
      'foreign',
    ],
    ['another’s, ended', { status: { phase: 'Succeeded' } }, 'none'],
    ['ours, ended', { metadata: withPlacement(PLACEMENT), status: { phase: 'Failed' } }, 'none'],
    ['another’s, being deleted', { metadata: { deletionTimestamp: '2026-11-22T10:00:30Z' } }, 'foreign'],
    ['another’s, of a node that is not heard of any more', { status: { phase: 'Unknown' } }, 'foreign'],
    ['without identity', { metadata: { uid: '' } }, 'none'],
  ]
  for (const [name, pod, want] of cases) {
    it(`${name}: ${want}`, () => {
      const projected = projectPod(makeRawPod('p', pod))
      const got = projected === undefined ? 'none' : isForeignPod(projected) ? 'foreign' : 'ours'
      assert.equal(got, want)
    })
  }
})

describe('another’s pod', () => {
  it('is what it takes on its node', () =>
    assert.deepEqual(foreign({ metadata: { deletionTimestamp: '2026-11-22T10:00:30Z' } }), {
      uid: 'uid-p',
      namespace: 'default',
      name: 'p',
      resourceVersion: '42',
      nodeName: 'node-1',
      requests: { cpu: 100, memory: 2 ** 30, pods: 1 },
      isNodeBound: false,
      deletedAtMs: Date.parse('2026-11-22T10:00:30Z'),
    }))

  it('goes with its node where a DaemonSet controls it', () => {
    assert.equal(
      foreign({ metadata: { ownerReferences: [makeController('DaemonSet', 'd')] } }).isNodeBound,
      true,
    )
    assert.equal(
      foreign({ metadata: { ownerReferences: [makeController('ReplicaSet', 'd')] } }).isNodeBound,
      false,
    )
    const owner = { ...makeController('DaemonSet', 'd'), controller: false }
    assert.equal(foreign({ metadata: { ownerReferences: [owner] } }).isNodeBound, false)
  })

  it('goes with its node also where the DaemonSet selects the nodes of a claim', () => {
    const pinned = { nodeName: 'n', nodeSelector: { 'kaito.sh/claim': 'kn1' } }
    const metadata = { ownerReferences: [makeController('DaemonSet', 'd')] }
    assert.equal(foreign({ metadata, spec: pinned }).isNodeBound, true)
  })

  it('goes with its node where it is the mirror of a static pod', () =>
    assert.equal(
      foreign({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }).isNodeBound,
      true,
    ))
})

describe('a pod of ours', () => {
  it('is what is decided by', () => {
    const term = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }
    const terms = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } }
    const pod = ours({
      metadata: {
        ownerReferences: [makeController('StatefulSet', 's')],
        labels: { 'controller-revision-hash': 's-1' },
      },
      spec: {
        nodeName: '',
        schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }, { name: 'kaito.sh/waiting-for-node' }],
        nodeSelector: { disk: 'ssd' },
        affinity: { nodeAffinity: terms },
        tolerations: [{ key: 'a', operator: 'Exists' }],
      },
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'gated' },
          { type: 'Ready', status: 'False' },
        ],
      },
    })
    const { v: _, ...placement } = PLACEMENT
    assert.deepEqual(pod, {
      uid: 'uid-p',
      namespace: 'default',
      name: 'p',
      resourceVersion: '42',
      createdAtMs: Date.parse('2026-11-22T10:00:00Z'),
      placement,
      gates: ['kueue.x-k8s.io/admission', 'kaito.sh/waiting-for-node'],
      phase: 'Pending',
      requests: { cpu: 100, memory: 2 ** 30, pods: 1 },
      nodeSelector: { disk: 'ssd' },
      affinityTerms: [term],
      tolerations: [{ key: 'a', operator: 'Exists' }],
      ready: false,
      controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'uid-s' },
      controllerRevision: 's-1',
    })
  })

  it('is ready when it says so', () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    assert.equal(ours({ status }).ready, true)
    assert.equal(ours().ready, false)
  })

  it('cannot be scheduled since', () => {
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes are available',
      lastTransitionTime: '2026-11-22T10:01:00Z',
    }
    assert.deepEqual(ours({ status: { conditions: [condition] } }).unschedulable, {
      message: '0/3 nodes are available',
      sinceMs: Date.parse('2026-11-22T10:01:00Z'),
    })
  })

  it('has started with its first container, init containers too, running or ended', () => {
    assert.equal(ours().startedAtMs, undefined)
    assert.equal(ours({ status: { containerStatuses: [{ state: { waiting: {} } }] } }).startedAtMs, undefined)
    const status = {
      initContainerStatuses: [
        { state: { terminated: { startedAt: '2026-11-22T10:02:00Z', finishedAt: '2026-11-22T10:03:00Z' } } },
      ],
      containerStatuses: [{ state: { running: { startedAt: '2026-11-22T10:04:00Z' } } }],
    }
    assert.equal(ours({ status }).startedAtMs, Date.parse('2026-11-22T10:02:00Z'))
    const restarted = {
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { startedAt: '2026-11-22T10:05:00Z' } },
    }
    assert.equal(
      ours({ status: { containerStatuses: [restarted] } }).startedAtMs,
      Date.parse('2026-11-22T10:05:00Z'),
    )
  })

  describe('with a placement that cannot be acted upon', () => {
    const { instanceTypes: _, ...withoutTypes } = PLACEMENT
    const cases: readonly [string, unknown][] = [
      ['no JSON', '{'],
      ['no object', '[]'],
      ['of another version', { ...PLACEMENT, v: 2 }],
      ['without instance types', withoutTypes],
      ['with an empty list of them', { ...PLACEMENT, instanceTypes: [] }],
      ['of no GPUs', { ...PLACEMENT, gpusPerPod: 0 }],
      ['of half a GPU', { ...PLACEMENT, gpusPerPod: 0.5 }],
      ['of no nodes', { ...PLACEMENT, nodesPerReplica: -1 }],
      ['of an unknown provisioner', { ...PLACEMENT, provisioning: 'magic' }],
      ['endless', JSON.stringify(PLACEMENT) + ' '.repeat(10_000)],
    ]
    for (const [name, placement] of cases)
      it(name, () => assert.equal(ours({ metadata: withPlacement(placement) }).placement, undefined))
  })

  it('takes the placement that mutation writes', () => {
    const metadata = withPlacement({ ...PLACEMENT, storageGiB: undefined, ordered: undefined })
    assert.deepEqual(ours({ metadata }).placement, {
      instanceTypes: ['A', 'B'],
      ordered: false,
      gpusPerPod: 2,
      nodesPerReplica: 1,
      provisioning: 'nodeclaim',
      storageGiB: 0,
    })
  })
})

describe('what pods have in common', () => {
  it('is kept once', () => {
    const spec = { tolerations: [{ key: 'a' }], nodeSelector: { a: 'b' } }
    const metadata = { ownerReferences: [makeController('ReplicaSet', 'r')] }
    const [one, other] = [ours({ metadata, spec }), ours({ metadata: { ...metadata, uid: 'other' }, spec })]
    assert.equal(one.requests, other.requests)
    assert.equal(one.tolerations, other.tolerations)
    assert.equal(one.nodeSelector, other.nodeSelector)
    assert.equal(one.controller, other.controller)
    assert.equal(one.placement, other.placement)
  })

  it('but not what only looks alike', () => {
    const withUid = (uid: string) =>
      ours({ metadata: { ownerReferences: [{ ...makeController('X', 'r'), uid }] } })
    assert.notEqual(withUid('a').controller?.uid, withUid('b').controller?.uid)
    assert.notDeepEqual(
      ours({ spec: { tolerations: [{ key: 'a' }] } }).tolerations,
      ours({ spec: { tolerations: [{ key: 'b' }] } }).tolerations,
    )
  })
})
