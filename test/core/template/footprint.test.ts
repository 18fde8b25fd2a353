// Rule 1, the user wins: a value of the user at every place that the steps declare. The table is checked against the
// footprint itself, so a step that touches a new place fails here until somebody says what a user may have there.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { uninject } from '../../../src/core/admit/uninject.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { leafAt } from '../../../src/core/patch/inventory.ts'
import { valueAt } from '../../../src/core/patch/locate.ts'
import { isInsideFootprint, patternsOf } from '../../../src/core/template/footprint.ts'
import { FOOTPRINT, STEPS } from '../../../src/core/template/steps.ts'
import { CRON_JOB } from '../../../src/core/workload/cron-job.ts'
import { workloadKindOf } from '../../../src/core/workload/kinds.ts'
import { asPlanned, CONTEXT, create, IMAGE_VOLUMES } from '../admit/admission.ts'
import { asObject, withValueAt } from '../admit/json-tree.ts'
import { makeCronJob, makeWorkload, type WorkloadParts } from '../admit/make-workload.ts'

interface Row {
  /** What makes injection want the place at all. */
  readonly given?: WorkloadParts
  /** The keyed path of the place. */
  readonly path: readonly string[]
  /** What is known of the cluster; as offline unless given. */
  readonly context?: AdmissionContext
  /** Where the user writes, by positions; the keyed path unless given. */
  readonly at?: readonly (string | number)[]
  /** What the user writes there. */
  readonly value: Json
  /** What is read back at the keyed path; the same unless given. */
  readonly want?: Json
}

const POD = ['spec', 'template', 'spec']
const CONTAINER = [...POD, 'containers', 'model']
const FIRST = [...POD, 'containers', 0]
const METADATA = ['spec', 'template', 'metadata']
const TERMS = [
  'affinity',
  'nodeAffinity',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms',
]

/** A field of the container, under the same name in both notations. */
function ofContainer(field: readonly string[], value: Json, given?: WorkloadParts): Row {
  return {
    path: [...CONTAINER, ...field],
    at: [...FIRST, ...field],
    value,
    ...(given === undefined ? {} : { given }),
  }
}

/** An entry of a list, found by its merge key. */
function entry(
  list: readonly (string | number)[],
  keyed: readonly string[],
  key: string,
  value: JsonObject,
  given?: WorkloadParts,
): Row {
  return {
    path: [...keyed, key],
    at: list,
    value: [value],
    want: value,
    ...(given === undefined ? {} : { given }),
  }
}

const OWN_PROBE = { httpGet: { path: '/ready', port: 8080 } }
const NONE = { annotations: { provisioning: 'none' } }
const JOB: WorkloadParts = { kind: 'Job', container: { command: ['python3', 'own.py'] } }
const ADAPTER: WorkloadParts = {
  annotations: { adapters: '[{"name": "tone", "image": "tone:1", "imagePullSecrets": ["hub"]}]' },
}
const TUNING: WorkloadParts = {
  kind: 'Job',
  annotations: {
    'tuning-method': 'lora',
    'tuning-input-urls': 'https://example.com/x.csv',
    'tuning-output-image': 'registry.example/tone:1',
    'tuning-output-image-push-secret': 'push',
  },
}
const GROUP: WorkloadParts = {
  kind: 'StatefulSet',
  annotations: { preset: 'deepseek-v3-0324', 'instance-type': 'Standard_ND96isr_H100_v5' },
  spec: { replicas: 2 },
}

