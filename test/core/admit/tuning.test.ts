// Fine-tuning: what a trainer's pod gets for every input, output, method and revision, what is refused, and the laws of
// injection on all of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { listAt, objectAt, stringAt, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import { PLAN_MAX_BYTES } from '../../../src/core/api/plan.ts'
import { valueAt } from '../../../src/core/patch/locate.ts'
import { workloadKindOf } from '../../../src/core/workload/kinds.ts'
import {
  asDenied,
  asPlanned,
  CONTEXT,
  create,
  IMAGE_VOLUMES,
  messagesOf,
  update,
  validate,
} from './admission.ts'
import { defaulted } from './api-server.ts'
import { asObject } from './json-tree.ts'
import {
  containerOf,
  makeCronJob,
  makeWorkload,
  planText,
  podOf,
  withAnnotations,
  type WorkloadParts,
} from './make-workload.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

interface Way {
  readonly annotations: Readonly<Record<string, string>>
  readonly volumes: readonly JsonObject[]
}
const URL = 'https://data.example/a.parquet?download=true'
const INPUTS: Readonly<Record<string, Way>> = {
  urls: { annotations: { 'tuning-input-urls': `${URL}\nhttps://data.example/b.csv` }, volumes: [] },
  image: { annotations: { 'tuning-input-image': 'registry.example/data:1' }, volumes: [] },
  volume: { annotations: {}, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'd' } }] },
}
const OUTPUTS: Readonly<Record<string, Way>> = {
  image: {
    annotations: {
      'tuning-output-image': 'registry.example/tone:1',
      'tuning-output-image-push-secret': 'push',
    },
    volumes: [],
  },
  volume: { annotations: {}, volumes: [{ name: 'results', persistentVolumeClaim: { claimName: 'r' } }] },
}

function makeTuning(input: Way, output: Way, parts: WorkloadParts = {}): WorkloadParts {
  const annotations = { 'tuning-method': 'lora', 'instance-type': 'Standard_NC24ads_A100_v4' }
  const volumes = [...input.volumes, ...output.volumes]
  return {
    kind: 'Job',
    ...parts,
    annotations: { ...annotations, ...input.annotations, ...output.annotations, ...parts.annotations },
    pod: { ...(volumes.length === 0 ? {} : { volumes }), ...parts.pod },
  }
}

const [URLS, IMAGE, DATA] = [INPUTS['urls'], INPUTS['image'], INPUTS['volume']] as [Way, Way, Way]
const [PUSH, RESULTS] = [OUTPUTS['image'], OUTPUTS['volume']] as [Way, Way]

function injectedJob(parts: WorkloadParts, context = CONTEXT): JsonObject {
  return asPlanned(create(defaulted(makeWorkload(parts)), context)).result
}

function named(list: readonly Json[], name: string): JsonObject {
  return asObject(list.find(one => asObject(one ?? {})['name'] === name) ?? {})
}

function namesOf(list: readonly Json[]): readonly string[] {
  return list.map(one => stringAt(asObject(one ?? {}), 'name') ?? '')
}

function envOf(container: JsonObject): Readonly<Record<string, Json | undefined>> {
  return Object.fromEntries(
    listAt(container, 'env').map(one => [
      stringAt(asObject(one ?? {}), 'name'),
      asObject(one ?? {})['value'],
    ]),
  )
}

