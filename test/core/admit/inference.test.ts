// What is injected for inference, case by case: the user's own server, weights, secrets, the older revision, existing
// nodes only, StatefulSets. The command's flags: test/core/template/command.test.ts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { asDenied, asPlanned, create, injected, messagesOf } from './admission.ts'
import { at } from './json-tree.ts'
import { containerOf, makeWorkload, podOf, templateOf, type WorkloadParts } from './make-workload.ts'

function fill(parts: WorkloadParts = {}): {
  container: JsonObject
  pod: JsonObject
  warnings: readonly string[]
} {
  const { result, warnings } = asPlanned(create(makeWorkload(parts)))
  return { container: containerOf(result), pod: podOf(result), warnings }
}

/** The entries of a list by one of their fields. */
function byKey(list: Json | undefined, key: string): Readonly<Record<string, JsonObject>> {
  const entries = Array.isArray(list) ? (list as readonly Json[]).filter(isObject) : []
  return Object.fromEntries(entries.map(entry => [String(entry[key] as string | number), entry]))
}

/** The part of the command that the shell runs. */
function commandOf(container: JsonObject): string {
  const text = at(container, ['command', 2])
  return typeof text === 'string' ? text : ''
}

/** Where these weights end up. */
function mounted(weights: string): Readonly<Record<'mount' | 'volume', JsonObject | undefined>> & {
  command: string
  env: ReturnType<typeof byKey>
} {
  const { container, pod } = fill({ annotations: { weights } })
  return {
    command: commandOf(container),
    env: byKey(container['env'], 'name'),
    mount: byKey(container['volumeMounts'], 'mountPath')['/workspace/weights'],
    volume: byKey(pod['volumes'], 'name')['kaito-weights'],
  }
}

describe('the smallest workload', () => {
  const { container, pod } = fill()

  it('gets the whole container', () => {
    assert.deepEqual(Object.keys(container), [
      'name',
      'image',
      'command',
      'ports',
      'resources',
      'startupProbe',
      'livenessProbe',
      'readinessProbe',
      'lifecycle',
      'env',
      'volumeMounts',
    ])
    assert.deepEqual(container['ports'], [{ containerPort: 5000, name: 'http', protocol: 'TCP' }])
    assert.deepEqual(container['resources'], {
      limits: { 'nvidia.com/gpu': '1' },
      requests: { 'nvidia.com/gpu': '1' },
    })
    assert.deepEqual(container['lifecycle'], { preStop: { sleep: { seconds: 15 } } })
    assert.deepEqual((container['command'] as readonly string[]).toSpliced(2, 1), ['/bin/sh', '-c', '--'])
    assert.match(commandOf(container), /^exec python3 \/workspace\/vllm\/inference_api\.py .* "\$@"$/)
  })

  it('is probed on /health with upstream’s budget, never by its benchmark', () => {
    const httpGet = { path: '/health', port: 5000, scheme: 'HTTP' }
    const usual = { periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1 }
    assert.deepEqual(container['startupProbe'], { httpGet, ...usual, failureThreshold: 180 })
    assert.deepEqual(container['livenessProbe'], { httpGet, ...usual, failureThreshold: 3 })
    assert.deepEqual(container['readinessProbe'], {
      httpGet,
      ...usual,
      initialDelaySeconds: 30,
      failureThreshold: 3,
    })
  })

  it('gets volumes, tolerations, the gate and a minute of grace', () => {
    assert.deepEqual(pod['volumes'], [
      { name: 'kaito-dshm', emptyDir: { medium: 'Memory' } },
      { name: 'kaito-weights', emptyDir: {} },
    ])
    assert.deepEqual(pod['tolerations'], [
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
    ])
    assert.deepEqual(pod['schedulingGates'], [{ name: 'kaito.sh/waiting-for-node' }])
    assert.equal(pod['terminationGracePeriodSeconds'], 60)
    assert.equal(pod['affinity'], undefined)
  })

  it('gets labels, the placement, and a rollout that needs no spare node', () => {
    const result = injected(makeWorkload())
    assert.deepEqual(at(templateOf(result), ['metadata', 'labels']), {
      app: 'phi',
      'kaito.sh/workload': 'deployment-phi',
      'kaito.sh/model': 'phi-4-mini-instruct',
    })
    const placement = JSON.parse(
      at(templateOf(result), ['metadata', 'annotations', 'kaito.sh/placement']) as string,
    ) as JsonObject
    assert.deepEqual(Object.keys(placement), [
      'v',
      'instanceTypes',
      'ordered',
      'gpusPerPod',
      'nodesPerReplica',
      'provisioning',
      'storageGiB',
    ])
    assert.deepEqual(at(result, ['spec', 'strategy']), { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } })
    assert.equal(at(result, ['spec', 'progressDeadlineSeconds']), 1200 + 1800 + 600)
  })

  it('passes Pod Security baseline: no host paths, nothing privileged', () => {
    assert.doesNotMatch(
      JSON.stringify(
        podOf(
          injected(
            makeWorkload({ annotations: { preset: 'glm-5.2-fp8', 'bypass-resource-checks': 'true' } }),
          ),
        ),
      ),
      /hostPath|privileged|hostNetwork|hostIPC|hostPID|capabilities/,
    )
  })

  for (const template of [
    undefined,
    null,
    {},
    { metadata: { labels: { app: 'x' } } },
    { spec: {} },
    { spec: { containers: [] } },
    { spec: { containers: null } },
  ]) {
    it(`is the same from the template ${JSON.stringify(template)}`, () => {
      const object = makeWorkload()
      const given = { ...object, spec: template === undefined ? {} : { template } } as JsonObject
      assert.deepEqual(containerOf(injected(given)), container)
    })
  }
})

