// LoRA adapters and weights from images, in both ways: mounted where the cluster mounts images, pulled by a container elsewhere.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { isObject, listAt, type JsonObject } from '../../../src/core/api/json.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import {
  asDenied,
  asPlanned,
  CONTEXT,
  create,
  IMAGE_VOLUMES,
  injected,
  messagesOf,
  update,
  validate,
} from './admission.ts'
import { defaulted } from './api-server.ts'
import { at } from './json-tree.ts'
import {
  containerOf,
  makeCronJob,
  makeWorkload,
  podOf,
  withAnnotations,
  type WorkloadParts,
} from './make-workload.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

const BASE = 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0'
const SKOPEO = 'mcr.microsoft.com/aks/skopeo:1.14.4-6'
const TONE = { name: 'tone', image: 'registry.example/tone:1' }
const LEGAL = { name: 'legal', image: 'registry.example/legal:latest', imagePullSecrets: ['legal', 'hub'] }
const MODES: Readonly<Record<string, AdmissionContext>> = { mounted: IMAGE_VOLUMES, pulled: CONTEXT }

function withAdapters(adapters: readonly JsonObject[], parts: WorkloadParts = {}): JsonObject {
  const annotations = { adapters: JSON.stringify(adapters), ...parts.annotations }
  return makeWorkload({ ...parts, annotations })
}

function named(list: string, object: JsonObject): Readonly<Record<string, JsonObject>> {
  const entries = listAt(podOf(object), list).filter(isObject)
  return Object.fromEntries(entries.map(entry => [textAt(entry, ['name']), entry]))
}

function textAt(object: JsonObject, path: readonly (string | number)[]): string {
  const text = at(object, path)
  return typeof text === 'string' ? text : ''
}

function commandOf(object: JsonObject): string {
  return textAt(containerOf(object), ['command', 2])
}

/** A pull secret as a container of ours finds it. */
function secretSource(name: string, more: JsonObject = {}): JsonObject {
  return { secret: { name, items: [{ key: '.dockerconfigjson', path: `${name}.json` }], ...more } }
}

/** GiB that a node has to have for a pod. */
function storageOf(object: JsonObject): number {
  const path = ['spec', 'template', 'metadata', 'annotations', 'kaito.sh/placement']
  return (JSON.parse(textAt(object, path)) as { storageGiB: number }).storageGiB
}

/** The words behind the script of an init container. */
function wordsOf(container: JsonObject | undefined): readonly unknown[] {
  return listAt(container, 'command').slice(3)
}

