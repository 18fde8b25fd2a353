// Where pods go: existing nodes, claims under way, new claims, and what keeps them out.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GPU } from '../../../src/core/api/resources.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan } from '../../../src/core/claim/plan.ts'
import type { ObservedPod } from '../../../src/core/workload/observed.ts'
import {
  actionsOf,
  BIG,
  bindingsOf,
  CHOOSING_BACKEND,
  makeClaim,
  makeClaimNode,
  makeForeign,
  makeNode,
  makeObservation,
  makePinned,
  makePlacement,
  makePod,
  makeRunning,
  makeWorkload,
  NOW,
  OTHER_SMALL,
  reasonsOf,
  requestsOf,
  SETTINGS,
  SMALL,
  type Cluster,
} from './builders.ts'

function plan(cluster: Cluster): ClaimPlan {
  return planClaims(makeObservation(cluster), EMPTY_MEMORY, SETTINGS, NOW)
}

describe('which pods are demand', () => {
  const cases = [
    ['ours is the only gate', makePod('p', 'w1'), 1, { p: 'WaitingForNode' }],
    [
      'another gate is there too',
      makePod('p', 'w1', { gates: ['kueue.x-k8s.io/admission', 'kaito.sh/waiting-for-node'] }),
      0,
      { p: 'WaitingForOtherGates' },
    ],
    ['it is being deleted', makePod('p', 'w1', { deletedAtMs: NOW }), 0, {}],
    [
      'provisioning is none',
      makePod('p', 'w1', { placement: makePlacement({ provisioning: 'none' }) }),
      0,
      { p: 'WaitingForNode' },
    ],
    ['its gate is open', makePod('p', 'w1', { gates: [] }), 0, { p: 'WaitingForNode' }],
    ['its workload is unknown', makePod('p', 'stranger'), 0, { p: 'NotPlanned' }],
    [
      'it only names a workload of another kind',
      makePod('p', 'w1', { controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'w1', uid: 'w1' } }),
      0,
      { p: 'NotPlanned' },
    ],
    ['its workload is no longer annotated', makePod('p', 'bare'), 0, { p: 'NotPlanned' }],
    ['its workload is being deleted', makePod('p', 'leaving'), 0, {}],
  ] as const
  const workloads = [
    makeWorkload('w1'),
    makeWorkload('bare', { annotated: false }),
    makeWorkload('leaving', { deletedAtMs: NOW }),
  ]
  for (const [name, pod, claims, reasons] of cases)
    it(name, () => {
      const found = plan({ workloads, pods: [pod] })
      assert.equal(actionsOf(found, 'create-claim').length, claims)
      assert.deepEqual(reasonsOf(found), reasons)
    })

  it('a placement that cannot be read is said', () => {
    const found = plan({ pods: [{ ...makePod('p', 'w1'), placement: undefined }] })
    assert.deepEqual([found.actions, reasonsOf(found)], [[], { p: 'PlacementInvalid' }])
  })

  it('a pod that belongs to no workload is said after half a minute, and once: deleted workloads take theirs along', () => {
    const observation = makeObservation({ pods: [makePod('p', 'stranger')] })
    const first = planClaims(observation, EMPTY_MEMORY, SETTINGS, NOW)
    const second = planClaims(observation, first.memory, SETTINGS, NOW + 29_999)
    const third = planClaims(observation, second.memory, SETTINGS, NOW + 30_000)
    const fourth = planClaims(observation, third.memory, SETTINGS, NOW + 60_000)
    assert.deepEqual(
      [first, second, third, fourth].map(({ notices }) => notices.map(({ reason }) => reason)),
      [[], [], ['NotPlanned'], []],
    )
    assert.deepEqual([first.requeueAfterMs, second.requeueAfterMs], [30_000, 1])
    const gone = planClaims(makeObservation({}), fourth.memory, SETTINGS, NOW + 61_000)
    assert.equal(gone.memory.orphans.size, 0)
  })

  it('goes from pod to ReplicaSet to Deployment, and never by a look-alike label', () => {
    const deployment = makeWorkload('d1', { kind: 'Deployment' })
    const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs' }
    const observation = makeObservation({ workloads: [deployment], pods: [makePod('p', '', { controller })] })
    const above = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd1', uid: 'd1' }
    const replicaSets = new Map([['rs', { uid: 'rs', resourceVersion: '1', controller: above }]])
    const reasons = [observation, { ...observation, replicaSets }].map(each =>
      reasonsOf(planClaims(each, EMPTY_MEMORY, SETTINGS, NOW)),
    )
    assert.deepEqual(reasons, [{ p: 'NotPlanned' }, { p: 'WaitingForNode' }])
  })
})