describe('rollout parameters', () => {
  const strategies: readonly JsonObject[] = [
    { type: 'Recreate' },
    { rollingUpdate: { maxSurge: 1 } },
    { rollingUpdate: { maxUnavailable: '25%', maxSurge: 0 } },
  ]
  for (const strategy of strategies)
    it(`stay as the user has them: ${JSON.stringify(strategy)}`, () => {
      const result = injected(makeWorkload({ spec: { strategy, progressDeadlineSeconds: 90 } }))
      assert.deepEqual(at(result, ['spec', 'strategy']), strategy)
      assert.equal(at(result, ['spec', 'progressDeadlineSeconds']), 90)
    })

  it('allow for a large model’s start-up', () => {
    const annotations = { preset: 'llama-3.3-70b-instruct', 'model-access-secret': 'hf' }
    const result = injected(makeWorkload({ annotations }))
    const failures = at(containerOf(result), ['startupProbe', 'failureThreshold']) as number
    assert.ok(failures > 180)
    const beyondStartup = (at(result, ['spec', 'progressDeadlineSeconds']) as number) - 10 * failures
    assert.ok(beyondStartup > 1200 + 600 - 10 && beyondStartup <= 1200 + 600)
  })
})

describe('labels of a long name', () => {
  it('end in a hash and stay distinct', () => {
    const labels = ['a', 'b'].map(last => {
      const result = injected(makeWorkload({ name: `${'long-'.repeat(20)}${last}` }))
      return at(templateOf(result), ['metadata', 'labels', 'kaito.sh/workload']) as string
    })
    for (const label of labels) assert.match(label, /^deployment-long-[a-z0-9-]*[a-z0-9]-[0-9a-f]{8}$/)
    for (const label of labels) assert.ok(label.length <= 63)
    assert.notEqual(labels[0], labels[1])
  })
})

