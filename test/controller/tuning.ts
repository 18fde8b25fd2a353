// Tuning Jobs: their default settings are made and shared, a user's own are left alone, and the Job runs to its end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { podLevers } from '../cluster/levers.ts'
import { conditionOf, gatesOf } from './eyes.ts'
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

  test('a Job whose named settings are missing or wrong buys no node, says why, and goes on when they are right', async () => {
    const { claimsOf, create, createNamespace, kubectl, list, pods, until } = cluster()
    const namespace = 'named-settings'
    await createNamespace(namespace)
    await create(namespace, makeTuningJob('tune', {}, { 'kaito.sh/config': 'mine' }))
    await untilSaid(cluster(), /Not found: "mine": no ConfigMap of this name in namespace named-settings/)
    const write = (lines: string) => kubectl(['apply', '-n', namespace, '-f', '-'], makeSettings(lines))
    await write('TrainingArguments: {output_dir: /mnt/out}')
    await untilSaid(cluster(), /load_in_4bit: Required value.*output_dir: Invalid value: "\/mnt\/out"/)
    assert.deepEqual((await pods(namespace)).map(gatesOf), [['kaito.sh/waiting-for-node']])
    assert.deepEqual(await claimsOf(namespace), [])
    const told = await until('Events on the Job and its pod', async () => {
      const kinds = (await list(namespace, 'Event'))
        .filter(({ reason, type }) => reason === 'TrainingConfigInvalid' && type === 'Warning')
        .map(event => stringAt(objectAt(event, 'involvedObject'), 'kind') ?? '')
      return new Set(kinds).size === 2 ? new Set(kinds) : undefined
    })
    assert.deepEqual(told, new Set(['Job', 'Pod']))
    await write(
      'QuantizationConfig: {load_in_4bit: true}\n      TrainingArguments: {output_dir: /mnt/results}',
    )
    await kubectl([
      'wait',
      '-n',
      namespace,
      'job/tune',
      '--for=condition=kaito.sh/TuningReady',
      '--timeout=90s',
    ])
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

function makeTuningJob(
  name: string,
  podAnnotations: JsonObject = {},
  ownAnnotations: JsonObject = {},
): JsonObject {
  const annotations = {
    'kaito.sh/preset': 'phi-4-mini-instruct',
    'kaito.sh/instance-type': 'Standard_NC24ads_A100_v4',
    'kaito.sh/tuning-method': 'qlora',
    ...ownAnnotations,
  }
  const volumes = ['data', 'results'].map(volume => ({ name: volume, emptyDir: {} }))
  const template = {
    metadata: { annotations: podAnnotations },
    spec: { containers: [{ name: 'trainer' }], volumes },
  }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec: { template } }
}

/** The conditions of the Job `tune` say it. */
async function untilSaid({ get, until }: Cluster, words: RegExp): Promise<void> {
  await until(`TuningReady says ${words.source}`, async () => {
    const job = await get('named-settings', 'Job', 'tune')
    const { reason, message } = conditionOf(job, 'kaito.sh/TuningReady') ?? {}
    const isSaid = reason === 'TrainingConfigInvalid' && typeof message === 'string' && words.test(message)
    return isSaid ? true : undefined
  })
}

function makeSettings(lines: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: mine}
data:
  training_config.yaml: |
    training_config:
      ${lines}
`
}

async function configMapOf({ list }: Cluster, namespace: string): Promise<JsonObject | undefined> {
  return (await list(namespace, 'ConfigMap')).find(one => nameOf(one) === NAME)
}

function ownersOf(configMap: JsonObject | undefined): readonly string[] {
  return listAt(objectAt(configMap ?? {}, 'metadata'), 'ownerReferences')
    .filter(isObject)
    .map(owner => stringAt(owner, 'name') ?? '')
}