describe('room on existing nodes', () => {
  const full = makeRunning('old', 'w1', 'n1')
  const cases: readonly [name: string, cluster: Cluster, bindings: Readonly<Record<string, string>>][] = [
    ['a free node of a planned type', { nodes: [makeNode('n1')] }, { p: 'n1' }],
    [
      'instance types are compared whatever their case',
      { nodes: [makeNode('n1', { labels: { 'node.kubernetes.io/instance-type': SMALL.toUpperCase() } })] },
      { p: 'n1' },
    ],
    [
      'an unknown type that suits by its GPU labels',
      { nodes: [makeNode('n1', { labels: { 'nvidia.com/gpu.product': 'GOOD' } })] },
      { p: 'n1' },
    ],
    [
      'another type',
      { nodes: [makeNode('n1', { labels: { 'node.kubernetes.io/instance-type': BIG } })] },
      {},
    ],
    [
      'shared GPUs are not whole ones',
      {
        nodes: [
          makeNode('n1', {
            labels: { 'node.kubernetes.io/instance-type': SMALL, 'nvidia.com/gpu.replicas': '4' },
          }),
        ],
      },
      {},
    ],
    ['a node that is not ready', { nodes: [makeNode('n1', { ready: false })] }, {}],
    ['a cordoned node', { nodes: [makeNode('n1', { cordoned: true })] }, {}],
    ['a node that is being deleted', { nodes: [makeNode('n1', { deletedAtMs: NOW })] }, {}],
    [
      'GPU taints are tolerated',
      {
        nodes: [
          makeNode('n1', {
            taints: [
              { key: 'sku', value: 'gpu', effect: 'NoSchedule' },
              { key: 'nvidia.com/gpu', value: 'x', effect: 'NoExecute' },
            ],
          }),
        ],
      },
      { p: 'n1' },
    ],
    [
      'a foreign taint',
      { nodes: [makeNode('n1', { taints: [{ key: 'team', value: 'b', effect: 'NoSchedule' }] })] },
      {},
    ],
    [
      'a taint that only prefers',
      { nodes: [makeNode('n1', { taints: [{ key: 'team', effect: 'PreferNoSchedule' }] })] },
      { p: 'n1' },
    ],
    ['GPUs taken by a pod of ours', { nodes: [makeNode('n1')], pods: [full] }, {}],
    [
      'GPUs taken by a foreign pod',
      { nodes: [makeNode('n1')], foreign: [makeForeign('f', 'n1', { requests: { [GPU]: 1 } })] },
      {},
    ],
    [
      'CPU taken by a DaemonSet',
      {
        nodes: [makeNode('n1')],
        foreign: [makeForeign('f', 'n1', { requests: { cpu: 23_950 }, isNodeBound: true })],
      },
      {},
    ],
    [
      'no slot for one more pod',
      {
        nodes: [makeNode('n1', { allocatable: { [GPU]: 1, cpu: 9000, pods: 1 } })],
        foreign: [makeForeign('f', 'n1')],
      },
      {},
    ],
    [
      'GPUs promised to a pinned pod',
      {
        nodes: [makeNode('n1')],
        pods: [makePod('pinned', 'w1', { gates: [], nodeSelector: { 'kubernetes.io/hostname': 'host-n1' } })],
      },
      {},
    ],
    [
      'best fit: the node with the fewest free GPUs',
      { nodes: [makeNode('a', {}, 4), makeNode('b', {}, 2)] },
      { p: 'b' },
    ],
    ['then by name', { nodes: [makeNode('b'), makeNode('a')] }, { p: 'a' }],
    [
      'nodes of claims of the same workload before others',
      { nodes: [makeNode('a'), makeClaimNode('c1', {}, 4)], claims: [makeClaim('c1', 'ready')] },
      { p: 'node-c1' },
    ],
    [
      "a node of another workload's claim, too",
      { nodes: [makeClaimNode('c1')], claims: [makeClaim('c1', 'ready', { workload: 'w9' })] },
      { p: 'node-c1' },
    ],
    [
      'a node whose claim is being deleted',
      { nodes: [makeClaimNode('c1')], claims: [makeClaim('c1', 'ready', {}, { deletedAtMs: NOW })] },
      {},
    ],
    ['a node whose claim is gone', { nodes: [makeClaimNode('c1')] }, {}],
    [
      'a node whose GPUs are not there yet',
      { nodes: [makeClaimNode('c1', {}, 0)], claims: [makeClaim('c1', 'ready')] },
      {},
    ],
  ]
  for (const [name, cluster, bindings] of cases)
    it(name, () => {
      const found = plan({ ...cluster, pods: [makePod('p', 'w1'), ...(cluster.pods ?? [])] })
      assert.deepEqual(bindingsOf(found), bindings)
    })

  it('the oldest pod first, then by name', () => {
    const pods = [makePod('b', 'w1'), makePod('a', 'w1'), makePod('old', 'w1', { createdAtMs: -1 })]
    assert.deepEqual(bindingsOf(plan({ pods, nodes: [makeNode('n1', {}, 2)] })), { old: 'n1', a: 'n1' })
  })
})