describe('the user’s own server', () => {
  const image = 'registry.example/team/server:7'

  it('keeps image, command, probes, port and drain, gets GPUs, gate and volumes, and a warning says so', () => {
    const { container, pod, warnings } = fill({ container: { image } })
    assert.equal(container['image'], image)
    for (const field of ['command', 'ports', 'startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle'])
      assert.equal(container[field], undefined, field)
    assert.equal(pod['terminationGracePeriodSeconds'], undefined)
    assert.deepEqual(at(container, ['resources', 'limits', 'nvidia.com/gpu']), '1')
    assert.ok(Object.hasOwn(byKey(pod['schedulingGates'], 'name'), 'kaito.sh/waiting-for-node'))
    assert.ok(
      warnings.some(warning =>
        warning.includes(
          'container model keeps its own image: command, probes, port and drain are left alone',
        ),
      ),
    )
  })

  it('gets tokens and a claim for weights, which any server may use', () => {
    const annotations = { 'model-access-secret': 'hf', weights: 'pvc:cache' }
    const { container, pod } = fill({ annotations, container: { image } })
    assert.deepEqual(byKey(container['env'], 'name')['HF_TOKEN'], {
      name: 'HF_TOKEN',
      valueFrom: { secretKeyRef: { name: 'hf', key: 'HF_TOKEN' } },
    })
    assert.deepEqual(byKey(pod['volumes'], 'name')['kaito-weights'], {
      name: 'kaito-weights',
      persistentVolumeClaim: { claimName: 'cache' },
    })
  })

  it('is the preset’s where runtime is given: a private build with KAITO’s layout', () => {
    const { container, warnings } = fill({ annotations: { runtime: 'vllm' }, container: { image } })
    assert.equal(container['image'], image)
    assert.match(commandOf(container), /inference_api\.py/)
    assert.ok(!warnings.some(warning => warning.includes('own image')))
  })

  it('is the preset’s where the image is, by repository: another tag, and its revision', () => {
    const newer = fill({ container: { image: 'mcr.microsoft.com/aks/kaito/kaito-base:9.9.9' } })
    assert.match(commandOf(newer.container), /--download-dir/)
    const older = fill({ container: { image: 'mcr.microsoft.com/aks/kaito/kaito-phi-4-mini-instruct:0.9' } })
    assert.match(commandOf(older.container), /--kaito-config-file=/)
    assert.doesNotMatch(commandOf(older.container), /--download-dir/)
  })

  it('with a command of its own keeps it, and is told that the flags are not used', () => {
    const { container, warnings } = fill({ container: { command: ['python3', 'x.py'], args: ['--a'] } })
    assert.deepEqual([container['command'], container['args']], [['python3', 'x.py'], ['--a']])
    assert.ok(warnings.includes("container model keeps its own command: the preset's flags are not used"))
  })

  it('with args only keeps them behind the generated command', () => {
    const { container } = fill({ container: { args: ['--max-num-seqs=8'] } })
    assert.deepEqual(container['args'], ['--max-num-seqs=8'])
    assert.ok(commandOf(container).endsWith('"$@"'))
  })

  it('named `http` elsewhere leaves that name to the user', () => {
    const { container } = fill({ container: { ports: [{ containerPort: 80, name: 'http' }] } })
    assert.deepEqual(byKey(container['ports'], 'containerPort')['5000']?.['name'], 'kaito-http')
  })
})

describe('sidecars', () => {
  it('are left exactly as they are', () => {
    const sidecars = [{ name: 'istio-proxy', image: 'istio:1', env: [{ name: 'X', value: '1' }], xNew: true }]
    const result = injected(makeWorkload({ sidecars }))
    assert.deepEqual(containerOf(result, 'istio-proxy'), sidecars[0])
    assert.equal((podOf(result)['containers'] as readonly Json[]).length, 2)
  })
})

describe('a container with an unhappy name', () => {
  for (const name of ['env', 'ports', 'volumes', 'containers', 'constructor'])
    it(`${name} is filled like any other, and emptied again`, () => {
      const object = makeWorkload({ pod: { containers: [{ name }] } })
      const { result, plan } = asPlanned(create(object))
      assert.equal(at(containerOf(result, name), ['resources', 'limits', 'nvidia.com/gpu']), '1')
      assert.deepEqual(uninject(DEPLOYMENT, result, plan.added).result, object)
    })
})

describe('the GPU number of the user', () => {
  it('fixes the GPUs of the pod, and parallelism follows from it', () => {
    const parts = { annotations: { preset: 'phi-4', 'instance-type': 'Standard_NC48ads_A100_v4' } }
    const { plan, result } = asPlanned(
      create(makeWorkload({ ...parts, container: { resources: { limits: { 'nvidia.com/gpu': 2 } } } })),
    )
    assert.equal(plan.gpusPerPod, 2)
    assert.deepEqual(plan.parallelism, { tensor: 1, pipeline: 1, data: 2 })
    assert.deepEqual(at(containerOf(result), ['resources']), {
      limits: { 'nvidia.com/gpu': 2 },
      requests: { 'nvidia.com/gpu': '2' },
    })
  })

  it('is refused with the numbers that work, where it is too few', () => {
    const annotations = { preset: 'llama-3.3-70b-instruct', 'instance-type': 'Standard_NC96ads_A100_v4' }
    const denied = asDenied(
      create(makeWorkload({ annotations, container: { resources: { limits: { 'nvidia.com/gpu': '1' } } } })),
    )
    assert.equal(denied.errors[0]?.field, 'spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]')
    assert.match(messagesOf(denied)[0] ?? '', /Invalid value: "1": .*numbers of GPUs that work there: 4$/)
  })

  it('is refused where it exceeds the node', () => {
    const annotations = { 'instance-type': 'Standard_NC24ads_A100_v4' }
    const denied = asDenied(
      create(makeWorkload({ annotations, container: { resources: { limits: { 'nvidia.com/gpu': '2' } } } })),
    )
    assert.equal(denied.errors[0]?.code, 'InvalidGpuCount')
  })
})