describe('a tuning job', () => {
  for (const method of ['lora', 'qlora'])
    for (const [input, from] of Object.entries(INPUTS))
      for (const [output, to] of Object.entries(OUTPUTS))
        for (const [revision, preset] of Object.entries({ '0.12': 'phi-4-mini-instruct', '0.4': 'phi-2' }))
          for (const context of [CONTEXT, IMAGE_VOLUMES]) {
            const parts = makeTuning(from, to, { annotations: { preset, 'tuning-method': method } })
            const mounts = context.facts.imageVolumes ? ', images mounted' : ''
            it(`${method}, ${input} to ${output}, kaito-${revision}${mounts}: keeps the laws`, () => {
              for (const object of [makeWorkload(parts), makeCronJob(parts)]) {
                const decision = asPlanned(create(object, context))
                const { operations, result, plan } = decision
                assert.deepEqual(patched(object, operations), result)
                assertInsideFootprint(object, operations)
                assert.ok(Buffer.byteLength(JSON.stringify(plan)) < PLAN_MAX_BYTES / 2)
                const kind = workloadKindOf(object)
                assert.ok(kind !== undefined)
                assert.deepEqual(uninject(kind, result, plan.added).result, object)
                assert.deepEqual(asPlanned(update(result, result, context)).operations, [])
                asPlanned(validate(result, context))
                assert.deepEqual(asPlanned(create(result, context)).result, result)
                const stored = asPlanned(create(defaulted(object), context)).result
                assert.deepEqual(asPlanned(update(stored, stored, context)).operations, [])
              }
            })
          }

  it('checks the push, brings weights and data, trains, and pushes, in this order', () => {
    const pod = podOf(injectedJob(makeTuning(URLS, PUSH)))
    assert.deepEqual(namesOf(listAt(pod, 'initContainers')), [
      'kaito-push-check',
      'kaito-tuning-weights',
      'kaito-data',
    ])
    assert.deepEqual(namesOf(listAt(pod, 'containers')), ['model', 'kaito-pusher'])
    assert.equal(pod['restartPolicy'], 'Never')
  })

  it('downloads nothing and pushes nothing where the user has volumes', () => {
    const pod = podOf(injectedJob(makeTuning(DATA, RESULTS, { annotations: { preset: 'phi-2' } })))
    assert.deepEqual(namesOf(listAt(pod, 'containers')), ['model'])
    assert.deepEqual(pod['initContainers'], undefined)
    const mounts = listAt(containerOf(injectedJob(makeTuning(DATA, RESULTS))), 'volumeMounts')
    assert.deepEqual(named(mounts, 'data')['mountPath'], '/mnt/data')
    assert.deepEqual(named(mounts, 'results')['mountPath'], '/mnt/results')
  })

  // KAITO v0.4.0 and v0.12.0 for this Workspace (phi-3-mini-128k-instruct, qlora, URLs, image), where the meaning is the same.
  for (const [revision, image] of Object.entries({
    'kaito-0.12': 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0',
    'kaito-0.4': 'mcr.microsoft.com/aks/kaito/kaito-phi-3-mini-128k-instruct:0.1.1',
  }))
    it(`trains as upstream does in ${revision}`, () => {
      const preset = `phi-3-mini-128k-instruct@${revision}`
      const job = injectedJob(makeTuning(URLS, PUSH, { annotations: { preset, 'tuning-method': 'qlora' } }))
      const container = containerOf(job)
      assert.equal(container['image'], image)
      assert.match(
        JSON.stringify(listAt(container, 'command').at(-2)),
        /^"cd \/workspace\/tfs\/ && python3 metrics_server\.py & exec accelerate launch --num_processes=1 \/workspace\/tfs\/fine_tuning\.py /,
      )
      const { DEFAULT_TARGET_MODULES, PYTORCH_CUDA_ALLOC_CONF } = envOf(container)
      assert.deepEqual(
        [DEFAULT_TARGET_MODULES, PYTORCH_CUDA_ALLOC_CONF],
        ['k_proj,q_proj,v_proj,o_proj,gate_proj,down_proj,up_proj', 'expandable_segments:True'],
      )
      const gpus = { 'nvidia.com/gpu': '1' }
      assert.deepEqual(container['resources'], { limits: gpus, requests: gpus })
      const paths = new Set(
        listAt(container, 'volumeMounts').map(mount => asObject(mount ?? {})['mountPath']),
      )
      for (const path of ['/mnt/config', '/mnt/results', '/mnt/data']) assert.ok(paths.has(path), path)
      assert.equal(paths.has('/workspace/weights'), revision === 'kaito-0.12')
      const weights = named(listAt(podOf(job), 'initContainers'), 'kaito-tuning-weights')
      assert.deepEqual(
        weights['command'],
        revision === 'kaito-0.4'
          ? undefined
          : [
              'oras',
              'pull',
              'mcr.microsoft.com/aks/kaito/kaito-phi-3-mini-128k-instruct:0.2.0',
              '-o',
              '/workspace/weights',
            ],
      )
      const config = named(listAt(podOf(job), 'volumes'), 'kaito-config')
      assert.equal(objectAt(config, 'configMap')['name'], 'kaito-tuning-qlora')
      assert.equal(objectAt(job, 'spec')['backoffLimit'], 0)
    })

  it('starts a process for each GPU', () => {
    const job = injectedJob(
      makeTuning(DATA, RESULTS, { annotations: { 'instance-type': 'Standard_NC48ads_A100_v4' } }),
    )
    assert.match(JSON.stringify(containerOf(job)['command']), /--num_processes=2 /)
    assert.equal(objectAt(objectAt(containerOf(job), 'resources'), 'limits')['nvidia.com/gpu'], '2')
  })

  it('shows the push secret to nobody but check and pusher', () => {
    const pod = podOf(injectedJob(makeTuning(URLS, PUSH)))
    const all = [...listAt(pod, 'initContainers'), ...listAt(pod, 'containers')].map(one =>
      asObject(one ?? {}),
    )
    const holders = all.filter(one => JSON.stringify(one['volumeMounts']).includes('kaito-push-secret'))
    assert.deepEqual(namesOf(holders), ['kaito-push-check', 'kaito-pusher'])
    assert.equal(pod['imagePullSecrets'], undefined)
    assert.doesNotMatch(JSON.stringify(pod), /privileged|hostPath|hostNetwork|securityContext":\{"c/)
  })

  it('says in every container why it failed', () => {
    const pod = podOf(injectedJob(makeTuning(URLS, PUSH)))
    for (const one of [...listAt(pod, 'initContainers'), ...listAt(pod, 'containers')])
      assert.equal(asObject(one ?? {})['terminationMessagePolicy'], 'FallbackToLogsOnError')
  })

  it('hands URLs over as they are, though Kubernetes expands variables', () => {
    const urls = {
      annotations: { 'tuning-input-urls': 'https://data.example/a.csv?s=$(HOME)$$' },
      volumes: [],
    }
    const data = named(listAt(podOf(injectedJob(makeTuning(urls, RESULTS))), 'initContainers'), 'kaito-data')
    assert.equal(envOf(data)['DATA_URLS'], 'https://data.example/a.csv?s=$$(HOME)$$$$')
  })

  it('takes settings, secret and ready weights of the user', () => {
    const annotations = { config: 'mine', 'model-access-secret': 'hf', weights: 'pvc:models/phi' }
    const job = injectedJob(makeTuning(DATA, RESULTS, { annotations }))
    const volumes = listAt(podOf(job), 'volumes')
    assert.equal(objectAt(named(volumes, 'kaito-config'), 'configMap')['name'], 'mine')
    assert.deepEqual(
      objectAt(named(volumes, 'kaito-weights'), 'persistentVolumeClaim')['claimName'],
      'models',
    )
    assert.equal(podOf(job)['initContainers'], undefined)
    assert.ok('HF_TOKEN' in envOf(containerOf(job)))
  })

  it('is planned anew where its CronJob gets another volume, and refused where a Job does', () => {
    const [before, after] = [makeTuning(URLS, RESULTS), makeTuning(DATA, RESULTS)]
    const cron = asPlanned(create(makeCronJob(before))).result
    const again = asPlanned(update(makeCronJob(after), cron))
    assert.equal(again.reasons[0]?.code, 'Replanned')
    assert.doesNotMatch(JSON.stringify(again.result), /curl/)
    const job = asPlanned(create(makeWorkload(before))).result
    const denied = asDenied(update(withAnnotations(job, { 'kaito.sh/tuning-method': 'qlora' }), job))
    assert.match(messagesOf(denied).join('\n'), /spec\.template: Forbidden: a Job's pods cannot change/)
  })

  it('arrives complete from its CronJob', () => {
    const cron = asPlanned(create(defaulted(makeCronJob(makeTuning(URLS, PUSH))))).result
    const template = asObject(valueAt(cron, ['spec', 'jobTemplate']) ?? {})
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'phi', uid: 'u', controller: true }
    const metadata = { ...objectAt(template, 'metadata'), name: 'phi-1', ownerReferences: [owner] }
    const job = { ...template, apiVersion: 'batch/v1', kind: 'Job', metadata }
    const { result } = asPlanned(create(job))
    assert.deepEqual(podOf(result), podOf(job))
    assert.notEqual(planText(result), '')
  })

  it('warns where a named type has less memory than upstream tunes it with', () => {
    const annotations = { preset: 'phi-3-mini-128k-instruct', 'instance-type': 'Standard_NC6s_v3' }
    const { plan, warnings } = asPlanned(create(makeWorkload(makeTuning(URLS, PUSH, { annotations }))))
    assert.equal(plan.revision, 'kaito-0.4')
    assert.match(warnings.join('\n'), /Standard_NC6s_v3 has 1 GPU of 16 GiB .* 72 GiB of memory/)
  })
})