const term = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
})

describe('node selector and required affinity', () => {
  const labels = { 'node.kubernetes.io/instance-type': SMALL, zone: 'a', generation: '5' }
  const cases = [
    ['In', [term('zone', 'In', 'a', 'b')], true],
    ['In another', [term('zone', 'In', 'b')], false],
    ['NotIn', [term('zone', 'NotIn', 'b')], true],
    ['NotIn on an absent label', [term('rack', 'NotIn', 'b')], true],
    ['Exists', [term('zone', 'Exists')], true],
    ['Exists on an absent label', [term('rack', 'Exists')], false],
    ['DoesNotExist', [term('rack', 'DoesNotExist')], true],
    ['Gt', [term('generation', 'Gt', '4')], true],
    ['Gt itself', [term('generation', 'Gt', '5')], false],
    ['Lt', [term('generation', 'Lt', '6')], true],
    ['Lt on text', [term('zone', 'Lt', '6')], false],
    ['an operator that does not exist', [term('zone', 'Near', 'a')], false],
    ['terms are ORed', [term('zone', 'In', 'b'), term('zone', 'In', 'a')], true],
    ['an empty term matches nothing', [{}], false],
    [
      'the name of the node',
      [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }],
      true,
    ],
    ['another name', [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }], false],
  ] as const
  for (const [name, affinityTerms, fits] of cases)
    it(name, () => {
      const found = plan({
        pods: [makePod('p', 'w1', { affinityTerms })],
        nodes: [makeNode('n1', { labels })],
      })
      assert.deepEqual(bindingsOf(found), fits ? { p: 'n1' } : {})
    })

  it('the node selector must match as well', () => {
    const pods = [
      makePod('a', 'w1', { nodeSelector: { zone: 'a' } }),
      makePod('b', 'w1', { nodeSelector: { zone: 'b' } }),
    ]
    assert.deepEqual(bindingsOf(plan({ pods, nodes: [makeNode('n1', { labels }, 2)] })), { a: 'n1' })
  })

  it("the pod's own tolerations count", () => {
    const taints = [{ key: 'team', value: 'b', effect: 'NoExecute' }]
    const tolerations = [{ key: 'team', operator: 'Equal', value: 'b' }]
    const found = plan({ pods: [makePod('p', 'w1', { tolerations })], nodes: [makeNode('n1', { taints })] })
    assert.deepEqual(bindingsOf(found), { p: 'n1' })
  })
})

