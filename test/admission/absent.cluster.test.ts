// Workloads that were annotated before kaito-native was there, and what happens when it is lost.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import type { Api } from './api.ts'
import { differences } from './compare.ts'
import { annotationsOf } from './expected.ts'
import { describeWithServe } from './suite.ts'
import { makeWorkload, OWN_IMAGE, PRESET, type Kind } from './workloads.ts'

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet']
const WEBHOOK_TIMEOUT_MS = 3_000
const IMAGE = { at: ['{container}', 'image'], value: OWN_IMAGE }

const beforeServe = async (api: Api): Promise<void> => {
  await api.createNamespace('elsewhere')
  for (const kind of KINDS) await api.create('default', makeEarly(kind))
  for (const name of ['early', 'earlier']) await api.create('default', makeEarlyJob(name))
}

await describeWithServe('kaito-native comes and goes', { beforeServe }, cluster => {
  describe('a workload that was annotated before it was installed', () => {
    for (const kind of KINDS) {
      test(`${kind}: nothing happens by itself, nor when it is scaled`, async () => {
        await cluster().kubectl(['scale', `${kind}/early`, '--replicas=1'])
        await cluster().kubectl(['scale', `${kind}/early`, '--replicas=0'])
        const live = await cluster().get('default', kind, 'early')
        assert.equal(annotationsOf(live)['kaito.sh/plan'], undefined)
      })

      test(`${kind}: its next update completes it`, async () => {
        const fresh = await cluster().create('elsewhere', makeEarly(kind), { dryRun: true })
        await cluster().kubectl(['label', `${kind}/early`, 'touched=true'])
        const live = await cluster().get('default', kind, 'early')
        assert.deepEqual(differences(live['spec'], fresh['spec']), [])
      })
    }
  })

  test('a Job that was annotated before runs on: it can be resumed, and never be completed', async () => {
    await cluster().kubectl(['patch', 'job/early', '--type=merge', '-p', '{"spec":{"suspend":false}}'])
    const live = await cluster().get('default', 'Job', 'early')
    assert.equal(annotationsOf(live)['kaito.sh/plan'], undefined)
    await cluster().remove('default', 'Job', 'early')
  })

  describe('when it is lost', () => {
    const planned = makeWorkload({ kind: 'Deployment', name: 'planned' })
    before(async () => {
      await cluster().create('default', planned)
      await cluster().serve.kill()
    })

    test('an annotated workload is refused within the time limit, by name', async () => {
      const startedMs = Date.now()
      const file = makeWorkload({ kind: 'Deployment', name: 'late', fields: [IMAGE] })
      const stderr = await cluster().kubectlRefused(['apply', '-f', '-'], JSON.stringify(file))
      assert.match(stderr, /kaito-native did not complete this workload: its webhook mutate\.kaito\.sh/)
      assert.ok(Date.now() - startedMs < WEBHOOK_TIMEOUT_MS)
    })

    test('so is the smallest one, and a change of one that is planned', async () => {
      const smallest = makeWorkload({ kind: 'Deployment', name: 'late' })
      const stderr = await cluster().kubectlRefused(['apply', '-f', '-'], JSON.stringify(smallest))
      assert.match(stderr, /failed calling webhook "kaito-native-must-be-running\.kaito\.sh"/)
      const change = ['set', 'env', 'deployment/planned', 'A=1']
      assert.match(
        await cluster().kubectlRefused(change),
        /failed calling webhook "kaito-native-must-be-running\.kaito\.sh"/,
      )
    })

    test('others do not notice', async () => {
      const file = makeWorkload({ kind: 'Deployment', name: 'other', annotations: {}, fields: [IMAGE] })
      await cluster().kubectl(['apply', '-f', '-'], JSON.stringify(file))
      await cluster().kubectl(['set', 'env', 'deployment/other', 'A=1'])
    })

    test('a Job that was never planned resumes', async () => {
      await cluster().kubectl(['patch', 'job/earlier', '--type=merge', '-p', '{"spec":{"suspend":false}}'])
    })

    test('what is planned scales, rolls pods and is deleted, in the foreground too', async () => {
      await cluster().kubectl(['scale', 'deployment/planned', '--replicas=1'])
      await cluster().observed('default', 'Deployment', 'planned')
      await cluster().kubectl(['delete', 'deployment/planned', '--cascade=foreground', '--timeout=30s'])
      await cluster().kubectl(['delete', 'statefulset/early', '--timeout=30s'])
    })
  })
})

function makeEarlyJob(name: string): JsonObject {
  const spec = { containers: [{ name: 'model', image: OWN_IMAGE }], restartPolicy: 'Never' }
  const metadata = { name, annotations: { 'kaito.sh/preset': PRESET } }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { suspend: true, template: { spec } } }
}

function makeEarly(kind: Kind): JsonObject {
  return makeWorkload({ kind, name: 'early', fields: [IMAGE] })
}