describe('a webhook that rewrites images to mirrors', () => {
  const whole = asPlanned(create(makeWorkload(makeTuning(URLS, PUSH)))).result
  for (const image of ['ghcr.io/oras-project/oras', 'docker.io/curlimages/curl', 'mcr.microsoft.com/oss'])
    it(`may choose another place for ${image}`, () => {
      const mirror = `registry.local/mirror${image.slice(image.indexOf('/'))}`
      const mirrored = JSON.parse(JSON.stringify(whole).replaceAll(`"${image}`, `"${mirror}`)) as JsonObject
      assert.match(JSON.stringify(mirrored), /registry\.local/)
      assert.deepEqual(podOf(asPlanned(create(mirrored)).result), podOf(mirrored))
      asPlanned(validate(asPlanned(create(mirrored)).result))
    })
})

describe('a tuning job is refused', () => {
  const table: readonly (readonly [name: string, parts: WorkloadParts, want: RegExp])[] = [
    [
      'without data',
      makeTuning({ annotations: {}, volumes: [] }, RESULTS),
      /tuning-input-urls\]: Required value: exactly one of/,
    ],
    [
      'without a place for the adapter',
      makeTuning(DATA, { annotations: {}, volumes: [] }),
      /tuning-output-image\]: Required value: exactly one of/,
    ],
    [
      'with URLs and an image',
      makeTuning({ ...URLS, annotations: { ...URLS.annotations, ...IMAGE.annotations } }, RESULTS),
      /tuning-input-image\]: Forbidden: kaito\.sh\/tuning-input-urls is set/,
    ],
    [
      'with an image and a volume of data',
      makeTuning({ ...IMAGE, volumes: DATA.volumes }, RESULTS),
      /tuning-input-image\]: Forbidden: the pod template has a volume named "data"/,
    ],
    [
      'with two places for the adapter',
      makeTuning(DATA, { ...PUSH, volumes: RESULTS.volumes }),
      /tuning-output-image\]: Forbidden: the pod template has a volume named "results"/,
    ],
    [
      'without a push secret',
      makeTuning(DATA, { annotations: { 'tuning-output-image': 'a.example/b:1' }, volumes: [] }),
      /push-secret\]: Required value/,
    ],
    [
      'with a push secret for nothing',
      makeTuning(DATA, { ...RESULTS, annotations: { 'tuning-output-image-push-secret': 's' } }),
      /push-secret\]: Forbidden: only together with kaito\.sh\/tuning-output-image/,
    ],
    [
      'without a method',
      makeTuning(DATA, RESULTS, { annotations: { 'tuning-method': undefined, 'tuning-input-urls': URL } }),
      /^[^\n]*tuning-input-urls\]: Forbidden: only together with kaito\.sh\/tuning-method$/,
    ],
    [
      'with adapters',
      makeTuning(DATA, RESULTS, { annotations: { adapters: '[]' } }),
      /adapters\]: Forbidden/,
    ],
    [
      'with weights that are still to be downloaded',
      makeTuning(DATA, RESULTS, { annotations: { weights: 'pvc:cache' } }),
      /weights\]: Forbidden: tuning reads ready weights/,
    ],
    [
      'with a command',
      makeTuning(DATA, RESULTS, { container: { command: ['x'] } }),
      /containers\[0\]\.command: Forbidden: the trainer/,
    ],
    [
      'with a foreign image',
      makeTuning(DATA, RESULTS, { container: { image: 'own:1' } }),
      /containers\[0\]\.image: Forbidden: is not the preset's/,
    ],
    [
      'with something else where its data are',
      makeTuning(URLS, RESULTS, { container: { volumeMounts: [{ name: 'x', mountPath: '/mnt/data/' }] } }),
      /volumeMounts: Forbidden: \/mnt\/data is the trainer's/,
    ],
    [
      'for a preset that cannot be tuned',
      makeTuning(DATA, RESULTS, { annotations: { preset: 'llama-3.1-8b-instruct' } }),
      /preset\]: Unsupported value: "llama-3\.1-8b-instruct": cannot be fine-tuned; supported values: "falcon-40b", .*"phi-4"/,
    ],
    [
      'for a revision that cannot be tuned',
      makeTuning(DATA, RESULTS, { annotations: { preset: 'falcon-7b-instruct' } }),
      /preset\]: Unsupported value/,
    ],
    [
      'on a type of another vendor',
      makeTuning(DATA, RESULTS, { annotations: { 'instance-type': 'g4ad.xlarge' } }),
      /instance-type\]: Invalid value/,
    ],
    [
      'with more GPUs than the type has',
      makeTuning(DATA, RESULTS, { container: { resources: { limits: { 'nvidia.com/gpu': 2 } } } }),
      /limits\[nvidia\.com\/gpu\]: Invalid value: "2": Standard_NC24ads_A100_v4 has 1 GPU, and a pod takes 2/,
    ],
  ]
  for (const [name, parts, want] of table)
    it(name, () => {
      const messages = messagesOf(asDenied(create(makeWorkload(parts))))
      assert.equal(messages.length, 1, messages.join('\n'))
      assert.match(messages[0] ?? '', want)
    })

  it('with the user’s own build of the image only where that is said', () => {
    const own = makeTuning(DATA, RESULTS, {
      container: { image: 'own:1' },
      annotations: { runtime: 'transformers' },
    })
    assert.match(
      JSON.stringify(containerOf(injectedJob(own))),
      /fine_tuning\.py.*"image":"own:1"|"image":"own:1".*fine_tuning\.py/,
    )
  })
})