describe('claims under way', () => {
  it('a pod waits for one that has room, and hears what it waits for', () => {
    const found = plan({ pods: [makePod('p', 'w1')], claims: [makeClaim('c1', 'launched')] })
    assert.deepEqual([found.actions, reasonsOf(found)], [[], { p: 'WaitingForNode' }])
    assert.match(
      found.pods[0]?.message ?? '',
      /claim c1 .*not registered yet: object is awaiting reconciliation/,
    )
  })

  it('a launch that fails while the claim stays is no mere waiting', () => {
    const failing = { type: 'MachineLaunched', status: 'False', reason: 'LaunchFailed', message: 'no quota' }
    const claim = makeClaim('c1', 'new', {}, { conditions: [failing] })
    const found = plan({ pods: [makePod('p', 'w1')], claims: [claim] })
    assert.deepEqual([found.actions, reasonsOf(found)], [[], { p: 'ClaimFailed' }])
    assert.match(found.pods[0]?.message ?? '', /claim c1 .*not launched yet: no quota/)
  })

  it('before the launch, the smallest of its instance types counts', () => {
    const pods = ['a', 'b', 'c'].map(name =>
      makePod(name, 'w1', { placement: makePlacement({ instanceTypes: [SMALL, BIG] }) }),
    )
    const claim = makeClaim('c1', 'new', {}, { instanceTypes: [BIG, SMALL] })
    assert.equal(requestsOf(plan({ pods: pods.slice(0, 1), claims: [claim] })).length, 0)
    assert.equal(requestsOf(plan({ pods, claims: [claim] })).length, 2)
  })

  it('after the launch, what it really has', () => {
    const pods = ['a', 'b', 'c', 'd'].map(name => makePod(name, 'w1'))
    const claim = makeClaim('c1', 'launched', {}, { allocatable: { [GPU]: 4, cpu: 250 } })
    assert.deepEqual(
      requestsOf(plan({ pods, claims: [claim] })).map(({ requests }) => requests[GPU]),
      [1, 1],
    )
  })

  it('one that may get another type, or lacks the zone, is not for this pod', () => {
    const pod = makePod('p', 'w1', { nodeSelector: { zone: 'a' } })
    const zone = [{ key: 'zone', operator: 'In', values: ['a'] }]
    const created = [
      makeClaim('c1', 'new', {}, { instanceTypes: [SMALL, BIG], requirements: zone }),
      makeClaim('c1', 'new'),
      makeClaim('c1', 'new', {}, { requirements: zone }),
    ].map(claim => requestsOf(plan({ pods: [pod], claims: [claim] })).length)
    assert.deepEqual(created, [1, 1, 0])
  })

  it('a ready node is taken before a claim under way', () => {
    const found = plan({
      pods: [makePod('p', 'w1')],
      claims: [makeClaim('c1', 'new')],
      nodes: [makeNode('n1')],
    })
    assert.deepEqual(bindingsOf(found), { p: 'n1' })
  })

  it("a claim whose name has come again has nothing to do with its namesake's node, which is dead and full", () => {
    const dead = makeClaimNode('kn1', { name: 'old', ready: false, createdAtMs: NOW - 3_600_000 })
    const stranded = makeRunning('stranded', 'w1', 'old', { deletedAtMs: NOW - 1000 })
    const claim = makeClaim('kn1', 'new')
    const young = makeClaimNode('kn1', { name: 'young', createdAtMs: claim.createdAtMs })
    for (const nodes of [[dead], [young, dead], [dead, young]]) {
      const found = plan({ pods: [makePod('p', 'w1'), stranded], claims: [claim], nodes })
      assert.deepEqual(found.actions, [])
    }
  })

  it('claim Ready before its node is seen: waits, no second claim', () => {
    assert.deepEqual(requestsOf(plan({ pods: [makePod('p', 'w1')], claims: [makeClaim('c1', 'ready')] })), [])
  })

  it('no pod takes the place that was made for a pod of another shape', () => {
    const big = makePlacement({ instanceTypes: [BIG, SMALL] })
    const pods = [makePod('any', 'w1', { placement: big }), makePod('small', 'w1', { createdAtMs: 5 })]
    const first = plan({ pods })
    const [forAny, forSmall] = actionsOf(first, 'create-claim').map(({ name, object }, index) =>
      makeClaim(
        name,
        index === 1 ? 'ready' : 'new',
        {},
        {
          instanceTypes: [index === 0 ? BIG : SMALL],
          annotations: (object['metadata'] as { annotations: Record<string, string> }).annotations,
        },
      ),
    )
    assert.ok(forAny && forSmall)
    const second = plan({ pods, claims: [forAny, forSmall], nodes: [makeClaimNode(forSmall.name)] })
    assert.deepEqual([bindingsOf(second), requestsOf(second)], [{ small: `node-${forSmall.name}` }, []])
  })
})