describe('weights', () => {
  it('in a claim are downloaded there and kept', () => {
    const { command, env, mount, volume } = mounted('pvc:cache')
    assert.deepEqual(mount, { mountPath: '/workspace/weights', name: 'kaito-weights' })
    assert.deepEqual(volume, { name: 'kaito-weights', persistentVolumeClaim: { claimName: 'cache' } })
    assert.match(command, /--download-dir=\/workspace\/weights .*--model=microsoft\/phi-4-mini-instruct/)
    assert.equal(env['HF_HUB_OFFLINE'], undefined)
  })

  it('in a folder of a claim are served read-only and offline', () => {
    const { command, env, mount, volume } = mounted('pvc:models/phi/4')
    assert.deepEqual(mount, {
      mountPath: '/workspace/weights',
      name: 'kaito-weights',
      readOnly: true,
      subPath: 'phi/4',
    })
    assert.deepEqual(volume, {
      name: 'kaito-weights',
      persistentVolumeClaim: { claimName: 'models', readOnly: true },
    })
    assert.match(command, /--model=\/workspace\/weights /)
    assert.doesNotMatch(command, /--download-dir/)
    assert.equal(env['HF_HUB_OFFLINE']?.['value'], '1')
  })

  it('of kaito-0.4 are in the image', () => {
    const denied = asDenied(create(makeWorkload({ annotations: { preset: 'phi-2', weights: 'pvc:cache' } })))
    assert.deepEqual(messagesOf(denied), [
      'metadata.annotations[kaito.sh/weights]: Forbidden: images of revision kaito-0.4 bring their weights or load them by themselves',
    ])
  })

  it('mounted by the user at the same path are the user’s', () => {
    const own = { name: 'own', mountPath: '/workspace/weights' }
    const { container, pod } = fill({
      container: { volumeMounts: [own] },
      pod: { volumes: [{ name: 'own', emptyDir: {} }] },
    })
    assert.deepEqual(byKey(container['volumeMounts'], 'mountPath')['/workspace/weights'], own)
    assert.equal(byKey(pod['volumes'], 'name')['kaito-weights'], undefined)
  })
})

describe('secrets and settings', () => {
  it('come by reference: token, key, ConfigMap', () => {
    const annotations = { 'model-access-secret': 'hf', 'api-key-secret': 'key', config: 'settings' }
    const { container, pod } = fill({ annotations })
    const env = byKey(container['env'], 'name')
    assert.deepEqual(env['VLLM_API_KEY']?.['valueFrom'], { secretKeyRef: { name: 'key', key: 'API_KEY' } })
    assert.deepEqual(env['HF_TOKEN']?.['valueFrom'], { secretKeyRef: { name: 'hf', key: 'HF_TOKEN' } })
    assert.match(commandOf(container), /--kaito-config-file=\/mnt\/config\/inference_config\.yaml/)
    assert.deepEqual(byKey(pod['volumes'], 'name')['kaito-config'], {
      name: 'kaito-config',
      configMap: { name: 'settings', defaultMode: 420 },
    })
  })

  it('max-model-len enters the command', () => {
    assert.match(
      commandOf(fill({ annotations: { 'max-model-len': '8192' } }).container),
      /--max-model-len=8192 /,
    )
    assert.match(commandOf(fill().container), /--max-model-len=auto /)
  })

  it('the CUDA toolkit is unpacked into an emptyDir by an init container of the same image', () => {
    const annotations = { preset: 'glm-5.2-fp8', 'bypass-resource-checks': 'true' }
    const { container, pod } = fill({ annotations })
    const init = byKey(pod['initContainers'], 'name')['kaito-cuda-toolkit']
    assert.equal(init?.['image'], container['image'])
    assert.deepEqual(byKey(pod['volumes'], 'name')['kaito-cuda-toolkit'], {
      name: 'kaito-cuda-toolkit',
      emptyDir: {},
    })
    assert.equal(byKey(container['env'], 'name')['CUDA_HOME']?.['value'], '/opt/kaito/cuda/129')
  })
})

