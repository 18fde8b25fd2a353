// A workload as `kaito-native status` shows it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statusRow, type StatusInput, type StatusRow } from '../../../src/core/status/status-row.ts'
import type { ObservedCondition, ObservedPod, ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeObservedWorkload } from '../companion/make-workload.ts'

const PRICES: Readonly<Record<string, number>> = { A100: 3.6725, V100: 1.1 }

function makePod(fields: Partial<ObservedPod>): ObservedPod {
  return {
    uid: 'p',
    namespace: 'default',
    name: 'p',
    resourceVersion: '1',
    createdAtMs: 0,
    placement: undefined,
    gates: [],
    phase: 'Pending',
    requests: {},
    nodeSelector: {},
    affinityTerms: [],
    tolerations: [],
    ready: false,
    ...fields,
  }
}

function row(input: Partial<StatusInput>, workload: Partial<ObservedWorkload> = {}): StatusRow {
  return statusRow({
    workload: makeObservedWorkload(workload),
    pods: [],
    claims: [],
    nodeTypes: new Map(),
    priceOf: type => PRICES[type],
    ...input,
  })
}

function makeCondition(type: string, status: string): ObservedCondition {
  return { type, status, reason: `Of${type.slice('kaito.sh/'.length)}`, message: 'm' }
}

function conditions(resource: string, inference: string, ready: string): Partial<ObservedWorkload> {
  return {
    conditions: [
      makeCondition('kaito.sh/Ready', ready),
      makeCondition('kaito.sh/InferenceReady', inference),
      makeCondition('kaito.sh/ResourceReady', resource),
    ],
  }
}

function reasonOf(...statuses: [resource: string, inference: string, ready: string]): string {
  return row({}, conditions(...statuses)).reason
}

describe('statusRow', () => {
  it('before the controller has looked: the plan, and nothing known', () => {
    assert.deepEqual(row({}, { createdAtMs: Date.parse('2026-11-22T10:00:00.5Z') }), {
      namespace: 'default',
      kind: 'Deployment',
      name: 'phi-4-mini',
      preset: 'phi-4-mini-instruct',
      instanceTypes: ['Standard_NC24ads_A100_v4'],
      resourceReady: 'Unknown',
      inferenceReady: 'Unknown',
      workspaceReady: 'Unknown',
      reason: 'Unknown',
      message: 'the controller has not looked at it yet',
      pods: { wanted: 1, ready: 0 },
      nodes: [],
      claims: [],
      gpus: 0,
      createdAt: '2026-11-22T10:00:00Z',
    })
  })

  it('says why it is not ready: nodes before pods before all', () => {
    assert.equal(reasonOf('False', 'False', 'False'), 'OfResourceReady')
    assert.equal(reasonOf('True', 'False', 'False'), 'OfInferenceReady')
    assert.equal(reasonOf('True', 'True', 'False'), 'OfReady')
    assert.equal(reasonOf('True', 'True', 'True'), '')
  })

  it('shows a tuning Job’s TuningReady where KAITO has InferenceReady', () => {
    const tuning: Partial<ObservedWorkload> = {
      kind: 'Job',
      isInference: false,
      isTuning: true,
      conditions: [{ type: 'kaito.sh/TuningReady', status: 'True', reason: '', message: '' }],
    }
    assert.equal(row({}, tuning).inferenceReady, 'True')
  })

  it('names what runs: nodes of pods and of claims, their types, GPUs, the price of the claims', () => {
    const { nodes, instanceTypes, gpus, costPerHour, pods } = row(
      {
        pods: [
          makePod({ nodeName: 'n2', ready: true }),
          makePod({ nodeName: 'n1', ready: true, deletedAtMs: 1 }),
          makePod({}),
        ],
        claims: [
          { name: 'kn1', instanceType: 'A100', nodeName: 'n1' },
          { name: 'kn2', instanceType: 'V100' },
        ],
        nodeTypes: new Map([['n2', 'H100']]),
      },
      { gpusPerPod: 2, replicas: 2 },
    )
    assert.deepEqual(
      { nodes, instanceTypes, gpus, costPerHour, pods },
      {
        nodes: ['n1', 'n2'],
        instanceTypes: ['A100', 'H100', 'V100'],
        gpus: 4,
        costPerHour: 4.773,
        pods: { wanted: 2, ready: 1 },
      },
    )
  })

  it('tells no price rather than one that is too low', () => {
    const known = { name: 'kn1', instanceType: 'A100' }
    assert.equal(row({ claims: [known, { name: 'kn2', instanceType: 'H100' }] }).costPerHour, undefined)
    assert.equal(row({ claims: [known, { name: 'kn2' }] }).costPerHour, undefined)
    assert.equal(row({ claims: [known] }).costPerHour, 3.673)
  })
})
