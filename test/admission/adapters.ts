// Adapters and weights from images on a cluster that mounts images: on the real API server, over the life of a workload.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { differences, normalised } from './compare.ts'
import { revisionsOf } from './revisions.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, PRESET, type WorkloadFile } from './workloads.ts'

const TONE = { name: 'tone', image: 'registry.example/tone:1' }
const LEGAL = { name: 'legal', image: 'registry.example/legal', imagePullSecrets: ['legal'] }

const STYLES: Readonly<Record<string, readonly string[]>> = {
  'client-side apply': ['apply'],
  'server-side apply': ['apply', '--server-side', '--force-conflicts'],
  replace: ['replace'],
}

/** From one version of the file to the next, the last with none left. */
const VERSIONS: readonly (readonly JsonObject[])[] = [
  [],
  [TONE],
  [TONE, LEGAL],
  [{ ...TONE, image: 'registry.example/tone:2' }, LEGAL],
  [LEGAL],
  [],
]

export function defineAdapters(cluster: () => Cluster): void {
  describe('adapters of a live workload', () => {
    for (const [title, command] of Object.entries(STYLES)) {
      test(`are added, changed and removed by ${title}, each as if it had been so from the start`, async () => {
        const namespace = `adapters-${title.replaceAll(' ', '-')}`
        await cluster().createNamespace(namespace)
        for (const adapters of VERSIONS) {
          const file = makeFile(adapters)
          const live = await write(
            cluster(),
            namespace,
            adapters === VERSIONS[0] ? ['create'] : command,
            file,
          )
          const fresh = await cluster().create('default', makeWorkload(file), { dryRun: true })
          assert.deepEqual(differences(normalised(live['spec']), normalised(fresh['spec'])), [])
          assert.deepEqual(
            adapterNames(live),
            new Set(adapters.map(adapter => `kaito-adapter-${nameOf(adapter)}`)),
          )
        }
      })
    }

    test('start one rollout for each change, and none for a file that says the same', async () => {
      const namespace = 'adapters-rollouts'
      await cluster().createNamespace(namespace)
      await write(cluster(), namespace, ['apply'], makeFile([TONE]))
      const first = await revisionsOf(cluster(), namespace)
      await write(cluster(), namespace, ['apply'], makeFile([TONE]))
      assert.deepEqual(await revisionsOf(cluster(), namespace), first)
      await write(cluster(), namespace, ['apply'], makeFile([TONE, LEGAL]))
      assert.equal((await revisionsOf(cluster(), namespace)).length, first.length + 1)
      await cluster().kubectl(['rollout', 'undo', '-n', namespace, 'deployment/model'])
      assert.deepEqual(
        adapterNames(await cluster().get(namespace, 'Deployment', 'model')),
        new Set(['kaito-adapter-tone']),
      )
    })

    test('are volumes of their images, which this API server keeps', async () => {
      const live = await cluster().create('default', makeWorkload(makeFile([LEGAL])), { dryRun: true })
      const volumes = listAt(podOf(live), 'volumes')
      const image = { reference: LEGAL.image, pullPolicy: 'Always' }
      assert.ok(
        volumes.some(
          volume => JSON.stringify(volume) === JSON.stringify({ name: 'kaito-adapter-legal', image }),
        ),
      )
      assert.deepEqual(podOf(live)['imagePullSecrets'], [{ name: 'legal' }])
    })

    test('pass Pod Security baseline, weights from an image too', async () => {
      const namespace = 'adapters-baseline'
      await cluster().createNamespace(namespace, { 'pod-security.kubernetes.io/enforce': 'baseline' })
      const annotations = { ...makeFile([TONE]).annotations, weights: 'image:registry.example/weights:1' }
      const live = await cluster().create('default', makeWorkload({ ...makeFile([TONE]), annotations }), {
        dryRun: true,
      })
      const template = objectAt(objectAt(live, 'spec'), 'template')
      const metadata = { name: 'pod', ...objectAt(template, 'metadata') }
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: template['spec'] ?? {} }
      await cluster().create(namespace, pod, { dryRun: true })
    })
  })
}

function makeFile(adapters: readonly JsonObject[]): WorkloadFile {
  const own: Readonly<Record<string, string>> =
    adapters.length === 0 ? {} : { adapters: JSON.stringify(adapters) }
  return { kind: 'Deployment', name: 'model', annotations: { preset: PRESET, ...own } }
}

async function write(
  cluster: Cluster,
  namespace: string,
  command: readonly string[],
  file: WorkloadFile,
): Promise<JsonObject> {
  await cluster.kubectl([...command, '-n', namespace, '-f', '-'], JSON.stringify(makeWorkload(file)))
  return await cluster.get(namespace, file.kind, file.name)
}

function podOf(object: JsonObject): JsonObject {
  return objectAt(objectAt(objectAt(object, 'spec'), 'template'), 'spec')
}

function nameOf(entry: Json): string {
  return (isObject(entry) ? stringAt(entry, 'name') : undefined) ?? ''
}

/** In the order in which they run, which is none that matters. */
function adapterNames(object: JsonObject): ReadonlySet<string> {
  return new Set(listAt(podOf(object), 'initContainers').map(nameOf))
}
