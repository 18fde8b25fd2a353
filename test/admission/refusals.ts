// What is refused, or answered with a warning, and in which words kubectl tells it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { annotationsOf } from './expected.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, OWN_IMAGE, prefixed, PRESET } from './workloads.ts'

const ANNOTATIONS = prefixed({ preset: PRESET })
const TEMPLATE = { spec: { containers: [{ name: 'model', image: OWN_IMAGE }], restartPolicy: 'Never' } }
const CREATE = ['create', '-f', '-']

export function defineRefusals(cluster: () => Cluster): void {
  describe('a mistake', () => {
    test('all of them are listed, each with its field', async () => {
      const annotations = {
        preset: PRESET,
        'instance-type': 'Standard_NC24ads_A100_v4,Nope',
        'max-model-len': '-1',
        weights: 'somewhere',
        'idle-grace': 'soon',
      }
      const fields = [{ at: ['{pod}', 'nodeName'], value: 'node-1' }]
      const file = makeWorkload({ kind: 'Deployment', name: 'wrong', annotations, fields })
      const stderr = await cluster().kubectlRefused(['apply', '-f', '-'], JSON.stringify(file))
      assert.match(stderr, /^The Deployment "wrong" is invalid:/m)
      assert.deepEqual(stderr.match(/(?<=^\* )[^ ]+(?=: \w)/gm)?.toSorted(), [
        'metadata.annotations[kaito.sh/idle-grace]',
        'metadata.annotations[kaito.sh/instance-type]',
        'metadata.annotations[kaito.sh/max-model-len]',
        'metadata.annotations[kaito.sh/weights]',
        'spec.template.spec.nodeName',
      ])
    })

    test('an update that makes one is refused, and nothing changes', async () => {
      const made = await cluster().create('default', makeWorkload({ kind: 'Deployment', name: 'right' }))
      const annotate = ['annotate', 'deployment/right', 'kaito.sh/preset=phi-5', '--overwrite']
      const stderr = await cluster().kubectlRefused(annotate)
      assert.match(stderr, /metadata\.annotations\[kaito\.sh\/preset\]: Not found: "phi-5"/)
      const live = await cluster().get('default', 'Deployment', 'right')
      assert.deepEqual([live['spec'], annotationsOf(live)['kaito.sh/preset']], [made['spec'], PRESET])
    })

    test('an annotation on the CronJob itself is answered with its place', async () => {
      const { stderr } = await cluster().kubectl(CREATE, makeCronJob('misplaced', ANNOTATIONS, {}))
      assert.match(stderr, /^Warning: kaito\.sh: .* put it at spec\.jobTemplate\.metadata\.annotations/m)
    })

    test('an annotation on the pod template likewise, and nothing is injected', async () => {
      const fields = [
        { at: ['{template}', 'metadata', 'annotations'], value: ANNOTATIONS },
        { at: ['{container}', 'image'], value: OWN_IMAGE },
      ]
      const file = makeWorkload({ kind: 'Deployment', name: 'misplaced', annotations: {}, fields })
      const plain = makeWorkload({
        kind: 'Deployment',
        name: 'misplaced',
        annotations: {},
        fields: fields.slice(1),
      })
      const expected = await cluster().create('default', plain, { dryRun: true })
      const { stderr } = await cluster().kubectl(CREATE, JSON.stringify(file))
      assert.match(stderr, /^Warning: kaito\.sh: .* put it at metadata\.annotations/m)
      const live = await cluster().get('default', 'Deployment', 'misplaced')
      assert.deepEqual(annotationsOf(live)['kaito.sh/plan'], undefined)
      assert.deepEqual(podSpecOf(live), podSpecOf(expected))
    })
  })
}

function makeCronJob(name: string, own: JsonObject, ofJobs: JsonObject): string {
  const jobTemplate = { metadata: { annotations: ofJobs }, spec: { template: TEMPLATE } }
  const spec = { schedule: '@daily', suspend: true, jobTemplate }
  const metadata = { name, annotations: own }
  return JSON.stringify({ apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec })
}

function podSpecOf(object: JsonObject): JsonObject {
  return objectAtPath(object, ['spec', 'template', 'spec'])
}
