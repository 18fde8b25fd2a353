// Services of ours that lead elsewhere than they should: what is put right, and what of their users' changes stays.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listAt, objectAt, type JsonObject } from '../../../src/core/api/json.ts'
import { planCompanions, type CompanionPlan } from '../../../src/core/companion/plan-companions.ts'
import type { ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeService, observe, patched } from './make-service.ts'
import { makeObservedWorkload } from './make-workload.ts'

const GROUP: Partial<ObservedWorkload> = {
  kind: 'StatefulSet',
  nodesPerReplica: 2,
  replicas: 2,
  serviceName: 'phi-4-mini-headless',
  podLabel: 'statefulset-phi-4-mini',
}
const serving = makeObservedWorkload()
const moved = makeObservedWorkload({ serverPort: 8080 })
const http = { name: 'http', port: 80, targetPort: 5000, protocol: 'TCP' }

function planWith(workload: ObservedWorkload, raw: JsonObject): CompanionPlan {
  const service = observe(raw)
  return planCompanions(workload, new Map([[`default/${service.name}`, service]]))
}

/** The Service once the plan is executed; undefined where nothing is to be done. */
function updated(workload: ObservedWorkload, raw: JsonObject): JsonObject | undefined {
  const action = planWith(workload, raw).actions.find(one => one.type === 'update-service')
  if (action === undefined) return undefined
  const { uid, resourceVersion } = objectAt(action.patch, 'metadata')
  assert.deepEqual([uid, resourceVersion], [action.service.uid, action.service.resourceVersion])
  const after = patched(raw, action.patch)
  const again = planWith(workload, after).actions.map(({ type }) => type)
  assert.ok(!again.includes('update-service'), 'once is enough')
  return after
}

describe('a Service of ours', () => {
  it('follows the port of its pods, and keeps what its user made of it', () => {
    const metrics = { name: 'metrics', port: 9090, targetPort: 9090, protocol: 'TCP' }
    const ports = [metrics, { ...http, port: 8000, nodePort: 30_000 }]
    const edits = {
      metadata: { annotations: { 'example.com/a': 'b' } },
      spec: { type: 'LoadBalancer', ports, selector: { tier: 'gpu' } },
    }
    const after = updated(moved, makeService(serving, 'phi-4-mini', edits))
    assert.deepEqual(objectAt(after, 'spec'), {
      type: 'LoadBalancer',
      selector: { app: 'phi', 'kaito.sh/workload': 'deployment-phi-4-mini', tier: 'gpu' },
      ports: [metrics, { ...http, port: 8000, nodePort: 30_000, targetPort: 8080 }],
    })
    assert.equal(objectAt(objectAt(after, 'metadata'), 'annotations')['example.com/a'], 'b')
  })

  it('is left as its user changed it while what we want is the same', () => {
    const edits = { spec: { ports: [{ ...http, targetPort: 9999 }], selector: { app: 'other' } } }
    assert.equal(updated(serving, makeService(serving, 'phi-4-mini', edits)), undefined)
  })

  it('is its user’s without the annotation', () => {
    const edits = { metadata: { annotations: { 'kaito.sh/service-spec': null } } }
    assert.equal(updated(moved, makeService(serving, 'phi-4-mini', edits)), undefined)
  })

  it('gets its port back beside those of its user, and in place of one with its number', () => {
    const edits = {
      spec: {
        ports: [
          { name: 'web', port: 80, targetPort: 1 },
          { name: 'b', port: 81 },
        ],
      },
    }
    assert.deepEqual(
      listAt(objectAt(updated(moved, makeService(serving, 'phi-4-mini', edits)), 'spec'), 'ports'),
      [
        { name: 'b', port: 81 },
        { ...http, targetPort: 8080 },
      ],
    )
  })

  it('leads to all pods when a replica needs one node only', () => {
    const wide = makeObservedWorkload(GROUP)
    const narrow = makeObservedWorkload({ ...GROUP, nodesPerReplica: 1 })
    assert.deepEqual(
      objectAt(objectAt(updated(narrow, makeService(wide, 'phi-4-mini')), 'spec'), 'selector'),
      {
        app: 'phi',
        'kaito.sh/workload': 'statefulset-phi-4-mini',
      },
    )
  })

  it('without addresses of its own follows the port of its pods with its own', () => {
    const wide = makeObservedWorkload(GROUP)
    const after = updated(
      makeObservedWorkload({ ...GROUP, serverPort: 8080 }),
      makeService(wide, 'phi-4-mini-headless'),
    )
    assert.deepEqual(listAt(objectAt(after, 'spec'), 'ports'), [{ ...http, port: 8080, targetPort: 8080 }])
  })

  it('finds the pods of a workload that is not ours any more, and of one that is ours again', () => {
    const { podLabel: _, ...plain } = makeObservedWorkload({ annotated: false })
    const after = updated(plain, makeService(serving, 'phi-4-mini'))
    assert.ok(after)
    assert.deepEqual(objectAt(objectAt(after, 'spec'), 'selector'), { app: 'phi' })
    assert.deepEqual(objectAt(objectAt(updated(serving, after), 'spec'), 'selector'), {
      app: 'phi',
      'kaito.sh/workload': 'deployment-phi-4-mini',
    })
  })
})