describe('new claims', () => {
  const types = makePlacement({ instanceTypes: [BIG, SMALL, OTHER_SMALL] })

  it('says everything that the pod needs', () => {
    const [request] = requestsOf(
      plan({ workloads: [makeWorkload('w1', { idleGraceMs: 1000 })], pods: [makePod('p', 'w1')] }),
    )
    assert.deepEqual(request, {
      name: request?.name,
      instanceTypes: [SMALL],
      requests: { [GPU]: 1, cpu: 100, pods: 1 },
      storageGiB: 100,
      requirements: [],
      nodeClass: { group: 'example.com', kind: 'FakeNodeClass', name: 'default' },
      workload: { kind: 'StatefulSet', namespace: 'team', name: 'w1', uid: 'w1' },
      idleGraceMs: 1000,
      shape: request?.shape,
    })
    assert.match(request?.name ?? '', /^[a-z][a-z0-9]{0,10}$/)
    assert.match(request?.shape ?? '', /^[0-9a-f]{16}$/)
  })

  it('the same need gives the same name; a name that is taken, even by a claim that is going, is passed over', () => {
    const pods = [makePod('p', 'w1')]
    const [name = ''] = requestsOf(plan({ pods })).map(request => request.name)
    const [again] = requestsOf(plan({ pods: [makePod('another', 'w1')] })).map(request => request.name)
    const going = makeClaim(name, 'ready', {}, { deletedAtMs: NOW })
    const [next] = requestsOf(plan({ pods, claims: [going] })).map(request => request.name)
    assert.equal(again, name)
    assert.notEqual(next, name)
  })

  it('packs equal pods onto one machine', () => {
    const pods = ['a', 'b', 'c', 'd', 'e'].map(name => makePod(name, 'w1', { placement: types }))
    const found = requestsOf(plan({ pods }))
    assert.deepEqual(
      found.map(({ requests, instanceTypes }) => [requests[GPU], instanceTypes]),
      [
        [4, [BIG]],
        [1, [BIG]],
      ],
    )
  })

  it('a provisioner that chooses gets every type that holds the pods', () => {
    const pods = ['a', 'b', 'c', 'd', 'e'].map(name => makePod(name, 'w1', { placement: types }))
    const found = requestsOf(plan({ pods, backend: CHOOSING_BACKEND }))
    assert.deepEqual(
      found.map(({ instanceTypes }) => instanceTypes),
      [[BIG], [BIG, SMALL, OTHER_SMALL]],
    )
  })

  it("the user's order is kept: one type at a time", () => {
    const placement = { ...types, ordered: true }
    const found = requestsOf(plan({ pods: [makePod('p', 'w1', { placement })], backend: CHOOSING_BACKEND }))
    assert.deepEqual(
      found.map(({ instanceTypes }) => instanceTypes),
      [[BIG]],
    )
  })

  it('pods of different workloads get claims of their own', () => {
    const found = plan({
      workloads: [makeWorkload('w1'), makeWorkload('w2')],
      pods: [makePod('a', 'w1'), makePod('b', 'w2')],
    })
    assert.deepEqual(new Set(requestsOf(found).map(({ workload }) => workload.uid)), new Set(['w1', 'w2']))
  })

  const stopped = [
    ['none', 'NoProvisioner', /serves neither/],
    ['no node class', 'NodeClassMissing', /create a FakeNodeClass/],
  ] as const
  for (const [backend, reason, message] of stopped)
    it(`${reason}: said in the state, and once in a notice while it lasts`, () => {
      const observation = makeObservation({ pods: [makePod('p', 'w1')], backend })
      const first = planClaims(observation, EMPTY_MEMORY, SETTINGS, NOW)
      const second = planClaims(observation, first.memory, SETTINGS, NOW)
      assert.deepEqual([first.actions, reasonsOf(first)], [[], { p: reason }])
      assert.match(first.pods[0]?.message ?? '', message)
      assert.deepEqual(
        first.notices.map(notice => [notice.reason, notice.workloadUid]),
        [[reason, 'w1']],
      )
      assert.deepEqual(second.notices, [])
    })
})

