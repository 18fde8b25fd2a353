// Edits of a planned workload by everyday commands: what was not asked for does not change.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { readPlan } from '../../src/core/api/plan-text.ts'
import type { JsonObject } from '../../src/core/api/json.ts'
import { toPointer } from '../../src/core/patch/draft.ts'
import { leavesOf } from '../../src/core/patch/inventory.ts'
import { locate } from '../../src/core/patch/locate.ts'
import { kindOf, nameOf } from './api.ts'
import { differences, normalised } from './compare.ts'
import { annotationsOf } from './expected.ts'
import { revisionsOf } from './revisions.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, OWN_IMAGE, type Field, type Kind, type WorkloadFile } from './workloads.ts'

const NAMESPACE = 'edits'
const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet']
const APPLIES: Readonly<Record<string, readonly string[]>> = {
  'adopted-client-side': [],
  'adopted-server-side': ['--server-side', '--force-conflicts'],
}
/** Among others what goes with the preset's server. */
const EQUAL_TO_INJECTED: readonly Field[] = [
  { at: ['{container}', 'ports'], value: [{ containerPort: 5000, name: 'http' }] },
  { at: ['{container}', 'env'], value: [{ name: 'VLLM_USE_DEEP_GEMM', value: '0' }] },
  { at: ['{container}', 'lifecycle'], value: { preStop: { sleep: { seconds: 15 } } } },
  { at: ['spec', 'strategy'], value: { rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } } },
]
const ENV = '.template.spec.containers.["model"].env'