describe('adapters', () => {
  for (const [mode, context] of Object.entries(MODES)) {
    describe(`of images that are ${mode}`, () => {
      const given = withAdapters([TONE, LEGAL], { pod: { imagePullSecrets: [{ name: 'team' }] } })
      const whole = injected(given, context)

      it('are brought by an init container each, into one volume that the server reads', () => {
        assert.deepEqual(Object.keys(named('initContainers', whole)), [
          'kaito-adapter-tone',
          'kaito-adapter-legal',
        ])
        const mounts = listAt(containerOf(whole), 'volumeMounts')
        assert.deepEqual(mounts.at(-1), { mountPath: '/mnt/adapter', name: 'kaito-adapters' })
        assert.deepEqual(named('volumes', whole)['kaito-adapters'], { name: 'kaito-adapters', emptyDir: {} })
        assert.deepEqual(wordsOf(named('initContainers', whole)['kaito-adapter-tone']).slice(-2), [
          '/mnt/adapter/tone',
          'adapter_config.json',
        ])
      })

      it('are served under their names', () => {
        assert.match(commandOf(whole), / --enable-lora /)
        assert.ok(asPlanned(create(given, context)).warnings.includes('clients also find models tone, legal'))
      })

      it('pass Pod Security baseline', () => {
        assert.doesNotMatch(JSON.stringify(podOf(whole)), /hostPath|privileged|hostNetwork|capabilities/)
      })

      it('are at rest once stored, undone exactly, and put back where a merge drops them', () => {
        const stored = defaulted(whole)
        assert.deepEqual(asPlanned(update(stored, stored, context)).operations, [])
        const { plan } = asPlanned(create(given, context))
        assert.deepEqual(uninject(DEPLOYMENT, whole, plan.added).result, given)
        assert.deepEqual(asPlanned(update(given, whole, context)).result, whole)
        asPlanned(validate(stored, context))
      })

      it('may be changed and removed on a live workload, which then is as if created so', () => {
        const next = [
          [TONE, LEGAL, { name: 'third', image: 'third:1' }],
          [LEGAL],
          [{ ...TONE, image: 'registry.example/tone:2' }],
          [],
        ]
        let live = defaulted(injected(withAdapters([TONE]), context))
        for (const adapters of next) {
          const object = withAnnotations(live, { 'kaito.sh/adapters': JSON.stringify(adapters) })
          const { operations, result } = asPlanned(update(object, live, context))
          assert.deepEqual(patched(object, operations), result)
          assertInsideFootprint(object, operations)
          const fresh = defaulted(injected(withAdapters(adapters), context))
          for (const list of ['initContainers', 'volumes', 'imagePullSecrets'])
            assert.deepEqual(named(list, result), named(list, fresh), list)
          assert.deepEqual(containerOf(result)['command'], containerOf(fresh)['command'])
          live = defaulted(result)
        }
        assert.doesNotMatch(JSON.stringify(podOf(live)), /adapter|enable-lora/)
      })

      it('stay as they are when the cluster learns, or forgets, to mount images', () => {
        const other = context === CONTEXT ? IMAGE_VOLUMES : CONTEXT
        const stored = defaulted(injected(defaulted(given), context))
        assert.deepEqual(asPlanned(update(stored, stored, other)).operations, [])
        const bare = asPlanned(update(defaulted(given), stored, other))
        assert.deepEqual(bare.result, stored)
        const again = asPlanned(update(withAnnotations(stored, { 'kaito.sh/replan': 'x' }), stored, other))
        assert.deepEqual(
          named('initContainers', again.result),
          named('initContainers', injected(given, other)),
        )
      })
    })
  }

  it('are mounted where the cluster does that: the image of the server copies, kubelet has the secrets', () => {
    const whole = injected(withAdapters([TONE, LEGAL]), IMAGE_VOLUMES)
    const container = named('initContainers', whole)['kaito-adapter-legal']
    assert.equal(container?.['image'], BASE)
    assert.deepEqual(container?.['volumeMounts'], [
      { mountPath: '/mnt/adapter', name: 'kaito-adapters' },
      { mountPath: '/kaito/image', name: 'kaito-adapter-legal', readOnly: true },
    ])
    assert.equal(wordsOf(container)[1], '/kaito/image/data')
    assert.deepEqual(named('volumes', whole)['kaito-adapter-legal'], {
      name: 'kaito-adapter-legal',
      image: { reference: LEGAL.image, pullPolicy: 'Always' },
    })
    assert.deepEqual(podOf(whole)['imagePullSecrets'], [{ name: 'legal' }, { name: 'hub' }])
  })

  it('are pulled elsewhere: skopeo, with all secrets mounted', () => {
    const whole = injected(
      withAdapters([TONE, LEGAL], { pod: { imagePullSecrets: [{ name: 'team' }, { name: 'hub' }] } }),
    )
    const container = named('initContainers', whole)['kaito-adapter-legal']
    assert.equal(container?.['image'], SKOPEO)
    assert.deepEqual(wordsOf(container).slice(1, 3), [LEGAL.image, 'data'])
    assert.deepEqual(named('volumes', whole)['kaito-pull-secrets'], {
      name: 'kaito-pull-secrets',
      projected: {
        sources: [secretSource('legal'), secretSource('hub'), secretSource('team', { optional: true })],
        defaultMode: 420,
      },
    })
    assert.deepEqual(podOf(whole)['imagePullSecrets'], [{ name: 'team' }, { name: 'hub' }])
  })

  it('follow the pod’s pull secrets, which a container of ours has to be given', () => {
    const given = withAdapters([TONE])
    const stored = defaulted(injected(given))
    const spec = stored['spec'] as { template: JsonObject }
    const pod = { ...podOf(stored), imagePullSecrets: [{ name: 'new' }] }
    const object = { ...stored, spec: { ...spec, template: { ...spec.template, spec: pod } } }
    const { result } = asPlanned(update(object, stored))
    assert.match(JSON.stringify(named('volumes', result)['kaito-pull-secrets']), /"new"/)
  })

  it('have their strength where the runtime takes one, else a warning', () => {
    const adapters = [
      { ...TONE, strength: 0.25 },
      { name: 'plain', image: 'plain:1' },
    ]
    const transformers = asPlanned(
      create(withAdapters(adapters, { annotations: { preset: 'phi-2', runtime: 'transformers' } })),
    )
    assert.deepEqual(containerOf(transformers.result)['env'], [{ name: 'tone', value: '0.25' }])
    assert.doesNotMatch(commandOf(transformers.result), /enable-lora/)
    const vllm = asPlanned(create(withAdapters(adapters)))
    assert.ok(vllm.warnings.includes('the vllm runtime applies no strength: that of tone has no effect'))
    assert.doesNotMatch(JSON.stringify(containerOf(vllm.result)['env']), /tone/)
  })

  it('of a model whose vLLM takes none work on transformers', () => {
    const annotations = { preset: 'falcon-7b', runtime: 'transformers' }
    assert.ok(named('initContainers', injected(withAdapters([TONE], { annotations })))['kaito-adapter-tone'])
  })

  it('cannot have the name under which vLLM serves the model; merged by transformers, or for a Job, they can', () => {
    const same = [TONE, { ...TONE, name: 'phi-4-mini-instruct' }]
    assert.deepEqual(messagesOf(asDenied(create(withAdapters(same)))), [
      'metadata.annotations[kaito.sh/adapters][1].name: Duplicate value: "phi-4-mini-instruct": the model itself is served under this name',
    ])
    asPlanned(create(withAdapters(same, { annotations: { runtime: 'transformers' } })))
    asPlanned(create(withAdapters(same, { kind: 'Job', container: { command: ['python3', 'batch.py'] } })))
  })

  it('get the flag in both generations of images', () => {
    assert.match(
      commandOf(injected(withAdapters([TONE], { annotations: { preset: 'phi-2' } }))),
      / --enable-lora /,
    )
    assert.doesNotMatch(commandOf(injected(withAdapters([]))), /enable-lora/)
  })

  it('are left out where the user mounts a folder of adapters, with a warning', () => {
    const volumes = [{ name: 'mine', persistentVolumeClaim: { claimName: 'loras' } }]
    const container = { volumeMounts: [{ name: 'mine', mountPath: '/mnt/adapter/' }] }
    const { result, warnings } = asPlanned(create(withAdapters([TONE], { container, pod: { volumes } })))
    assert.deepEqual(named('initContainers', result), {})
    assert.equal(named('volumes', result)['kaito-adapters'], undefined)
    assert.match(
      warnings.join('\n'),
      /container model has a volume of its own at \/mnt\/adapter: the adapters .* are left out/,
    )
    assert.match(commandOf(result), /enable-lora/)
  })

  it('wait in their folder for a server of the user’s own, copied by an image that has a shell', () => {
    const { result, warnings } = asPlanned(
      create(withAdapters([TONE], { container: { image: 'own:1' } }), IMAGE_VOLUMES),
    )
    assert.equal(named('initContainers', result)['kaito-adapter-tone']?.['image'], SKOPEO)
    assert.match(
      warnings.join('\n'),
      /the adapters are in \/mnt\/adapter: what the container runs has to load them/,
    )
  })

  it('are there for batch inference too', () => {
    const command = ['python3', 'batch.py']
    const parts: WorkloadParts = {
      kind: 'Job',
      container: { command },
      annotations: { adapters: JSON.stringify([TONE]) },
    }
    assert.ok(named('initContainers', injected(makeWorkload(parts)))['kaito-adapter-tone'])
    assert.match(JSON.stringify(injected(makeCronJob(parts))), /"kaito-adapter-tone"/)
  })

  it('may have names as long as a label', () => {
    const [first, second] = [`${'a'.repeat(60)}-1`, `${'a'.repeat(60)}-2`]
    const whole = injected(
      withAdapters([
        { name: first, image: 'a' },
        { name: second, image: 'b' },
      ]),
    )
    const names = Object.keys(named('initContainers', whole))
    assert.equal(new Set(names).size, 2)
    for (const name of names) assert.ok(name.length <= 63 && name.startsWith('kaito-adapter-aaaa'), name)
    assert.match(JSON.stringify(named('initContainers', whole)), new RegExp(`/mnt/adapter/${first}"`))
  })

  it('fit into the plan, ten of them with the longest names', () => {
    const ten = Array.from({ length: 10 }, (_, i) => ({ name: `${'b'.repeat(62)}${i}`, image: `image-${i}` }))
    for (const context of Object.values(MODES)) {
      const { result } = asPlanned(create(withAdapters(ten), context))
      assert.equal(Object.keys(named('initContainers', result)).length, 10)
    }
  })

  it('keep the mirror that another webhook has chosen for the container that pulls', () => {
    const mirror = 'registry.local/mcr/aks/skopeo:1.14.4-6'
    const whole = injected(withAdapters([TONE]))
    const mirrored = JSON.parse(JSON.stringify(whole).replace(`"${SKOPEO}"`, `"${mirror}"`)) as JsonObject
    const again = asPlanned(create(mirrored)).result
    assert.equal(named('initContainers', again)['kaito-adapter-tone']?.['image'], mirror)
    const without = withAnnotations(again, { 'kaito.sh/adapters': undefined })
    assert.deepEqual(named('initContainers', asPlanned(update(without, again)).result), {})
  })
})

