// What admission knows of a cluster that is only files: which policies a namespace has, what its other workloads use, and how
// far an autoscaler may go.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { autoscaledBy } from '../../../src/core/policy/autoscaler.ts'
import { offlineFacts, type OfflineCluster } from '../../../src/core/policy/offline-facts.ts'
import { NO_USAGE, type WorkloadName } from '../../../src/core/policy/policy-facts.ts'
import type { PresetPolicy } from '../../../src/core/policy/preset-policy.ts'
import { makePolicy } from './make-policy.ts'
import { parsed } from './policies.ts'

const EMPTY: OfflineCluster = { policies: [], namespaces: new Map(), autoscaled: [], usages: [] }

function policyFor(name: string, matchLabels?: JsonObject): PresetPolicy {
  return parsed(makePolicy(matchLabels === undefined ? {} : { namespaceSelector: { matchLabels } }, name))
}

function deployment(name: string, namespace = 'default'): WorkloadName {
  return { kind: 'Deployment', namespace, name }
}

describe('policies of a namespace', () => {
  const facts = offlineFacts({
    ...EMPTY,
    policies: [
      policyFor('team', { team: 'a' }),
      policyFor('everywhere'),
      policyFor('by-name', { 'kubernetes.io/metadata.name': 'bare' }),
    ],
    namespaces: new Map([['labelled', { team: 'a', 'kubernetes.io/metadata.name': 'forged' }]]),
  })
  const table: readonly (readonly [namespace: string, policies: readonly string[]])[] = [
    ['labelled', ['everywhere', 'team']],
    ['bare', ['by-name', 'everywhere']],
    ['default', ['everywhere']],
    ['forged', ['everywhere']],
    ['constructor', ['everywhere']],
  ]
  for (const [namespace, want] of table)
    it(`${namespace}: ${want.join(', ')}`, () => {
      const selected = facts.policiesOf(namespace)
      assert.deepEqual(
        selected?.policies.map(({ name }) => name),
        want,
      )
      assert.equal(facts.policiesOf(namespace), selected, 'the same object as long as nothing changes')
    })
})

describe('usage beside a workload', () => {
  const one = { gpus: 2, nodes: 1, costPerHour: 3 }
  const facts = offlineFacts({
    ...EMPTY,
    usages: [
      { workload: deployment('one'), usage: one },
      { workload: deployment('two'), usage: { gpus: 4, nodes: 4, costPerHour: 0.5 } },
      { workload: { ...deployment('one'), kind: 'Job' }, usage: { gpus: 8, nodes: 1, costPerHour: 0 } },
      { workload: deployment('one', 'other'), usage: one },
    ],
  })

  it('is that of the others of its namespace, other kinds of its name included', () =>
    assert.deepEqual(facts.usageBeside(deployment('one')), { gpus: 12, nodes: 5, costPerHour: 0.5 }))

  it('is all of it for one that is not there, and nothing in an empty namespace', () => {
    assert.deepEqual(facts.usageBeside(deployment('three')), { gpus: 14, nodes: 6, costPerHour: 3.5 })
    assert.deepEqual(facts.usageBeside(deployment('one', 'empty')), NO_USAGE)
  })
})

const HPA = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' }
const SCALED_OBJECT = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' }
const TARGET = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'phi' }

describe('what an autoscaler may scale', () => {
  const table: readonly (readonly [name: string, object: JsonObject, want: Json | undefined])[] = [
    ['an HPA', { ...HPA, spec: { scaleTargetRef: TARGET, maxReplicas: 7 } }, ['StatefulSet', 'phi', 7]],
    [
      'an older HPA',
      { ...HPA, apiVersion: 'autoscaling/v1', spec: { scaleTargetRef: TARGET, maxReplicas: 7 } },
      ['StatefulSet', 'phi', 7],
    ],
    [
      'a ScaledObject',
      { ...SCALED_OBJECT, spec: { scaleTargetRef: TARGET, maxReplicaCount: 5 } },
      ['StatefulSet', 'phi', 5],
    ],
    [
      'a ScaledObject with defaults',
      { ...SCALED_OBJECT, spec: { scaleTargetRef: { name: 'phi' } } },
      ['Deployment', 'phi', 100],
    ],
    ['an HPA without a number', { ...HPA, spec: { scaleTargetRef: TARGET } }, undefined],
    [
      'an HPA without a kind',
      { ...HPA, spec: { scaleTargetRef: { name: 'phi' }, maxReplicas: 7 } },
      undefined,
    ],
    ['an HPA without a spec', HPA, undefined],
    [
      'a kind of that name elsewhere',
      { ...HPA, apiVersion: 'example/v1', spec: { scaleTargetRef: TARGET, maxReplicas: 7 } },
      undefined,
    ],
    ['another kind', { apiVersion: 'v1', kind: 'Service' }, undefined],
  ]
  for (const [name, object, want] of table)
    it(name, () => {
      const scaled = autoscaledBy(object, 'a')
      assert.deepEqual(scaled && [scaled.workload.kind, scaled.workload.name, scaled.maxReplicas], want)
      if (scaled !== undefined) assert.equal(scaled.workload.namespace, 'a')
    })

  it('is told of the workload itself; of two autoscalers the further', () => {
    const autoscaled = [
      { workload: deployment('phi'), maxReplicas: 3 },
      { workload: deployment('phi'), maxReplicas: 9 },
    ]
    const facts = offlineFacts({ ...EMPTY, autoscaled })
    assert.equal(facts.maxReplicasOf(deployment('phi')), 9)
    assert.equal(facts.maxReplicasOf(deployment('phi', 'other')), undefined)
  })
})
