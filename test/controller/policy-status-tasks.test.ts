// The status of policies: counts out of the caches, written when they change, seldom, and not at all at rest.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClusterCache } from '../../src/controller/cluster-cache.ts'
import { createPolicyStatusTasks } from '../../src/controller/policy-status-tasks.ts'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { planClaims } from '../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY } from '../../src/core/claim/plan.ts'
import type { ClusterClient } from '../../src/core/ports.ts'
import { SETTINGS } from '../core/claim/builders.ts'
import { makePolicy } from '../core/policy/make-policy.ts'
import { makeDeployment, makePod, makeReplicaSet } from './cluster-objects.ts'

const NOW = Date.parse('2026-11-28T10:00:00Z')

/** A cache that has been told of these objects, and the writes to policies, which it is told of too. */
function makeCluster() {
  let nowMs = NOW
  let version = 1
  const writes: JsonObject[] = []
  const cache = createClusterCache(() => undefined)
  const tell = (resource: string, object: JsonObject): void => {
    const metadata = objectAt(object, 'metadata')
    version += 1
    const full = {
      uid: `uid-${stringAt(metadata, 'name') ?? ''}`,
      ...metadata,
      resourceVersion: String(version),
    }
    for (const { target, handler } of cache.feeds)
      if (target.path.resource === resource) handler.onObject({ ...object, metadata: full })
  }
  const client = {
    patch(_path, { name }, _type, body) {
      const { status } = body as JsonObject
      writes.push(status as JsonObject)
      version += 1
      const metadata = { name, uid: `uid-${name}`, resourceVersion: String(version), generation: 1 }
      return Promise.resolve({ ...policyOf(name), metadata, status })
    },
  } as Partial<ClusterClient> as ClusterClient
  const failures = { classify: () => ({ kind: 'bug', message: '' }) as const }
  const clock = { now: () => nowMs }
  const tasks = createPolicyStatusTasks({ client, clock, failures, settings: SETTINGS }, cache)
  return {
    tell,
    writes,
    async round(afterMs: number) {
      nowMs += afterMs
      const observation = cache.observe(undefined)
      const round = tasks.plan(observation, planClaims(observation, EMPTY_MEMORY, SETTINGS, nowMs))
      for (const task of round.tasks) await task.run()
      return round.requeueAfterMs
    },
  }
}

function policyOf(name: string): JsonObject {
  const spec = { namespaceSelector: { matchLabels: { team: 'a' } }, limits: { gpus: 0 } }
  return { ...makePolicy(spec), metadata: { name, generation: 1 } }
}

function makeTeam(): ReturnType<typeof makeCluster> {
  const cluster = makeCluster()
  cluster.tell('namespaces', { metadata: { name: 'team', labels: { team: 'a' } } })
  cluster.tell('namespaces', { metadata: { name: 'other', labels: {} } })
  cluster.tell('presetpolicies', policyOf('p'))
  cluster.tell('deployments', makeDeployment('model'))
  cluster.tell('replicasets', makeReplicaSet('model'))
  return cluster
}

describe('the status of policies', () => {
  it('is written once, and again only when its counts have changed', async () => {
    const cluster = makeTeam()
    assert.equal(await cluster.round(0), undefined)
    assert.equal(await cluster.round(60_000), undefined)
    assert.equal(cluster.writes.length, 1)
    cluster.tell('pods', makePod('model-1', 'model'))
    await cluster.round(60_000)
    assert.equal(cluster.writes.length, 2)
    const { namespaces, workloads, gpus, heldPods } = cluster.writes[1] ?? {}
    assert.deepEqual(
      { namespaces, workloads, gpus, heldPods },
      { namespaces: 1, workloads: 1, gpus: 1, heldPods: 1 },
    )
  })

  it('is looked at every three seconds at most, and then without being asked', async () => {
    const cluster = makeTeam()
    await cluster.round(0)
    cluster.tell('pods', makePod('model-1', 'model'))
    assert.equal(await cluster.round(1_000), 2_000)
    assert.equal(cluster.writes.length, 1)
    assert.equal(await cluster.round(2_000), undefined)
    assert.equal(cluster.writes.length, 2)
  })

  it('is looked at when the clock was set back', async () => {
    const cluster = makeTeam()
    await cluster.round(0)
    cluster.tell('pods', makePod('model-1', 'model'))
    assert.equal(await cluster.round(-3_600_000), undefined)
    assert.equal(cluster.writes.length, 2)
  })
})
