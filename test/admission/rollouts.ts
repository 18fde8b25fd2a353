// kubectl rollout: undo across a change of plan, restart.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import { differences, templateOf } from './compare.ts'
import { annotationsOf } from './expected.ts'
import { revisionsOf } from './revisions.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, type Kind, type WorkloadFile } from './workloads.ts'

const OTHER_PRESET = 'phi-3-mini-4k-instruct@kaito-0.4'
const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet']

export function defineRollouts(cluster: () => Cluster): void {
  describe('kubectl rollout', () => {
    test('undo of a Deployment brings back preset, plan and template', async () => {
      const namespace = 'undo'
      await cluster().createNamespace(namespace)
      const file: WorkloadFile = { kind: 'Deployment', name: 'undone', fields: ownEnv('1') }
      const other = { ...file, annotations: { preset: OTHER_PRESET } }
      const first = await apply(cluster(), namespace, file)
      await revisionsOf(cluster(), namespace)
      const second = await apply(cluster(), namespace, other)
      const both = await revisionsOf(cluster(), namespace)
      await cluster().kubectl(['rollout', 'undo', '-n', namespace, 'deployment/undone'])
      assert.deepEqual(
        plannedPart(await cluster().get(namespace, 'Deployment', 'undone')),
        plannedPart(first),
      )
      assert.deepEqual(await revisionsOf(cluster(), namespace), both)
      assert.deepEqual(plannedPart(await apply(cluster(), namespace, other)), plannedPart(second))
      assert.deepEqual(plannedPart(await apply(cluster(), namespace, file)), plannedPart(first))
      assert.deepEqual(await revisionsOf(cluster(), namespace), both)
    })

    test('undo of a StatefulSet across presets is refused: its annotations do not come back', async () => {
      const namespace = 'undo-across'
      await cluster().createNamespace(namespace)
      const file: WorkloadFile = { kind: 'StatefulSet', name: 'undone' }
      await apply(cluster(), namespace, file)
      await revisionsOf(cluster(), namespace)
      const second = await apply(cluster(), namespace, { ...file, annotations: { preset: OTHER_PRESET } })
      await revisionsOf(cluster(), namespace)
      const undo = ['rollout', 'undo', '-n', namespace, 'statefulset/undone']
      assert.match(await cluster().kubectlRefused(undo), /kaito-native wrote this for another plan/)
      assert.deepEqual(
        plannedPart(await cluster().get(namespace, 'StatefulSet', 'undone')),
        plannedPart(second),
      )
    })

    for (const kind of KINDS) {
      test(`undo of a ${kind}'s own change leaves the plan alone`, async () => {
        const namespace = `undo-own-${kind.toLowerCase()}`
        await cluster().createNamespace(namespace)
        const first = await apply(cluster(), namespace, { kind, name: 'undone', fields: ownEnv('1') })
        await revisionsOf(cluster(), namespace)
        await apply(cluster(), namespace, { kind, name: 'undone', fields: ownEnv('2') })
        await revisionsOf(cluster(), namespace)
        await cluster().kubectl(['rollout', 'undo', '-n', namespace, `${kind}/undone`])
        assert.deepEqual(plannedPart(await cluster().get(namespace, kind, 'undone')), plannedPart(first))
      })

      test(`restart of a ${kind} is one rollout, and an apply afterwards none`, async () => {
        const namespace = `restart-${kind.toLowerCase()}`
        await cluster().createNamespace(namespace)
        const file: WorkloadFile = { kind, name: 'restarted' }
        const then = await apply(cluster(), namespace, file)
        await cluster().kubectl(['rollout', 'restart', '-n', namespace, `${kind}/restarted`])
        const live = await cluster().get(namespace, kind, 'restarted')
        const found = differences(templateOf(live), templateOf(then))
        assert.equal(found.length, 1)
        assert.match(found[0] ?? '', /^\.metadata\.annotations\.kubectl\.kubernetes\.io\/restartedAt: /)
        const revisions = await revisionsOf(cluster(), namespace)
        await apply(cluster(), namespace, file)
        assert.deepEqual(await revisionsOf(cluster(), namespace), revisions)
      })
    }
  })
}

async function apply(cluster: Cluster, namespace: string, file: WorkloadFile): Promise<JsonObject> {
  await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], JSON.stringify(makeWorkload(file)))
  return await cluster.get(namespace, file.kind, file.name)
}

function ownEnv(value: string): NonNullable<WorkloadFile['fields']> {
  return [{ at: ['{container}', 'env'], value: [{ name: 'A', value }] }]
}

function plannedPart(object: JsonObject): JsonObject {
  const annotations = annotationsOf(object)
  return {
    template: templateOf(object),
    plan: annotations['kaito.sh/plan'],
    preset: annotations['kaito.sh/preset'],
  }
}
