// The status patch on the real API server: each kind takes it, keeps the conditions of others, and merges by type.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { projectConditions } from '../../../src/core/claim/project-metadata.ts'
import { desiredConditions } from '../../../src/core/status/desired-conditions.ts'
import { planStatusPatch } from '../../../src/core/status/plan-status-patch.ts'
import { describeWithControlPlane } from '../../cluster/available.ts'
import { makeObservedWorkload } from '../companion/make-workload.ts'
import { placed, waiting } from './make-pods.ts'

const labels = { app: 'phi' }
const template = {
  metadata: { labels },
  spec: { restartPolicy: 'Never', containers: [{ name: 'model', image: 'example.com/model:1' }] },
}
const selected = { selector: { matchLabels: labels }, template }
const running = { ...template, spec: { containers: template.spec.containers } }
const KINDS = [
  {
    kind: 'Deployment',
    path: '/apis/apps/v1',
    resource: 'deployments',
    spec: { ...selected, template: running },
  },
  {
    kind: 'StatefulSet',
    path: '/apis/apps/v1',
    resource: 'statefulsets',
    spec: { ...selected, template: running },
  },
  { kind: 'Job', path: '/apis/batch/v1', resource: 'jobs', spec: { template } },
]
const FOREIGN = { type: 'example.com/Foreign', status: 'True', reason: 'Because', message: 'somebody else’s' }
const PATCH = 'application/strategic-merge-patch+json'

await describeWithControlPlane('conditions on a real API server', { controllers: false }, plane => {
  for (const { kind, path, resource, spec } of KINDS)
    test(kind, async () => {
      const collection = `${path}/namespaces/default/${resource}`
      const created = await plane().request('POST', collection, {
        apiVersion: path.slice('/apis/'.length),
        kind,
        metadata: { name: 'phi' },
        spec,
      })
      assert.equal(created.status, 201, JSON.stringify(created.body))
      const write = async (body: JsonObject | undefined) => {
        assert.ok(body, 'there is something to write')
        const answer = await plane().request<JsonObject>('PATCH', `${collection}/phi/status`, body, PATCH)
        assert.equal(answer.status, 200, JSON.stringify(answer.body))
        return projectConditions(answer.body)
      }
      const startMs = Date.parse('2026-11-22T10:00:00Z')
      const observed = (conditions: ReturnType<typeof projectConditions>, annotated = true) =>
        makeObservedWorkload({ kind, isInference: kind !== 'Job', conditions, annotated })

      await write({ status: { conditions: [FOREIGN] } })
      const workload = observed([])
      const first = await write(
        planStatusPatch(workload, desiredConditions(workload, { states: [waiting], ready: 0 }), startMs),
      )
      assert.equal(first.length, 4)
      const second = await write(
        planStatusPatch(
          observed(first),
          desiredConditions(observed(first), { states: [placed], ready: 0 }),
          startMs + 60_000,
        ),
      )
      const timeOf = (type: string) => second.find(one => one.type === type)?.lastTransitionAtMs
      assert.equal(second.length, 4)
      assert.equal(timeOf('kaito.sh/ResourceReady'), startMs + 60_000)
      assert.equal(timeOf('kaito.sh/Ready'), startMs, 'the status did not change, only why')
      const ended = await write(planStatusPatch(observed(second, false), [], startMs))
      assert.deepEqual(ended, [FOREIGN])
    })
})