const ROWS: Readonly<Record<string, Row>> = {
  '{container}.image': ofContainer(['image'], 'example.com/own:1', { annotations: { runtime: 'vllm' } }),
  '{container}.command': ofContainer(['command'], ['python3', 'own.py']),
  '{container}.terminationMessagePolicy': ofContainer(
    ['terminationMessagePolicy'],
    'FallbackToLogsOnError',
    TUNING,
  ),
  '{pod}.containers.kaito-pusher': {
    given: TUNING,
    path: [...POD, 'containers', 'kaito-pusher'],
    at: [...POD, 'containers', 1],
    value: { name: 'kaito-pusher', image: 'own:1' },
  },
  '{container}.ports.*': entry([...FIRST, 'ports'], [...CONTAINER, 'ports'], '5000', {
    containerPort: 5000,
    name: 'own',
  }),
  '{container}.resources.limits.nvidia.com/gpu': ofContainer(['resources', 'limits', 'nvidia.com/gpu'], 1),
  '{container}.resources.requests.nvidia.com/gpu': ofContainer(
    ['resources', 'requests', 'nvidia.com/gpu'],
    1,
  ),
  '{container}.startupProbe': ofContainer(['startupProbe'], OWN_PROBE),
  '{container}.livenessProbe': ofContainer(['livenessProbe'], OWN_PROBE),
  '{container}.readinessProbe': ofContainer(['readinessProbe'], OWN_PROBE),
  '{container}.lifecycle.preStop': ofContainer(['lifecycle', 'preStop'], {
    exec: { command: ['sleep', '5'] },
  }),
  '{pod}.terminationGracePeriodSeconds': { path: [...POD, 'terminationGracePeriodSeconds'], value: 5 },
  '{container}.env.*': entry(
    [...FIRST, 'env'],
    [...CONTAINER, 'env'],
    'HF_TOKEN',
    { name: 'HF_TOKEN', value: 'own' },
    { annotations: { 'model-access-secret': 'hf' } },
  ),
  '{container}.volumeMounts.*': entry(
    [...FIRST, 'volumeMounts'],
    [...CONTAINER, 'volumeMounts'],
    '/dev/shm',
    { name: 'own', mountPath: '/dev/shm' },
  ),
  '{pod}.volumes.*': entry([...POD, 'volumes'], [...POD, 'volumes'], 'kaito-weights', {
    name: 'kaito-weights',
    hostPath: { path: '/own' },
  }),
  '{pod}.initContainers.*': entry(
    [...POD, 'initContainers'],
    [...POD, 'initContainers'],
    'kaito-cuda-toolkit',
    { name: 'kaito-cuda-toolkit', image: 'own:1' },
    { annotations: { preset: 'glm-5.2-fp8', 'bypass-resource-checks': 'true' } },
  ),
  '{pod}.imagePullSecrets.*': {
    ...entry(
      [...POD, 'imagePullSecrets'],
      [...POD, 'imagePullSecrets'],
      'hub',
      { name: 'hub', xOwn: true },
      ADAPTER,
    ),
    context: IMAGE_VOLUMES,
  },
  '{pod}.tolerations': { path: [...POD, 'tolerations'], value: [{ key: 'own', operator: 'Exists' }] },
  [`{pod}.${TERMS.join('.')}`]: {
    given: NONE,
    path: [...POD, ...TERMS],
    value: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['own'] }] }],
  },
  '{template}.metadata.labels.kaito.sh/workload': {
    path: [...METADATA, 'labels', 'kaito.sh/workload'],
    value: 'own',
  },
  '{template}.metadata.labels.kaito.sh/model': { path: [...METADATA, 'labels', 'kaito.sh/model'], value: '' },
  '{pod}.schedulingGates.*': entry(
    [...POD, 'schedulingGates'],
    [...POD, 'schedulingGates'],
    'kaito.sh/waiting-for-node',
    { name: 'kaito.sh/waiting-for-node', xOwn: true },
  ),
  '{template}.metadata.annotations.kaito.sh/placement': {
    given: { annotations: { 'instance-type': 'Standard_NC24ads_A100_v4' } },
    path: [...METADATA, 'annotations', 'kaito.sh/placement'],
    // Another one than the plan's is refused; the same in the user's own words is the user's.
    value:
      '{"instanceTypes": ["Standard_NC24ads_A100_v4"], "gpusPerPod": 1, "nodesPerReplica": 1, "provisioning": "nodeclaim", "v": 1}',
  },
  'spec.strategy.rollingUpdate.maxSurge': {
    path: ['spec', 'strategy', 'rollingUpdate', 'maxSurge'],
    value: 1,
  },
  'spec.strategy.rollingUpdate.maxUnavailable': {
    path: ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'],
    value: '50%',
  },
  'spec.progressDeadlineSeconds': { path: ['spec', 'progressDeadlineSeconds'], value: 100 },
  '{spec}.podManagementPolicy': {
    given: GROUP,
    path: ['spec', 'podManagementPolicy'],
    value: 'Parallel',
  },
  '{spec}.updateStrategy': {
    given: GROUP,
    path: ['spec', 'updateStrategy'],
    value: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
  },
  '{spec}.serviceName': { given: GROUP, path: ['spec', 'serviceName'], value: 'own' },
  '{pod}.restartPolicy': { given: JOB, path: [...POD, 'restartPolicy'], value: 'OnFailure' },
  '{spec}.backoffLimit': { given: JOB, path: ['spec', 'backoffLimit'], value: 2 },
  '{spec}.podFailurePolicy': {
    given: JOB,
    path: ['spec', 'podFailurePolicy'],
    value: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] },
  },
  '{spec}.podReplacementPolicy': { given: JOB, path: ['spec', 'podReplacementPolicy'], value: 'Failed' },
}