describe('every preset', () => {
  const tunable = CONTEXT.catalogue.presets.filter(({ revisions }) =>
    revisions.some(({ tuning }) => tuning !== undefined),
  )

  // KAITO v0.4.6 (SupportTuning in presets/workspace/models/*/model.go) and v0.12.0 (transformer_runtime_tuning_parameters.go),
  // but mistral-7b under the name that both have.
  const UPSTREAMS = [
    'falcon-40b',
    'falcon-7b',
    'mistral-7b-v0.3',
    'phi-2',
    'phi-3-medium-128k-instruct',
    'phi-3-medium-4k-instruct',
    'phi-3-mini-128k-instruct',
    'phi-3-mini-4k-instruct',
    'phi-3.5-mini-instruct',
    'phi-4',
    'phi-4-mini-instruct',
    'qwen2.5-coder-32b-instruct',
    'qwen2.5-coder-7b-instruct',
  ]

  it('that cannot be tuned is refused with the names of all that can', () => {
    const names = UPSTREAMS.map(name => JSON.stringify(name)).join(', ')
    for (const { name } of CONTEXT.catalogue.presets.filter(preset => !UPSTREAMS.includes(preset.name))) {
      const [message, ...others] = messagesOf(
        asDenied(create(makeWorkload(makeTuning(DATA, RESULTS, { annotations: { preset: name } })))),
      )
      assert.ok(message?.endsWith(`: cannot be fine-tuned; supported values: ${names}`), message)
      assert.deepEqual(others, [])
    }
  })

  it('that upstream tunes is tuned where auto finds a place, and no other', () => {
    assert.deepEqual(tunable.map(({ name }) => name).toSorted(), UPSTREAMS)
    for (const preset of CONTEXT.catalogue.presets) {
      const annotations = { preset: preset.name, 'instance-type': 'auto' }
      const decision = create(makeWorkload(makeTuning(DATA, RESULTS, { annotations })))
      assert.equal(decision.decision, tunable.includes(preset) ? 'Plan' : 'Deny', preset.name)
      if (decision.decision !== 'Plan') continue
      const { plan } = decision
      const spec = preset.revisions.find(({ name }) => name === plan.revision)?.tuning
      assert.ok(spec !== undefined)
      for (const name of plan.instanceTypes) {
        const type = CONTEXT.catalogue.instanceTypes.find(one => one.name === name)
        assert.ok((type?.gpuMemoryGiB ?? 0) * plan.gpusPerPod >= spec.totalGpuMemoryGiB, name)
        assert.ok(plan.gpusPerPod >= spec.gpuCount, name)
        assert.equal(type?.gpuCount, plan.gpusPerPod, name)
      }
    }
  })
})