describe('revision kaito-0.4', () => {
  const preset = 'phi-3-mini-4k-instruct@kaito-0.4'

  it('is given the config file that it always reads, by the downward API', () => {
    const { container, pod } = fill({ annotations: { preset } })
    assert.match(commandOf(container), /--kaito-config-file=\/mnt\/config\/inference_config\.yaml/)
    assert.deepEqual(byKey(pod['volumes'], 'name')['kaito-config'], {
      name: 'kaito-config',
      downwardAPI: {
        defaultMode: 420,
        items: [
          {
            path: 'inference_config.yaml',
            fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['kaito.sh/placement']" },
          },
        ],
      },
    })
    assert.equal(byKey(pod['volumes'], 'name')['kaito-weights'], undefined)
  })

  it('takes the user’s ConfigMap where there is one', () => {
    const { pod } = fill({ annotations: { preset, config: 'settings' } })
    assert.deepEqual(byKey(pod['volumes'], 'name')['kaito-config']?.['configMap'], {
      name: 'settings',
      defaultMode: 420,
    })
  })

  it('gives an own server nothing to read', () => {
    const { pod } = fill({ annotations: { preset }, container: { image: 'own:1' } })
    assert.deepEqual(Object.keys(byKey(pod['volumes'], 'name')), ['kaito-dshm'])
  })

  it('needs no such file on transformers', () => {
    const { container, pod } = fill({ annotations: { preset, runtime: 'transformers' } })
    assert.match(commandOf(container), /^exec accelerate launch /)
    assert.deepEqual(Object.keys(byKey(pod['volumes'], 'name')), ['kaito-dshm'])
  })

  it('runs on a V100, where the newer one does not', () => {
    const denied = asDenied(
      create(
        makeWorkload({
          annotations: { preset: 'phi-3-mini-4k-instruct@kaito-0.12', 'instance-type': 'Standard_NC6s_v3' },
        }),
      ),
    )
    assert.equal(denied.errors[0]?.code, 'DoesNotFit')
    const { plan } = asPlanned(
      create(
        makeWorkload({
          annotations: { preset: 'phi-3-mini-4k-instruct', 'instance-type': 'Standard_NC6s_v3' },
        }),
      ),
    )
    assert.equal(plan.revision, 'kaito-0.4')
  })
})

describe('provisioning none', () => {
  const annotations = { provisioning: 'none' }
  const TERMS = [
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  ]

  it('has no gate, and node affinity over instance types or the labels of GPU feature discovery', () => {
    const { pod } = fill({ annotations })
    assert.equal(pod['schedulingGates'], undefined)
    const terms = at(pod, TERMS) as readonly JsonObject[]
    const keys = terms.map(term =>
      (term['matchExpressions'] as readonly JsonObject[]).map(
        ({ key, operator }) => `${key as string} ${operator as string}`,
      ),
    )
    assert.deepEqual(keys[0], ['node.kubernetes.io/instance-type In'])
    assert.ok(keys.length > 1)
    for (const [count, memory, major] of keys.slice(1)) {
      assert.deepEqual([count, memory], ['nvidia.com/gpu.count Gt', 'nvidia.com/gpu.memory Gt'])
      assert.match(major ?? '', /compute\.major Gt$/)
    }
  })

  it('merges its tolerations behind the user’s, each once', () => {
    const own = { key: 'spot', operator: 'Exists' }
    const sku = { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }
    const { pod } = fill({ annotations, pod: { tolerations: [own, sku] } })
    assert.deepEqual(pod['tolerations'], [
      own,
      sku,
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ])
  })

  it('lets every term of the user hold too', () => {
    const zone = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['1'] }] }
    const field = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [zone, field] } },
    }
    const terms = at(fill({ annotations, pod: { affinity } }).pod, TERMS) as readonly JsonObject[]
    const ours = (at(fill({ annotations }).pod, TERMS) as readonly JsonObject[]).length
    assert.equal(terms.length, 2 * ours)
    for (const term of terms.slice(0, ours))
      assert.deepEqual(at(term, ['matchExpressions', 0, 'key']), 'zone')
    for (const term of terms.slice(ours)) assert.deepEqual(term['matchFields'], field.matchFields)
  })

  it('touches no list of the user where a gate does it later', () => {
    const tolerations = [{ key: 'spot', operator: 'Exists' }]
    assert.deepEqual(fill({ pod: { tolerations } }).pod['tolerations'], tolerations)
  })
})

describe('a StatefulSet', () => {
  it('gets the pods, and no rollout of a Deployment', () => {
    const result = injected(makeWorkload({ kind: 'StatefulSet' }))
    assert.deepEqual(Object.keys(result['spec'] as JsonObject), ['selector', 'template'])
    assert.equal(at(templateOf(result), ['metadata', 'labels', 'kaito.sh/workload']), 'statefulset-phi')
  })
})
