// One replica over several nodes: what its StatefulSet gets, what is refused, and what stays because nobody can change it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideMutation } from '../../../src/core/admit/mutate.ts'
import { createPlanMemo } from '../../../src/core/admit/plan-memo.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { valueAt } from '../../../src/core/patch/locate.ts'
import {
  asDenied,
  asPlanned,
  asSkipped,
  CONTEXT,
  create,
  messagesOf,
  update,
  validateUpdate,
} from './admission.ts'
import { defaulted } from './api-server.ts'
import { asObject, withValueAt } from './json-tree.ts'
import { containerOf, makeWorkload, withAnnotations, type WorkloadParts } from './make-workload.ts'

const DEEPSEEK = { preset: 'deepseek-v3-0324', 'instance-type': 'Standard_ND96isr_H100_v5' }

function makeGroup(parts: WorkloadParts = {}): JsonObject {
  return makeWorkload({
    kind: 'StatefulSet',
    name: 'big',
    ...parts,
    annotations: { ...DEEPSEEK, ...parts.annotations },
    spec: { replicas: 2, ...parts.spec },
  })
}

function storedGroup(parts: WorkloadParts = {}): JsonObject {
  return defaulted(asPlanned(create(defaulted(makeGroup(parts)))).result)
}

function fieldsOf(object: JsonObject): JsonObject {
  const { podManagementPolicy, updateStrategy, serviceName } = asObject(object['spec'] ?? {})
  return { podManagementPolicy, updateStrategy, serviceName }
}

const OURS = {
  podManagementPolicy: 'Parallel',
  updateStrategy: { type: 'OnDelete' },
  serviceName: 'big-headless',
}

describe('a StatefulSet over several nodes', () => {
  it('starts and is restarted as a whole, under a governing Service', () => {
    assert.deepEqual(fieldsOf(storedGroup()), OURS)
    const own = storedGroup({ spec: { serviceName: 'mine', podManagementPolicy: 'Parallel' } })
    assert.deepEqual(fieldsOf(own), { ...OURS, serviceName: 'mine' })
    assert.match(JSON.stringify(containerOf(own)['command']), /big-0\.mine\.default\.svc\.cluster\.local/)
  })

  it('gets upstream’s health checks and its pods their number', () => {
    const container = containerOf(storedGroup())
    const host = 'big-0.big-headless.default.svc.cluster.local'
    const script = 'python3 /workspace/vllm/multi-node-health-check.py'
    const readiness = ['/bin/sh', '-c', `${script} readiness --leader-address=${host} --vllm-port=5000`]
    assert.deepEqual(container['readinessProbe'], {
      exec: { command: readiness },
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 1,
    })
    assert.deepEqual(valueAt(container, ['startupProbe', 'exec', 'command']), readiness)
    assert.deepEqual(container['livenessProbe'], {
      exec: { command: ['/bin/sh', '-c', `${script} liveness --leader-address=${host} --ray-port=6379`] },
      initialDelaySeconds: 60,
      periodSeconds: 10,
      timeoutSeconds: 5,
      successThreshold: 1,
      failureThreshold: 1,
      terminationGracePeriodSeconds: 1,
    })
    const fieldRef = { apiVersion: 'v1', fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" }
    assert.deepEqual(valueAt({ containers: [container] }, ['containers', 'model', 'env', 'POD_INDEX']), {
      name: 'POD_INDEX',
      valueFrom: { fieldRef },
    })
  })

  it('is planned under its own name, whatever others of its kind a memo remembers', () => {
    const memo = createPlanMemo()
    for (const name of ['one', 'two']) {
      const object = makeGroup({ name })
      const remembered = decideMutation({ operation: 'CREATE', object }, CONTEXT, memo)
      assert.deepEqual(asPlanned(remembered).result, asPlanned(create(object)).result)
    }
  })

  it('is what nodes-per-replica asks for', () => {
    const annotations = {
      preset: 'phi-4',
      'instance-type': 'Standard_NC24ads_A100_v4',
      'nodes-per-replica': '2',
    }
    const { plan } = asPlanned(create(makeGroup({ annotations })))
    assert.deepEqual([plan.nodesPerReplica, plan.podsPerNode, plan.gpusPerPod], [2, 1, 1])
    assert.deepEqual(plan.parallelism, { tensor: 1, pipeline: 2, data: 1 })
  })

  it('is not taken where one node does, or is asked for', () => {
    assert.equal(
      asPlanned(create(makeGroup({ annotations: { 'instance-type': undefined } }))).plan.nodesPerReplica,
      1,
    )
    const [message] = messagesOf(asDenied(create(makeGroup({ annotations: { 'nodes-per-replica': '1' } }))))
    assert.match(message ?? '', /needs 2 nodes for a replica: .* \(kaito\.sh\/nodes-per-replica says 1\)/)
  })

  it('is as many pods as nodes: another number is refused with the right one', () => {
    for (const replicas of [0, 1, 3, undefined])
      assert.deepEqual(messagesOf(asDenied(create(makeGroup({ spec: { replicas } })))), [
        `spec.replicas: Invalid value: "${replicas ?? 1}": must be 2: the pods of this StatefulSet are one replica over 2 nodes`,
      ])
  })

  it('has a name', () => {
    const { metadata, ...rest } = makeGroup()
    const { name: _, ...nameless } = asObject(metadata ?? {})
    const denied = asDenied(create({ ...rest, metadata: { ...nameless, generateName: 'big-' } }))
    assert.deepEqual(
      denied.errors.map(({ field }) => field),
      ['metadata.name'],
    )
  })

  it('with a strategy of the user keeps it, and is warned', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }
    const decision = asPlanned(create(defaulted(makeGroup({ spec: { updateStrategy } }))))
    assert.deepEqual(fieldsOf(decision.result)['updateStrategy'], updateStrategy)
    assert.ok(decision.warnings.some(text => text.startsWith('spec.updateStrategy replaces the pods')))
    assert.equal(create(makeGroup()).warnings.length, 2)
  })
})