export function defineEdits(cluster: () => Cluster): void {
  describe('an edit', () => {
    before(() => cluster().createNamespace(NAMESPACE))

    test('kubectl set env adds one variable, takes it away again, and changes nothing else', async () => {
      const then = await create(cluster(), { kind: 'Deployment', name: 'env' })
      await cluster().kubectl(['set', 'env', 'deployment/env', 'A=1', '-n', NAMESPACE])
      assert.deepEqual(await changes(cluster(), then), [
        `${ENV}.["A"]: {"name":"A","value":"1"}, expected nothing`,
      ])
      await cluster().kubectl(['set', 'env', 'deployment/env', 'A-', '-n', NAMESPACE])
      assert.deepEqual(await changes(cluster(), then), [])
    })

    test('an injected variable that the user sets is the user’s until it is taken away', async () => {
      const file: WorkloadFile = { kind: 'Deployment', name: 'own-env' }
      const then = await create(cluster(), file)
      await cluster().kubectl(['set', 'env', 'deployment/own-env', 'VLLM_USE_DEEP_GEMM=1', '-n', NAMESPACE])
      await cluster().kubectl(['apply', '-n', NAMESPACE, '-f', '-'], JSON.stringify(makeWorkload(file)))
      assert.deepEqual(await changes(cluster(), then), [
        `${ENV}.["VLLM_USE_DEEP_GEMM"].value: "1", expected "0"`,
      ])
      await cluster().kubectl(['set', 'env', 'deployment/own-env', 'VLLM_USE_DEEP_GEMM-', '-n', NAMESPACE])
      assert.deepEqual(await changes(cluster(), then), [])
    })

    test('kubectl set image makes it the user’s own server', async () => {
      await create(cluster(), { kind: 'Deployment', name: 'image' })
      await cluster().kubectl(['set', 'image', 'deployment/image', `model=${OWN_IMAGE}`, '-n', NAMESPACE])
      const fields = [{ at: ['{container}', 'image'], value: OWN_IMAGE }]
      const file = makeWorkload({ kind: 'Deployment', name: 'image', fields })
      const expected = await cluster().create('default', file, { dryRun: true })
      const live = await cluster().get(NAMESPACE, 'Deployment', 'image')
      assert.deepEqual(differences(normalised(live['spec']), normalised(expected['spec'])), [])
    })

    for (const [namespace, flags] of Object.entries(APPLIES)) {
      test(`what a file comes to say is the user’s, also where it equals what is injected (${namespace})`, async () => {
        await cluster().createNamespace(namespace)
        const file: WorkloadFile = { kind: 'Deployment', name: 'adopted' }
        const equal = { ...file, fields: EQUAL_TO_INJECTED }
        const own = {
          ...file,
          fields: [...EQUAL_TO_INJECTED, { at: ['{container}', 'image'], value: OWN_IMAGE }],
        }
        for (const next of [file, own, own, file, equal, own, own, equal, file]) {
          const text = JSON.stringify(makeWorkload(next))
          await cluster().kubectl(['apply', '-n', namespace, ...flags, '-f', '-'], text)
          const expected = await cluster().create('default', makeWorkload(next), { dryRun: true })
          const live = await cluster().get(namespace, 'Deployment', 'adopted')
          assert.deepEqual(differences(normalised(live['spec']), normalised(expected['spec'])), [])
        }
      })
    }

    for (const kind of KINDS) {
      test(`${kind}: whatever is injected comes back where it stood`, async () => {
        const then = await create(cluster(), { kind, name: 'taken' })
        const plan = readPlan(annotationsOf(then))
        assert.ok(plan !== undefined && plan !== 'invalid')
        const paths = [...leavesOf(plan.added)].map(([path]) => path)
        assert.ok(paths.length > 20)
        for (const path of paths) {
          const { tokens } = locate(then, path)
          const patch = [{ op: 'remove', path: toPointer(tokens) }]
          await cluster().patch(NAMESPACE, kind, 'taken', 'json-patch', patch)
          assert.deepEqual(await changes(cluster(), then), [], path.join('.'))
        }
      })
    }

    for (const [index, text] of [null, '', 'my own plan', '{"v":1}'].entries()) {
      test(`the plan annotation, made ${JSON.stringify(text)}, is written again`, async () => {
        const name = `plan-${index}`
        const then = await create(cluster(), { kind: 'Deployment', name })
        const annotations = { 'kaito.sh/plan': text }
        await cluster().patch(NAMESPACE, 'Deployment', name, 'merge-patch', { metadata: { annotations } })
        assert.deepEqual(await changes(cluster(), then), [])
        const live = await cluster().get(NAMESPACE, 'Deployment', name)
        assert.equal(annotationsOf(live)['kaito.sh/plan'], annotationsOf(then)['kaito.sh/plan'])
      })
    }

    test('kubectl scale asks nobody, and an apply of a file without replicas leaves them', async () => {
      const { spec, ...rest } = makeWorkload({ kind: 'Deployment', name: 'scaled' })
      const { replicas: _, ...bareSpec } = spec as JsonObject
      const file = JSON.stringify({ ...rest, spec: bareSpec })
      await cluster().kubectl(['apply', '-n', NAMESPACE, '-f', '-'], file)
      const then = await revisionsOf(cluster(), NAMESPACE)
      const asked = await cluster().serve.admissionRequests()
      await cluster().kubectl(['scale', 'deployment/scaled', '--replicas=3', '-n', NAMESPACE])
      assert.equal(await cluster().serve.admissionRequests(), asked)
      await cluster().kubectl(['apply', '-n', NAMESPACE, '-f', '-'], file)
      const live = await cluster().get(NAMESPACE, 'Deployment', 'scaled')
      assert.equal((live['spec'] as JsonObject)['replicas'], 3)
      assert.deepEqual(await revisionsOf(cluster(), NAMESPACE), then)
    })

    test('annotations that the template does not depend on roll nothing out', async () => {
      const then = await create(cluster(), { kind: 'Deployment', name: 'live' })
      for (const annotation of [
        'idle-grace=10m',
        'service=false',
        'replan=now',
        'bypass-resource-checks=true',
      ])
        await cluster().kubectl(['annotate', 'deployment/live', `kaito.sh/${annotation}`, '-n', NAMESPACE])
      assert.deepEqual(await changes(cluster(), then), [])
    })

    test('without an image of its own the annotation cannot go', async () => {
      const then = await create(cluster(), { kind: 'Deployment', name: 'imageless' })
      const annotate = ['annotate', '-n', NAMESPACE, 'deployment/imageless', 'kaito.sh/preset-']
      assert.match(await cluster().kubectlRefused(annotate), /set an image, or delete the workload/)
      assert.deepEqual(await changes(cluster(), then), [])
    })
  })
}

async function create(cluster: Cluster, file: WorkloadFile): Promise<JsonObject> {
  return await cluster.create(NAMESPACE, makeWorkload(file))
}

/** What is different now, the order of lists included. */
async function changes(cluster: Cluster, then: JsonObject): Promise<readonly string[]> {
  const live = await cluster.get(NAMESPACE, kindOf(then), nameOf(then))
  const found = differences(live['spec'], then['spec'])
  const isMoved = found.length === 0 && JSON.stringify(live['spec']) !== JSON.stringify(then['spec'])
  return isMoved ? ['entries are in another order'] : found
}
