// Our conditions on every kind of workload: people and scripts wait for them, whatever else writes status.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { conditionOf } from './eyes.ts'
import type { Cluster } from './suite.ts'
import { makeJob, makeStatefulSet } from './workloads.ts'

const TYPES = ['kaito.sh/ResourceReady', 'kaito.sh/InferenceReady', 'kaito.sh/Ready']
const WAIT = ['wait', '--for=condition=kaito.sh/Ready', '--timeout=60s']

export function defineConditions(cluster: () => Cluster): void {
  test('kubectl waits for a Job and for a StatefulSet', async () => {
    const { create, createNamespace, kubectl } = cluster()
    await createNamespace('waited')
    await create('waited', makeJob('job'))
    await create('waited', makeStatefulSet('set', 1))
    await kubectl([...WAIT, '-n', 'waited', 'job/job'])
    await kubectl([...WAIT, '-n', 'waited', 'statefulset/set'])
  })

  test('what the StatefulSet controller drops comes back as old as it was', async () => {
    const { create, createNamespace, kubectl, get, until } = cluster()
    await createNamespace('dropped')
    await create('dropped', makeStatefulSet('set', 1, { replicas: 2 }))
    await kubectl([...WAIT, '-n', 'dropped', 'statefulset/set'])
    const look = () => get('dropped', 'StatefulSet', 'set')
    const before = await until('all are True', async () => {
      const found = ownConditions(await look())
      const isTrue = found.length === 3 && found.every(({ status }) => status === 'True')
      return isTrue ? found : undefined
    })
    // Times have whole seconds: one written from now on is another one.
    const newest = Math.max(...before.map(one => Date.parse(stringAt(one, 'lastTransitionTime') ?? '')))
    await until('the conditions are old', () => (Date.now() >= newest + 2000 ? true : undefined))
    await kubectl(['-n', 'dropped', 'scale', 'statefulset/set', '--replicas=1'])
    const after = await until('its controller is done, and we have written again', async () => {
      const set = await look()
      const isDone = objectAt(set, 'status')['replicas'] === 1
      return isDone && ownConditions(set).length === 3 && writtenAtMs(set) > newest ? set : undefined
    })
    assert.deepEqual(ownConditions(after), before)
  })
}

function ownConditions(workload: JsonObject): readonly JsonObject[] {
  return TYPES.map(type => conditionOf(workload, type)).filter(condition => condition !== undefined)
}

/** When our fields of its status were last there anew. */
function writtenAtMs(workload: JsonObject): number {
  const entry = listAt(objectAt(workload, 'metadata'), 'managedFields')
    .filter(isObject)
    .find(({ manager, subresource }) => manager === 'kaito-native' && subresource === 'status')
  return Date.parse(stringAt(entry, 'time') ?? '')
}