describe('an UPDATE of a StatefulSet over several nodes', () => {
  const stored = storedGroup()

  it('refuses another number of replicas, but not what the scale subresource has set', () => {
    const scaled = asObject(withValueAt(stored, ['spec', 'replicas'], 0))
    assert.match(
      messagesOf(asDenied(update(scaled, stored)))[0] ?? '',
      /^spec\.replicas: Invalid value: "0": must be 2/,
    )
    const touched = asObject(withValueAt(scaled, ['metadata', 'labels'], { touched: 'true' }))
    assert.deepEqual(asPlanned(update(touched, scaled)).operations, [])
    assert.equal(update(stored, scaled).decision, 'Plan')
  })

  const H200 = { 'instance-type': 'Standard_ND96isr_H200_v5' }
  const single = { 'kaito.sh/instance-type': H200['instance-type'] }

  it('keeps what nobody can change when it goes to one node, bare or not', () => {
    const asked = withAnnotations(stored, single)
    const bare = withAnnotations(defaulted(makeGroup()), single)
    for (const object of [asked, bare]) {
      const decision = asPlanned(update(object, stored))
      const { podManagementPolicy, serviceName, updateStrategy } = fieldsOf(decision.result)
      assert.deepEqual([podManagementPolicy, serviceName], ['Parallel', 'big-headless'])
      assert.deepEqual(updateStrategy, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } })
      const after = defaulted(decision.result)
      asPlanned(validateUpdate(after, stored))
      assert.deepEqual(asPlanned(update(after, after)).operations, [])
      const replaced = asPlanned(update(bare, after)).result
      assert.deepEqual(fieldsOf(defaulted(replaced)), fieldsOf(after))
    }
  })

  it('keeps it without the annotation, too', () => {
    const own = storedGroup({ container: { image: 'own:1' } })
    const bare = defaulted(makeGroup({ annotations: { preset: undefined }, container: { image: 'own:1' } }))
    for (const object of [withAnnotations(own, { 'kaito.sh/preset': undefined }), bare]) {
      const { result } = asSkipped(update(object, own))
      const { podManagementPolicy, serviceName } = fieldsOf(result)
      assert.deepEqual([podManagementPolicy, serviceName], ['Parallel', 'big-headless'])
      assert.doesNotMatch(JSON.stringify(result), /nvidia|kaito\.sh\/plan/)
    }
  })

  it('cannot make one of a StatefulSet that was not created for it', () => {
    const one = defaulted(asPlanned(create(defaulted(makeGroup({ annotations: H200 })))).result)
    const asked = withAnnotations(one, { 'kaito.sh/instance-type': DEEPSEEK['instance-type'] })
    const denied = asDenied(update(asked, one))
    assert.deepEqual(
      denied.errors.map(({ field, code }) => [field, code]),
      [
        ['spec.podManagementPolicy', 'ImmutableField'],
        ['spec.serviceName', 'ImmutableField'],
      ],
    )
    assert.match(
      messagesOf(denied)[0] ?? '',
      /"OrderedReady": must be Parallel .* delete the StatefulSet and create it again$/,
    )
  })
})
