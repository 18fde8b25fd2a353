// Tuning Jobs: their default settings are made and shared, a user's own are left alone, and the Job runs to its end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { podLevers } from '../cluster/levers.ts'
import type { Cluster } from './suite.ts'

const NAME = 'kaito-tuning-qlora'

export function defineTuning(cluster: () => Cluster): void {
  test('a tuning Job finds its default settings, shares them, and completes', async () => {
    const { create, createNamespace, kubectl, until, remove } = cluster()
    await createNamespace('tuning')
    await create('tuning', makeTuningJob('first'))
    const made = await until('its settings', () => configMapOf(cluster(), 'tuning'))
    assert.match(stringAt(objectAt(made, 'data'), 'training_config.yaml') ?? '', /load_in_4bit: true/)
    assert.deepEqual(ownersOf(made), ['first'])
    await create('tuning', makeTuningJob('second', { [podLevers.completeHold]: 'true' }))
    await until('both own them', async () => {
      const owners = ownersOf(await configMapOf(cluster(), 'tuning'))
      return owners.length === 2 ? owners : undefined
    })
    const ready = ['--for=condition=kaito.sh/TuningReady', '--timeout=60s']
    await kubectl(['wait', '-n', 'tuning', 'job/first', ...ready])
    await remove('tuning', 'Job', 'first')
    await until('the second keeps them', async () => {
      const owners = ownersOf(await configMapOf(cluster(), 'tuning'))
      return owners.length === 1 && owners.includes('second') ? true : undefined
    })
  })

  test('settings of that name that somebody else made are left alone', async () => {
    const { create, createNamespace, kubectl, until } = cluster()
    await createNamespace('own-settings')
    await kubectl([
      'create',
      'configmap',
      '-n',
      'own-settings',
      NAME,
      '--from-literal=training_config.yaml=x',
    ])
    const before = await configMapOf(cluster(), 'own-settings')
    await create('own-settings', makeTuningJob('tune'))
    await until('the Job is complete', async () =>
      listAt(objectAt(await cluster().get('own-settings', 'Job', 'tune'), 'status'), 'conditions')
        .filter(isObject)
        .some(({ type, status }) => type === 'Complete' && status === 'True')
        ? true
        : undefined,
    )
    assert.deepEqual(await configMapOf(cluster(), 'own-settings'), before)
  })
}

function makeTuningJob(name: string, podAnnotations: JsonObject = {}): JsonObject {
  const annotations = {
    'kaito.sh/preset': 'phi-4-mini-instruct',
    'kaito.sh/instance-type': 'Standard_NC24ads_A100_v4',
    'kaito.sh/tuning-method': 'qlora',
  }
  const volumes = ['data', 'results'].map(volume => ({ name: volume, emptyDir: {} }))
  const template = {
    metadata: { annotations: podAnnotations },
    spec: { containers: [{ name: 'trainer' }], volumes },
  }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec: { template } }
}

async function configMapOf({ list }: Cluster, namespace: string): Promise<JsonObject | undefined> {
  return (await list(namespace, 'ConfigMap')).find(one => nameOf(one) === NAME)
}

function ownersOf(configMap: JsonObject | undefined): readonly string[] {
  return listAt(objectAt(configMap ?? {}, 'metadata'), 'ownerReferences')
    .filter(isObject)
    .map(owner => stringAt(owner, 'name') ?? '')
}
