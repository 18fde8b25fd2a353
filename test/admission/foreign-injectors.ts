// Webhooks of other projects beside ours, called before it and after it: everything of both is there, applying again changes
// nothing, and nobody takes back what the other added.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { istioLike, startInjector, vaultLike, type Injector, type RunningInjector } from './injectors.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, PRESET, withFields, type WorkloadFile } from './workloads.ts'

const NAMES = { before: 'aaa-injector', after: 'zzz-injector' }
const KINDS: Readonly<Record<string, Injector['inject']>> = {
  istio: istioLike(false),
  'istio-first': istioLike(true),
  vault: vaultLike,
}
const FILES: readonly WorkloadFile[] = [
  { kind: 'Deployment', name: 'smallest' },
  { kind: 'Deployment', name: 'empty', fields: [{ at: ['{pod}', 'containers'], value: [] }] },
  {
    kind: 'Deployment',
    name: 'adapters',
    annotations: { preset: PRESET, adapters: '[{name: tone, image: "registry.example/tone:1"}]' },
  },
]
const OURS = /^(model|kaito-)/

export function defineInjectors(cluster: () => Cluster): void {
  for (const [order, prefix] of Object.entries(NAMES))
    for (const [kind, inject] of Object.entries(KINDS)) {
      const label = `${kind}-${order}`
      describe(`an injector like ${kind}, called ${order} ours`, () => {
        let injector: RunningInjector
        before(async () => {
          injector = await startInjector({ name: `${prefix}-${kind}`, label, inject })
          await cluster().createNamespace(label, { injector: label })
          await cluster().createNamespace(`${label}-none`)
          await cluster().kubectl(['create', '-f', '-'], JSON.stringify(injector.configuration))
        })
        after(async () => {
          await cluster().kubectl(['delete', 'mutatingwebhookconfiguration', `${prefix}-${kind}`])
          await injector.stop()
        })

        for (const file of FILES)
          test(`${file.name}: all of both is there, and stays`, async () => {
            const text = JSON.stringify(makeWorkload(file))
            const applied = await applyTo(cluster(), label, text)
            assert.ok(injector.calls() > 0)
            const alone = await applyTo(cluster(), `${label}-none`, text)
            const pod = podSpecOf(applied)
            assertHolds(pod, inject(objectAtPath(alone, ['spec', 'template'])))
            for (const list of ['containers', 'initContainers'])
              assert.deepEqual(oursOf(pod, list), oursOf(podSpecOf(alone), list))
            for (const flags of [[], ['--server-side', '--force-conflicts'], []]) {
              const again = await applyTo(cluster(), label, text, flags)
              assert.deepEqual(again['spec'], applied['spec'])
            }
            const labelled = ['label', '-n', label, `deployment/${file.name}`, 'touched=yes', '--overwrite']
            await cluster().kubectl(labelled)
            const touched = await cluster().get(label, 'Deployment', file.name)
            assert.deepEqual(touched['spec'], applied['spec'])
          })

        test('without the annotation all of ours is taken back, and nothing of theirs', async () => {
          const own = withFields(makeWorkload({ kind: 'Deployment', name: 'leaving', annotations: {} }), [
            { at: ['{container}', 'image'], value: 'registry.example/own:1' },
          ])
          const plain = await applyTo(cluster(), label, JSON.stringify(own))
          await cluster().kubectl([
            'annotate',
            '-n',
            label,
            'deployment/leaving',
            `kaito.sh/preset=${PRESET}`,
          ])
          await cluster().kubectl(['annotate', '-n', label, 'deployment/leaving', 'kaito.sh/preset-'])
          const left = await cluster().get(label, 'Deployment', 'leaving')
          assert.deepEqual(left['spec'], plain['spec'])
        })
      })
    }
}

async function applyTo(
  cluster: Cluster,
  namespace: string,
  text: string,
  flags: readonly string[] = [],
): Promise<JsonObject> {
  await cluster.kubectl(['apply', '-n', namespace, ...flags, '-f', '-'], text)
  const { metadata } = JSON.parse(text) as { readonly metadata: { readonly name: string } }
  return await cluster.get(namespace, 'Deployment', metadata.name)
}

function podSpecOf(object: JsonObject): JsonObject {
  return objectAtPath(object, ['spec', 'template', 'spec'])
}

/** Every container, init container and volume, by name, and the annotations' keys. */
function assertHolds(pod: JsonObject, wanted: JsonObject): void {
  for (const list of ['containers', 'initContainers', 'volumes'])
    assert.deepEqual(namesOf(pod, list).toSorted(), namesOf(objectAt(wanted, 'spec'), list).toSorted(), list)
}

function namesOf(pod: JsonObject, list: string): readonly string[] {
  return listAt(pod, list)
    .filter(isObject)
    .map(one => stringAt(one, 'name') ?? '')
}

/** Containers of ours without what an injector puts into every container. */
function oursOf(pod: JsonObject, list: string): readonly JsonObject[] {
  return listAt(pod, list)
    .filter(isObject)
    .filter(one => OURS.test(stringAt(one, 'name') ?? ''))
    .map(one =>
      Object.assign({}, one, {
        env: without(one, 'env', 'VAULT_ADDR'),
        volumeMounts: without(one, 'volumeMounts', 'vault-secrets'),
      }),
    )
}

function without(container: JsonObject, list: string, name: string): readonly Json[] {
  return listAt(container, list).filter(entry => isObject(entry) && entry['name'] !== name)
}
