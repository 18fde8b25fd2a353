// Provisioning none: what is chosen are the nodes that the cluster has, where these are known.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { catalogueFor } from '../../../src/core/admit/existing-nodes.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { gpuNodeShapes } from '../../../src/core/sizing/gpu-nodes.ts'
import { asDenied, asPlanned, CONTEXT, create, messagesOf, update, validate } from './admission.ts'
import { makeWorkload, withAnnotations, type WorkloadParts } from './make-workload.ts'

const A100 = { 'node.kubernetes.io/instance-type': 'Standard_NC24ads_A100_v4' }
const BARE = {
  'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB',
  'nvidia.com/gpu.count': '4',
  'nvidia.com/gpu.memory': '40960',
  'nvidia.com/gpu.compute.major': '8',
}

function withNodes(...labels: readonly JsonObject[]): AdmissionContext {
  const nodes = labels.map((own): JsonObject => ({ kind: 'Node', metadata: { labels: own } }))
  const gpuNodes = gpuNodeShapes(nodes, CONTEXT.catalogue)
  return { ...CONTEXT, facts: { ...CONTEXT.facts, provisioning: 'none', gpuNodes } }
}

const workload = (annotations: WorkloadParts['annotations'] = {}): JsonObject =>
  makeWorkload({ kind: 'StatefulSet', annotations: { ...annotations } })

function chosen(...labels: readonly JsonObject[]): readonly string[] {
  return asPlanned(create(workload(), withNodes(...labels))).plan.instanceTypes
}

describe('existing nodes', () => {
  it('are what auto chooses from, the catalogue’s types and others alike', () => {
    assert.deepEqual(chosen(A100), ['Standard_NC24ads_A100_v4'])
    assert.deepEqual(chosen(BARE), ['NVIDIA-A100-SXM4-40GB'])
    assert.deepEqual(chosen({ 'kubernetes.io/os': 'linux' }, A100), ['Standard_NC24ads_A100_v4'])
  })

  it('are named where the model fits none of them', () => {
    const object = workload({ preset: 'llama-3.3-70b-instruct', 'nodes-per-replica': '1' })
    const [message] = messagesOf(asDenied(create(object, withNodes(A100))))
    assert.match(
      message ?? '',
      /"auto": llama-3\.3-70b-instruct fits no GPU node of the cluster \(Standard_NC24ads_A100_v4: 1 × NVIDIA A100 of 80 GiB\)/,
    )
  })

  it('keep a plan of theirs, whatever else changes', () => {
    const context = withNodes(BARE)
    const stored = asPlanned(create(workload(), context)).result
    assert.deepEqual(asPlanned(update(stored, stored, context)).operations, [])
    asPlanned(validate(stored, context))
    assert.deepEqual(asPlanned(update(workload(), stored, context)).result, stored)
    const gone = withNodes(A100)
    assert.deepEqual(asPlanned(update(stored, stored, gone)).operations, [])
  })

  it('are missed with a warning where others are named, or where there are none', () => {
    const named = workload({ 'instance-type': 'Standard_NC40ads_H100_v5' })
    const missing =
      'no node of the cluster is a Standard_NC40ads_H100_v5: nobody makes one (provisioning none)'
    assert.ok(create(named, withNodes(A100)).warnings.includes(missing))
    const known = workload({ 'instance-type': 'standard_nc24ads_a100_v4' })
    assert.equal(create(known, withNodes(A100)).warnings.length, 2)
    const none = asPlanned(create(workload(), withNodes()))
    const empty = 'the cluster has no GPU node and provisioning is none: pods wait; add a node or'
    assert.ok(none.warnings.includes(`${empty} install Karpenter`))
    const asked = workload({ provisioning: 'none' })
    assert.ok(create(asked, withNodes()).warnings.includes(`${empty} install Karpenter`))
    const served = { ...CONTEXT, facts: { ...CONTEXT.facts, gpuNodes: [] } }
    assert.ok(create(asked, served).warnings.includes(`${empty} take kaito.sh/provisioning away`))
    assert.ok(none.plan.instanceTypes.length > 1, 'the catalogue decides')
  })

  it('do not matter where somebody makes nodes, nor offline', () => {
    const claimed = workload({ provisioning: 'nodeclaim' })
    const plan = (context: AdmissionContext): JsonObject => ({
      ...(asPlanned(create(claimed, context)).plan as unknown as JsonObject),
    })
    assert.deepEqual(plan(withNodes(BARE)), plan(CONTEXT))
    const named = workload({ provisioning: 'nodeclaim', 'instance-type': 'NVIDIA-A100-SXM4-40GB' })
    assert.equal(create(named, withNodes(BARE)).decision, 'Deny')
    assert.equal(
      create(withAnnotations(named, { 'kaito.sh/provisioning': 'none' }), CONTEXT).decision,
      'Deny',
    )
  })

  it('extend the catalogue once for each list of nodes', () => {
    const context = withNodes(BARE)
    assert.equal(catalogueFor(context, 'none'), catalogueFor(context, 'none'))
    assert.equal(catalogueFor(context, 'machine'), CONTEXT.catalogue)
    assert.equal(catalogueFor(withNodes(A100), 'none'), CONTEXT.catalogue)
  })
})
