// Every code with which a user's mistake is refused: what is refused with it, and what is nearly the same and passes. Policies
// have a table of their own.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Decision } from '../../../src/core/api/decision.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { REASON_CODES, type ReasonCode } from '../../../src/core/api/reason.ts'
import {
  asDenied,
  asPlanned,
  CONTEXT,
  create,
  injected,
  update,
  validate,
  validateUpdate,
} from './admission.ts'
import { asObject, withValueAt } from './json-tree.ts'
import { makeWorkload, withAnnotations, type WorkloadParts } from './make-workload.ts'

interface Row {
  readonly code: ReasonCode
  readonly name: string
  readonly refused: Decision
  readonly accepted: Decision
}

const made = (parts: WorkloadParts): Decision => create(makeWorkload(parts))
const annotated = (annotations: WorkloadParts['annotations'] & object): Decision => made({ annotations })
const planned = injected(makeWorkload())
const without = (...path: readonly (string | number)[]): JsonObject =>
  asObject(withValueAt(planned, path, undefined))
const adapters = (count: number, image = 'registry.example/a:1'): string =>
  JSON.stringify(Array.from({ length: count }, (_, index) => ({ name: `a${index}`, image })))
const tuning = (parts: WorkloadParts): Decision =>
  made({
    kind: 'Job',
    ...parts,
    annotations: {
      'tuning-method': 'lora',
      'tuning-input-image': 'registry.example/d:1',
      ...parts.annotations,
    },
    pod: { volumes: [{ name: 'results', emptyDir: {} }] },
  })
const H100 = 'Standard_ND96isr_H100_v5'
const group = (replicas: number, annotations = {}): JsonObject =>
  makeWorkload({
    kind: 'StatefulSet',
    annotations: { preset: 'deepseek-v3-0324', 'instance-type': H100, ...annotations },
    spec: { replicas },
  })
const job = makeWorkload({ kind: 'Job', container: { command: ['x'] } })

