// The default settings of tuning: made where none are, shared by the Jobs of a namespace, owned by each.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { planTuningConfig } from '../../../src/core/companion/tuning-config.ts'
import { TUNING_SETTINGS } from '../../../src/core/companion/tuning-settings.ts'
import { projectConfigMap } from '../../../src/core/claim/project-related.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import type { ObservedConfigMap, ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeObservedWorkload } from './make-workload.ts'
import { mergePatched } from './merge-patch.ts'

function makeTuning(fields: Partial<ObservedWorkload> = {}): ObservedWorkload {
  const kind = { apiVersion: 'batch/v1', kind: 'Job', isInference: false, isTuning: true }
  return makeObservedWorkload({ ...kind, name: 'tune', defaultSettings: 'qlora', ...fields })
}

/** As the API server stores what was created. */
function stored(workload: ObservedWorkload): JsonObject {
  const action = planTuningConfig(workload, new Map())
  assert.ok(action?.type === 'create-config-map')
  const { metadata, ...rest } = action.object
  return { ...rest, metadata: { ...(metadata as JsonObject), uid: 'c', resourceVersion: '7' } }
}

function known(raw: JsonObject): ReadonlyMap<string, ObservedConfigMap> {
  const observed = projectConfigMap(raw)
  assert.ok(observed !== undefined)
  return new Map([[`${observed.namespace}/${observed.name}`, observed]])
}

describe('planTuningConfig', () => {
  it('makes the ConfigMap that the pods mount, owned by the Job', () => {
    const { metadata, data } = stored(makeTuning())
    const { name, namespace, labels, ownerReferences } = metadata as JsonObject
    assert.deepEqual([name, namespace], ['kaito-tuning-qlora', 'default'])
    assert.deepEqual(labels, {
      'app.kubernetes.io/managed-by': 'kaito-native',
      'kaito.sh/tuning-config': 'qlora',
    })
    assert.deepEqual(ownerReferences, [
      { apiVersion: 'batch/v1', kind: 'Job', name: 'tune', uid: 'uid-1', blockOwnerDeletion: false },
    ])
    assert.deepEqual(Object.keys(data as JsonObject), ['training_config.yaml'])
  })

  it('is at rest once it is there', () =>
    assert.equal(planTuningConfig(makeTuning(), known(stored(makeTuning()))), undefined))

  it('adds a second Job to its owners, once', () => {
    const before = stored(makeTuning())
    const second = makeTuning({ uid: 'uid-2', name: 'other' })
    const action = planTuningConfig(second, known(before))
    assert.ok(action?.type === 'update-config-map')
    const after = mergePatched(before, action.patch) as JsonObject
    assert.equal(((after['metadata'] as JsonObject)['ownerReferences'] as readonly unknown[]).length, 2)
    assert.deepEqual(after['data'], before['data'])
    for (const workload of [makeTuning(), second])
      assert.equal(planTuningConfig(workload, known(after)), undefined)
  })

  it('leaves somebody else’s ConfigMap of that name alone', () => {
    const metadata = { name: 'kaito-tuning-qlora', namespace: 'default', uid: 'c', resourceVersion: '7' }
    assert.equal(planTuningConfig(makeTuning(), known({ metadata })), undefined)
  })

  const idle: Readonly<Record<string, Partial<ObservedWorkload>>> = {
    'is on its way out': { deletedAtMs: 1 },
    'is not ours any more': { annotated: false },
    'has ended': { replicas: 0 },
  }
  for (const [name, fields] of Object.entries(idle))
    it(`makes nothing for a Job that ${name}`, () =>
      assert.equal(planTuningConfig(makeTuning(fields), new Map()), undefined))

  it('makes nothing for workloads that do not tune, or name their settings', () =>
    assert.equal(planTuningConfig(makeObservedWorkload(), new Map()), undefined))
})

describe('the default settings', () => {
  const common = {
    ModelConfig: { torch_dtype: 'bfloat16', local_files_only: true, device_map: 'auto' },
    LoraConfig: { r: 8, lora_alpha: 8, lora_dropout: 0 },
    TrainingArguments: {
      output_dir: '/mnt/results',
      ddp_find_unused_parameters: false,
      save_strategy: 'no',
      per_device_train_batch_size: 1,
    },
    DataCollator: { mlm: true },
    DatasetConfig: { shuffle_dataset: true, train_test_split: 1 },
  }
  const quantization = {
    lora: { load_in_4bit: false },
    qlora: {
      load_in_4bit: true,
      bnb_4bit_quant_type: 'nf4',
      bnb_4bit_compute_dtype: 'bfloat16',
      bnb_4bit_use_double_quant: true,
    },
  }
  for (const method of ['lora', 'qlora'] as const)
    it(`of ${method} are upstream’s`, () =>
      assert.deepEqual(parse(TUNING_SETTINGS[method]), {
        training_config: { ...common, QuantizationConfig: quantization[method] },
      }))
})