/** Lists that are merged where nobody opens a gate: the user's entries stay among ours. */
const MERGED = new Set([`{pod}.${TERMS.join('.')}`])
/** Written by kaito-native, never by users (test/core/admit/refusals.test.ts). */
const OURS_ALONE = new Set(['{template}.metadata.annotations.kaito.sh/placement'])

describe('the footprint', () => {
  it('has a row for every place that a step may touch, and none for others', () => {
    assert.deepEqual(Object.keys(ROWS).toSorted(), FOOTPRINT.map(pattern => pattern.join('.')).toSorted())
  })

  for (const [name, row] of Object.entries(ROWS)) {
    const { given = {}, context = CONTEXT, path, at = path, value, want = value } = row
    const bare = makeWorkload(given)
    it(`${name} is filled where the user has nothing`, () => {
      assert.ok(leafAt(asPlanned(create(bare, context)).plan.added, path), path.join('.'))
    })

    if (OURS_ALONE.has(name)) {
      it(`${name} is refused where the user has it`, () => {
        assert.equal(create(asObject(withValueAt(bare, at, value)), context).decision, 'Deny')
      })
      continue
    }

    it(`${name} stays as the user has it`, () => {
      const object = asObject(withValueAt(bare, at, value))
      const { result, plan } = asPlanned(create(object, context))
      if (MERGED.has(name)) assert.match(JSON.stringify(valueAt(result, path)), /"own"/)
      else assert.deepEqual(valueAt(result, path), want)
      const kind = workloadKindOf(object)
      assert.ok(kind !== undefined)
      assert.deepEqual(uninject(kind, result, plan.added).result, object)
    })
  }

  it('is named by steps that have names of their own', () => {
    assert.equal(new Set(STEPS.map(step => step.name)).size, STEPS.length)
  })
})

describe('isInsideFootprint', () => {
  const kind = workloadKindOf(makeWorkload())
  assert.ok(kind !== undefined)

  it('accepts what injection records', () => {
    for (const { given = {}, context = CONTEXT } of Object.values(ROWS))
      assert.ok(isInsideFootprint(kind, asPlanned(create(makeWorkload(given), context)).plan.added))
    assert.ok(isInsideFootprint(CRON_JOB, asPlanned(create(makeCronJob(JOB))).plan.added))
  })

  const foreign: Readonly<Record<string, JsonObject>> = {
    'spec.replicas': { spec: { replicas: 'hash' } },
    'metadata.managedFields': { metadata: { managedFields: 'hash' } },
    'metadata.labels': { metadata: { labels: { app: 'hash' } } },
    'spec.selector': { spec: { selector: { matchLabels: { app: 'hash' } } } },
    'another label of the template': { spec: { template: { metadata: { labels: { app: 'hash' } } } } },
    'a whole container': { spec: { template: { spec: { containers: { model: 'hash' } } } } },
    'the whole template': { spec: { template: 'hash' } },
    'something below a place': { spec: { progressDeadlineSeconds: { x: 'hash' } } },
    status: { status: { '+': 1 } },
  }
  for (const [name, added] of Object.entries(foreign)) {
    it(`refuses ${name}`, () => assert.equal(isInsideFootprint(kind, added as never), false))
  }

  it('puts the kind’s own paths into the patterns', () => {
    assert.deepEqual(patternsOf(CRON_JOB)[0], [
      'spec',
      'jobTemplate',
      'spec',
      'template',
      'spec',
      'containers',
      '*',
      'image',
    ])
  })
})
