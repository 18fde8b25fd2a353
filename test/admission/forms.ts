// The smallest workloads: every form of a pod template that says nothing of an image.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import { differences } from './compare.ts'
import { revisionsOf } from './revisions.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, withFields, type Kind } from './workloads.ts'

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet']
const ONE_NAME = { spec: { containers: [{ name: 'model' }] } }
const FORMS: Readonly<Record<string, JsonObject>> = {
  'one-name': ONE_NAME,
  'no-container': { spec: { containers: [] } },
  'null-containers': { spec: { containers: null } },
  'empty-spec': { spec: {} },
  'no-spec': {},
}
const APPLIES: Readonly<Record<string, readonly string[]>> = {
  'client-side': [],
  'server-side': ['--server-side', '--force-conflicts'],
}

interface SmallestFile {
  readonly kind: Kind
  readonly name: string
  readonly form: JsonObject
}

const FILES: readonly SmallestFile[] = KINDS.flatMap(kind =>
  Object.entries(FORMS).map(([name, form]) => ({ kind, name: `${name}-${kind.toLowerCase()}`, form })),
)

export function defineForms(cluster: () => Cluster): void {
  const documents = FILES.map(file => JSON.stringify(makeSmallest(file))).join('\n---\n')
  for (const [namespace, flags] of Object.entries(APPLIES)) {
    describe(`the smallest forms, by ${namespace} apply`, () => {
      const apply = ['apply', '-n', namespace, ...flags, '-f', '-']
      before(() => cluster().createNamespace(namespace))

      test('all are completed alike', async () => {
        await cluster().kubectl(apply, documents)
        for (const { kind, name } of FILES) {
          const fresh = makeSmallest({ kind, name, form: ONE_NAME })
          const expected = await cluster().create('default', fresh, { dryRun: true })
          const live = await cluster().get(namespace, kind, name)
          assert.deepEqual(differences(live['spec'], expected['spec'], name), [])
        }
      })

      test('the same files again roll nothing out', async () => {
        const then = await revisionsOf(cluster(), namespace)
        assert.equal(then.length, FILES.length)
        await cluster().kubectl(apply, documents)
        await cluster().kubectl(['diff', '-n', namespace, ...flags, '-f', '-'], documents)
        assert.deepEqual(await revisionsOf(cluster(), namespace), then)
      })

      test('nor does kubectl replace', async () => {
        const then = await revisionsOf(cluster(), namespace)
        await cluster().kubectl(['replace', '-n', namespace, '-f', '-'], documents)
        assert.deepEqual(await revisionsOf(cluster(), namespace), then)
      })
    })
  }
}

function makeSmallest({ kind, name, form }: SmallestFile): JsonObject {
  const template = { metadata: { labels: { app: name } }, ...form }
  return withFields(makeWorkload({ kind, name }), [{ at: ['spec', 'template'], value: template }])
}