describe('weights from an image', () => {
  const given = makeWorkload({
    annotations: { preset: 'llama-3.1-8b-instruct', weights: 'image:r.example/w:1' },
  })

  for (const [mode, context] of Object.entries(MODES)) {
    it(`are served offline and read-only where they are ${mode}, and ask for no token`, () => {
      const { result, warnings } = asPlanned(create(given, context))
      const mounts = listAt(containerOf(result), 'volumeMounts').filter(isObject)
      const mount = mounts.find(({ mountPath }) => mountPath === '/workspace/weights')
      assert.deepEqual(mount, { mountPath: '/workspace/weights', name: 'kaito-weights', readOnly: true })
      assert.match(commandOf(result), / --model=\/workspace\/weights /)
      assert.doesNotMatch(commandOf(result), /download-dir/)
      assert.deepEqual(listAt(containerOf(result), 'env')[0], { name: 'HF_HUB_OFFLINE', value: '1' })
      assert.doesNotMatch(warnings.join('\n'), /gated/)
    })
  }

  it('are a volume of the image where the cluster has that, with nothing that copies', () => {
    const whole = injected(given, IMAGE_VOLUMES)
    assert.deepEqual(named('volumes', whole)['kaito-weights'], {
      name: 'kaito-weights',
      image: { reference: 'r.example/w:1', pullPolicy: 'IfNotPresent' },
    })
    assert.deepEqual(named('initContainers', whole), {})
  })

  it('are pulled as a whole elsewhere, with the pod’s own secrets', () => {
    const parts = {
      annotations: { weights: 'image:r.example/w:1' },
      pod: { imagePullSecrets: [{ name: 'team' }] },
    }
    const whole = injected(makeWorkload(parts))
    const container = named('initContainers', whole)['kaito-weights']
    assert.deepEqual(wordsOf(container).slice(1), ['r.example/w:1', '.', '/workspace/weights', 'config.json'])
    assert.match(JSON.stringify(named('volumes', whole)['kaito-pull-secrets']), /"team\.json"/)
    assert.deepEqual(named('volumes', whole)['kaito-weights'], { name: 'kaito-weights', emptyDir: {} })
  })

  it('need their room on the node twice, as layers and unpacked', () => {
    const downloaded = makeWorkload({ annotations: { preset: 'llama-3.1-8b-instruct' } })
    assert.equal(storageOf(injected(given)) - storageOf(injected(downloaded)), 15)
  })

  it('are the user’s where the user mounts something there', () => {
    const annotations = { weights: 'image:r.example/w:1' }
    const pod = { volumes: [{ name: 'mine', emptyDir: {} }] }
    const container = { volumeMounts: [{ name: 'mine', mountPath: '/workspace/weights' }] }
    const whole = injected(makeWorkload({ annotations, pod, container }))
    assert.deepEqual(named('initContainers', whole), {})
  })
})