const ROWS: readonly Row[] = [
  {
    code: 'InvalidAnnotation',
    name: 'a value outside of its grammar',
    refused: annotated({ 'max-model-len': '0' }),
    accepted: annotated({ 'max-model-len': '1' }),
  },
  {
    code: 'InvalidAnnotation',
    name: 'a tuning method that is none',
    refused: tuning({ annotations: { 'tuning-method': 'full' } }),
    accepted: tuning({ annotations: { 'tuning-method': 'qlora' } }),
  },
  {
    code: 'InvalidAnnotation',
    name: 'eleven adapters',
    refused: annotated({ adapters: adapters(11) }),
    accepted: annotated({ adapters: adapters(10) }),
  },
  {
    code: 'InvalidAnnotation',
    name: 'an adapter without an image',
    refused: annotated({ adapters: adapters(1, '') }),
    accepted: annotated({ adapters: adapters(1) }),
  },
  {
    code: 'InvalidAnnotation',
    name: 'data behind an address of the cluster',
    refused: tuning({
      annotations: { 'tuning-input-image': undefined, 'tuning-input-urls': 'http://10.0.0.1/a.csv' },
    }),
    accepted: tuning({
      annotations: { 'tuning-input-image': undefined, 'tuning-input-urls': 'http://8.8.8.8/a.csv' },
    }),
  },
  {
    code: 'UnknownPreset',
    name: 'a preset that nobody knows',
    refused: annotated({ preset: 'phi-5' }),
    accepted: annotated({ preset: 'PHI-4' }),
  },
  {
    code: 'UnknownRevision',
    name: 'a revision that the preset has not',
    refused: annotated({ preset: 'phi-4@kaito-9' }),
    accepted: annotated({ preset: 'phi-4@kaito-0.12' }),
  },
  {
    code: 'UnsupportedRuntime',
    name: 'a runtime that the preset has not',
    refused: annotated({ preset: 'glm-5.2-fp8', runtime: 'transformers' }),
    accepted: annotated({ preset: 'phi-4-mini-instruct', runtime: 'transformers' }),
  },
  {
    code: 'UnknownInstanceType',
    name: 'an instance type that nobody knows',
    refused: annotated({ 'instance-type': 'Standard_NC24ads_A100_v5' }),
    accepted: annotated({ 'instance-type': 'standard_nc24ads_a100_v4' }),
  },
  {
    code: 'DoesNotFit',
    name: 'a model that its node cannot hold',
    refused: annotated({ preset: 'llama-3.1-8b-instruct', 'instance-type': 'Standard_NC6s_v3' }),
    accepted: annotated({ preset: 'llama-3.3-70b-instruct', 'instance-type': H100 }),
  },
  {
    code: 'OneNodeOnly',
    name: 'several nodes for a Deployment',
    refused: annotated({ 'nodes-per-replica': '2' }),
    accepted: annotated({ 'nodes-per-replica': '1' }),
  },
  {
    code: 'WrongReplicas',
    name: 'another number of replicas than nodes',
    refused: create(group(1)),
    accepted: create(group(2)),
  },
  {
    code: 'InvalidGpuCount',
    name: 'a number of GPUs on which the server does not start',
    refused: made({ container: { resources: { limits: { 'nvidia.com/gpu': '1.5' } } } }),
    accepted: made({ container: { resources: { limits: { 'nvidia.com/gpu': '1' } } } }),
  },
  {
    code: 'NotTunable',
    name: 'a preset that cannot be tuned',
    refused: tuning({ annotations: { preset: 'llama-3.1-8b-instruct' } }),
    accepted: tuning({ annotations: { preset: 'phi-4' } }),
  },
  {
    code: 'AmbiguousContainer',
    name: 'two containers that could be meant',
    refused: made({ container: { name: 'a' }, sidecars: [{ name: 'b' }] }),
    accepted: made({ container: { name: 'a' }, sidecars: [{ name: 'b', image: 'b:1' }] }),
  },
  {
    code: 'NodeNameSet',
    name: 'a pod that names its node',
    refused: made({ pod: { nodeName: 'n' } }),
    accepted: made({ pod: { nodeSelector: { 'kubernetes.io/hostname': 'n' } } }),
  },
  {
    code: 'NoImageLeft',
    name: 'the preset goes and leaves no image',
    refused: update(withAnnotations(planned, { 'kaito.sh/preset': undefined }), planned),
    accepted: update(withAnnotations(planned, { 'example.com/x': 'y' }), planned),
  },
  {
    code: 'InvalidTemplate',
    name: 'something of another type in the template',
    refused: made({ container: { volumeMounts: {} } }),
    accepted: made({ container: { volumeMounts: [] } }),
  },
  {
    code: 'NoCommand',
    name: 'a Job that does nothing',
    refused: made({ kind: 'Job' }),
    accepted: create(job),
  },
  {
    code: 'ImmutableField',
    name: 'a Job that would need other pods',
    refused: update(
      withAnnotations(injected(job), {
        'kaito.sh/replan': 'now',
        'kaito.sh/max-model-len': '4096',
        'kaito.sh/weights': 'pvc:a',
      }),
      injected(job),
    ),
    accepted: update(withAnnotations(injected(job), { 'kaito.sh/idle-grace': '1m' }), injected(job)),
  },
  {
    code: 'PlanMissing',
    name: 'a workload that nobody has completed',
    refused: validate(makeWorkload()),
    accepted: validate(planned),
  },
  {
    code: 'PlanInvalid',
    name: 'a plan that is none',
    refused: validate(withAnnotations(planned, { 'kaito.sh/plan': '{}' })),
    accepted: validate(withAnnotations(planned, { 'example.com/plan': '{}' })),
  },
  {
    code: 'PlanStale',
    name: 'a plan for other annotations',
    refused: validate(withAnnotations(planned, { 'kaito.sh/replan': 'x' })),
    accepted: validate(withAnnotations(planned, { 'kaito.sh/service': 'false' })),
  },
  {
    code: 'InventoryMissing',
    name: 'something of ours that is gone',
    refused: validate(without('spec', 'template', 'spec', 'schedulingGates', 0)),
    accepted: validate(without('spec', 'selector')),
  },
  {
    code: 'PlanTooLarge',
    name: 'a plan that an annotation cannot hold',
    refused: withTolerations(60),
    accepted: withTolerations(2),
  },
  {
    code: 'PlanForged',
    name: 'a plan that nobody made',
    refused: validateUpdate(withPods(8), injected(makeWorkload({ annotations: { replan: '1' } }))),
    accepted: validateUpdate(withPods(8), withPods(8)),
  },
  {
    code: 'PlacementChanged',
    name: 'a placement that is not that of the plan',
    refused: validate(withPlacement('{}')),
    accepted: validateUpdate(withPlacement('{}'), withPlacement('{}')),
  },
  {
    code: 'WrongResource',
    name: 'GPUs of another vendor',
    refused: made({ container: { resources: { limits: { 'amd.com/gpu': '1' } } } }),
    accepted: made({ container: { resources: { limits: { 'rdma/hca': '1' } } } }),
  },
  {
    code: 'PortTaken',
    name: "a sidecar on the server's port",
    refused: made({ sidecars: [{ name: 's', image: 's:1', ports: [{ containerPort: 5000 }] }] }),
    accepted: made({ sidecars: [{ name: 's', image: 's:1', ports: [{ containerPort: 5001 }] }] }),
  },
  {
    code: 'ReadOnlyFolder',
    name: 'a root that is read-only',
    refused: made({ container: { securityContext: { readOnlyRootFilesystem: true } } }),
    accepted: made({ container: { securityContext: { readOnlyRootFilesystem: false } } }),
  },
  {
    code: 'FolderHidden',
    name: "a volume over the server's programs",
    refused: mounted('/workspace'),
    accepted: mounted('/workspace/mine'),
  },
  {
    code: 'SecretInAnnotation',
    name: 'a token',
    refused: annotated({ replan: `hf_${'a1B2'.repeat(9)}` }),
    accepted: annotated({ replan: 'hf-token' }),
  },
]

