import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { projectAutoscaler, projectClaimUsage, projectPodUsage } from '../../../src/core/claim/usage.ts'
import { createUsageTally } from '../../../src/core/claim/usage-tally.ts'

const PRICES: Readonly<Record<string, number>> = { small: 3, big: 10 }
const priceOf = (type: string) => PRICES[type]
const LLAMA = { kind: 'Deployment', namespace: 'team', name: 'llama' }

function makePod(name: string, workload: string, overrides: JsonObject = {}): JsonObject {
  return {
    metadata: {
      uid: name,
      name,
      namespace: 'team',
      resourceVersion: '1',
      labels: { 'kaito.sh/workload': workload },
      annotations: { 'kaito.sh/placement': '{}' },
    },
    spec: { containers: [{ name: 'model', resources: { requests: { 'nvidia.com/gpu': '2' } } }] },
    ...overrides,
  }
}

function makeClaim(name: string, workload: string, labels: JsonObject, types: readonly string[]): JsonObject {
  const own = { 'kaito.sh/claim': name, 'kaito.sh/workload': workload, 'kaito.sh/workload-namespace': 'team' }
  return {
    metadata: { uid: name, name, resourceVersion: '1', labels: { ...own, ...labels } },
    spec: { requirements: [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: types }] },
  }
}

describe('what policies count', () => {
  it('is the GPUs of pods of ours that have not ended, of other workloads', () => {
    const tally = createUsageTally()
    const add = (raw: JsonObject) => tally.pod('', undefined, projectPodUsage(raw))
    add(makePod('llama-1', 'deployment-llama'))
    add(makePod('phi-1', 'deployment-phi'))
    add(makePod('phi-2', 'deployment-phi', { status: { phase: 'Running' } }))
    add(makePod('phi-3', 'deployment-phi', { status: { phase: 'Succeeded' } }))
    assert.equal(tally.beside(LLAMA, priceOf).gpus, 4)
    const phi = projectPodUsage(makePod('phi-1', 'deployment-phi'))
    tally.pod('phi-1', phi, undefined)
    assert.equal(tally.beside(LLAMA, priceOf).gpus, 2)
    assert.equal(tally.beside({ ...LLAMA, namespace: 'other' }, priceOf).gpus, 0)
  })

  it('is a pod on a claim, also where somebody has taken its annotation', () => {
    const { metadata, spec } = makePod('phi-1', 'deployment-phi')
    const bare = { metadata: { ...Object(metadata), annotations: {} }, spec }
    assert.equal(projectPodUsage(bare), undefined)
    const pinned = { ...bare, spec: { ...Object(spec), nodeSelector: { 'kaito.sh/claim': 'c1' } } }
    assert.equal(projectPodUsage(pinned)?.gpus, 2)
  })

  it('is no pod that kaito-native has not filled in', () => {
    const metadata = { uid: 'x', name: 'x', resourceVersion: '1', labels: { 'kaito.sh/workload': 'x' } }
    assert.equal(projectPodUsage({ metadata }), undefined)
  })

  it('is claims at the price of their type, before they have one at the dearest that they may get', () => {
    const tally = createUsageTally()
    const add = (raw: JsonObject) => {
      const claim = projectClaimUsage(raw)
      tally.claim(claim?.uid ?? '', undefined, claim)
    }
    add(makeClaim('own', 'deployment-llama', {}, ['big']))
    add(makeClaim('waiting', 'job-x', {}, ['small', 'big', 'unpriced']))
    add(makeClaim('launched', 'job-x', { 'node.kubernetes.io/instance-type': 'small' }, ['small', 'big']))
    add(makeClaim('unpriced', 'job-x', {}, ['unpriced']))
    assert.deepEqual(tally.beside(LLAMA, priceOf), { gpus: 0, nodes: 3, costPerHour: 13 })
  })

  it('is no claim that is idle: whoever deletes one workload may create another', () => {
    const idle = makeClaim('idle', 'job-x', {}, ['small'])
    const annotations = { 'kaito.sh/idle-since': '2026-11-22T10:00:00Z' }
    assert.equal(
      projectClaimUsage({ ...idle, metadata: { ...Object(idle['metadata']), annotations } }),
      undefined,
    )
    assert.notEqual(projectClaimUsage(idle), undefined)
  })

  it('is how far an autoscaler may go', () => {
    const tally = createUsageTally()
    const scaler = projectAutoscaler({
      metadata: { uid: 'h', name: 'h', namespace: 'team', resourceVersion: '1' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'llama' }, maxReplicas: 9 },
    })
    assert.equal(tally.maxReplicasOf(LLAMA), undefined)
    tally.autoscaler('h', undefined, scaler)
    assert.equal(tally.maxReplicasOf(LLAMA), 9)
    assert.equal(tally.maxReplicasOf({ ...LLAMA, kind: 'StatefulSet' }), undefined)
    tally.autoscaler('h', scaler, undefined)
    assert.equal(tally.maxReplicasOf(LLAMA), undefined)
  })
})