/** A pod on the node of claim c1 that ends within the next minute. */
function leaving(overrides: Partial<ObservedPod> = {}): ObservedPod {
  return makeRunning('old', 'w1', 'node-c1', { deletedAtMs: NOW + 60_000, ...overrides })
}

function claimsMade(found: ClaimPlan): number {
  return actionsOf(found, 'create-claim').length
}

describe('a node that our pods are about to leave', () => {
  const claims = [makeClaim('c1', 'ready')]
  const cluster = { nodes: [makeClaimNode('c1')], claims }

  it('is waited for: no claim is made', () => {
    const found = plan({ ...cluster, pods: [leaving(), makePod('new', 'w1')] })
    assert.deepEqual(found.actions, [])
    assert.deepEqual(reasonsOf(found), { new: 'WaitingForNode' })
    assert.match(found.pods[0]?.message ?? '', /waiting for a pod on node node-c1 to end/)
  })

  it('is waited for by one pod for each that leaves', () => {
    const pods = [leaving(), makePod('new', 'w1'), makePod('newer', 'w1')]
    assert.equal(claimsMade(plan({ ...cluster, pods })), 1)
  })

  it('is not sold twice: what is free there is taken first', () => {
    const nodes = [makeClaimNode('c1', {}, 2)]
    const pods = [leaving(), makePod('a', 'w1'), makePod('b', 'w1'), makePod('c', 'w1')]
    const found = plan({ nodes, claims, pods })
    assert.deepEqual([Object.keys(bindingsOf(found)), claimsMade(found)], [['a'], 1])
  })

  it('is kept although nothing else needs it', () => {
    const idle = { 'kaito.sh/shape': '', 'kaito.sh/idle-since': new Date(0).toISOString() }
    const pods = [leaving(), makePod('new', 'w1')]
    const claim = makeClaim('c1', 'ready', {}, { annotations: idle })
    assert.deepEqual(
      plan({ ...cluster, claims: [claim], pods }).actions.map(({ type }) => type),
      ['mark-busy'],
    )
  })

  const notWaitedFor = [
    ['its pods take long to end', leaving({ deletedAtMs: NOW + 600_000 }), {}],
    ['they should have ended long ago', leaving({ deletedAtMs: NOW - 61_000 }), {}],
    ['it takes no new pods', leaving(), { cordoned: true }],
    ['it is not ready', leaving(), { ready: false, notReadySinceMs: 0 }],
  ] as const
  for (const [name, pod, node] of notWaitedFor)
    it(`is not waited for where ${name}`, () => {
      const found = plan({ nodes: [makeClaimNode('c1', node)], claims, pods: [pod, makePod('new', 'w1')] })
      assert.equal(claimsMade(found), 1)
    })

  it('is not waited for where a foreign pod leaves: its successor would be faster', () => {
    const foreign = [makeForeign('old', 'node-c1', { requests: { [GPU]: 1 }, deletedAtMs: NOW + 1000 })]
    assert.equal(claimsMade(plan({ ...cluster, foreign, pods: [makePod('new', 'w1')] })), 1)
  })

  it('is looked at again when a pod hangs', () => {
    const pods = [leaving(), makePod('new', 'w1')]
    assert.equal(plan({ ...cluster, pods }).requeueAfterMs, 120_000)
  })
})

describe('pods that are placed', () => {
  it('the node is named; a pinned pod has one, too', () => {
    const found = plan({
      pods: [makeRunning('r', 'w1', 'n1'), makePinned('p', 'w1', 'c1'), makeRunning('lost', 'w1', 'gone')],
      nodes: [makeNode('n1'), makeClaimNode('c1')],
      claims: [makeClaim('c1', 'ready')],
    })
    assert.deepEqual(
      Object.fromEntries(found.pods.map(({ podUid, placed, reason }) => [podUid, [placed, reason]])),
      { r: [true, 'NodeAssigned'], p: [true, 'NodeAssigned'], lost: [false, 'NodeLost'] },
    )
    assert.deepEqual(found.actions, [])
  })
})