/** Existing nodes: our tolerations are merged with the user's, so a plan must hold all of them. */
function withTolerations(count: number): Decision {
  const tolerations = Array.from({ length: count }, (_, index) => ({
    key: `example.com/a-rather-long-key-of-a-taint-${index}`,
    operator: 'Exists',
  }))
  return made({ annotations: { provisioning: 'none' }, pod: { tolerations } })
}

function withPods(podsPerNode: number): JsonObject {
  const text = JSON.stringify(planned).replace(
    String.raw`\"podsPerNode\":1`,
    String.raw`\"podsPerNode\":${podsPerNode}`,
  )
  return JSON.parse(text) as JsonObject
}

function withPlacement(text: string): JsonObject {
  const path = ['spec', 'template', 'metadata', 'annotations', 'kaito.sh/placement']
  return asObject(withValueAt(planned, path, text))
}

function mounted(mountPath: string): Decision {
  return made({
    container: { volumeMounts: [{ name: 'v', mountPath }] },
    pod: { volumes: [{ name: 'v', emptyDir: {} }] },
  })
}

/** What ConfigMaps say is known later (test/controller). */
const NOT_OF_ADMISSION: ReadonlySet<string> = new Set(['InvalidTrainingConfig'])

describe('every refusal', () => {
  for (const { code, name, refused, accepted } of ROWS)
    it(`${code}: ${name}`, () => {
      const denied = asDenied(refused)
      assert.ok(
        denied.errors.some(error => error.code === code),
        denied.errors.map(error => `${error.code} ${error.field}`).join('\n'),
      )
      asPlanned(accepted)
    })

  it('is in the table', () => {
    const [first, last] = [REASON_CODES.indexOf('InvalidAnnotation'), REASON_CODES.indexOf('PolicyInvalid')]
    const codes = REASON_CODES.slice(first, last).filter(code => !NOT_OF_ADMISSION.has(code))
    assert.deepEqual(
      codes.filter(code => !ROWS.some(row => row.code === code)),
      [],
    )
    assert.ok(codes.length > 25)
    assert.equal(CONTEXT.facts.provisioning, 'nodeclaim')
  })
})
