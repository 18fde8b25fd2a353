// Which writes keep the conditions of a workload right, and how few of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listAt, objectAt, type JsonObject } from '../../../src/core/api/json.ts'
import { ownConditions } from '../../../src/core/status/conditions.ts'
import { desiredConditions } from '../../../src/core/status/desired-conditions.ts'
import { planStatusPatch } from '../../../src/core/status/plan-status-patch.ts'
import type { WorkloadPods } from '../../../src/core/status/resource-condition.ts'
import type { ObservedCondition, ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeObservedWorkload } from '../companion/make-workload.ts'
import { placed, refused, waiting } from './make-pods.ts'

const START_MS = Date.parse('2026-11-22T10:00:00Z')
const AVAILABLE: ObservedCondition = { type: 'Available', status: 'False', reason: 'x', message: 'y' }

/** The workload after the patch, as the API server merges it: by type, field by field. */
function patched(workload: ObservedWorkload, patch: JsonObject | undefined): ObservedWorkload {
  const entries = listAt(objectAt(patch, 'status'), 'conditions') as readonly Record<string, string>[]
  const merged = new Map(workload.conditions.map(condition => [condition.type, condition]))
  for (const entry of entries) {
    const type = entry['type'] ?? ''
    if (entry['$patch'] === 'delete') merged.delete(type)
    else
      merged.set(type, {
        type,
        status: entry['status'] ?? '',
        reason: entry['reason'] ?? '',
        message: entry['message'] ?? '',
        lastTransitionAtMs: Date.parse(entry['lastTransitionTime'] ?? ''),
      })
  }
  return { ...workload, conditions: [...merged.values()] }
}

function plan(workload: ObservedWorkload, pods: WorkloadPods, nowMs = START_MS): JsonObject | undefined {
  return planStatusPatch(workload, desiredConditions(workload, pods), nowMs)
}

/** How many writes a story takes. */
function countWrites(start: ObservedWorkload, story: readonly WorkloadPods[]): number {
  let [workload, writes] = [start, 0]
  for (const [minute, pods] of story.entries()) {
    const patch = plan(workload, pods, START_MS + minute * 60_000)
    if (patch !== undefined) writes++
    workload = patched(workload, patch)
  }
  return writes
}

const since = ({ conditions }: ObservedWorkload, type: string): number | undefined =>
  conditions.find(condition => condition.type === type)?.lastTransitionAtMs

function waitingFor(message: string): WorkloadPods {
  return { states: [{ ...waiting, message }], ready: 0 }
}

/** The time fields that a condition of this kind of workload is written with. */
function timeFieldsOf(kind: string): readonly string[] {
  const body = plan(makeObservedWorkload({ kind }), { states: [], ready: 0 })
  const [entry] = listAt(objectAt(body, 'status'), 'conditions')
  return Object.keys(entry as JsonObject).filter(key => key.startsWith('last'))
}

describe('planStatusPatch', () => {
  const ready: WorkloadPods = { states: [placed], ready: 1 }

  it('writes three times from creation to Ready, whatever steps the claim takes', () => {
    const story = [
      { states: [], ready: 0 },
      waitingFor('waiting for claim kn1'),
      waitingFor('waiting for claim kn1, Launched: Unknown'),
      waitingFor('waiting for claim kn1, Registered: node not registered'),
      waitingFor('waiting for claim kn1, Initialized: GPUs are missing'),
      { states: [placed], ready: 0 },
      { states: [placed], ready: 0 },
      ready,
      ready,
    ]
    assert.equal(countWrites(makeObservedWorkload(), story), 3)
  })

  it('leaves what the provider refused to be read while it is tried again', () => {
    const again: WorkloadPods = { states: [waiting], ready: 0 }
    const never: WorkloadPods = { states: [refused], ready: 0 }
    assert.equal(countWrites(makeObservedWorkload(), [again, never, again, never, again]), 2)
    const refusal = 'Standard_NC24ads_A100_v4 was refused: no quota'
    const next: WorkloadPods = { ...again, refusal }
    assert.equal(countWrites(makeObservedWorkload(), [next, again, next, again]), 1)
    const [written] = desiredConditions(makeObservedWorkload(), next)
    assert.deepEqual([written?.reason, written?.message], ['CapacityRefused', refusal])
  })

  it('does not touch the conditions of others', () => {
    const workload = makeObservedWorkload({ conditions: [AVAILABLE] })
    const body = plan(workload, ready)
    const types = listAt(objectAt(body, 'status'), 'conditions').map(entry => (entry as JsonObject)['type'])
    assert.deepEqual(types, ['kaito.sh/ResourceReady', 'kaito.sh/InferenceReady', 'kaito.sh/Ready'])
    assert.deepEqual(Object.keys(body ?? {}), ['status'])
    assert.deepEqual(Object.keys(objectAt(body, 'status')), ['conditions'])
  })

  it('keeps the time of the transition when only the words change', () => {
    const first = patched(
      makeObservedWorkload(),
      plan(makeObservedWorkload(), { states: [waiting], ready: 0 }),
    )
    const later = START_MS + 60_000
    const second = patched(first, plan(first, { states: [refused], ready: 0 }, later))
    assert.equal(since(second, 'kaito.sh/ResourceReady'), START_MS)
    const third = patched(second, plan(second, ready, later))
    assert.equal(since(third, 'kaito.sh/ResourceReady'), later)
  })

  it('puts back what the StatefulSet controller dropped, as old as it was, and nothing else', () => {
    const fields = { kind: 'StatefulSet' }
    const before = patched(makeObservedWorkload(fields), plan(makeObservedWorkload(fields), ready))
    const remembered = ownConditions(before)
    const dropped = makeObservedWorkload({ ...fields, conditions: [AVAILABLE] })
    const own = ownConditions(dropped, remembered)
    const later = START_MS + 3_600_000
    const body = planStatusPatch(dropped, desiredConditions(dropped, ready, own), later, own)
    assert.deepEqual(patched(dropped, body).conditions, [AVAILABLE, ...remembered])
    assert.equal(planStatusPatch(before, desiredConditions(before, ready, own), later, own), undefined)
  })

  it('writes all of ours on a StatefulSet, because those that we know may have been dropped meanwhile', () => {
    const start = makeObservedWorkload({ kind: 'StatefulSet' })
    const placedOnly = patched(start, plan(start, { states: [placed], ready: 0 }))
    const dropped = { ...placedOnly, conditions: [] }
    const body = plan(placedOnly, ready, START_MS + 60_000)
    const after = patched(dropped, body)
    assert.equal(after.conditions.length, 3)
    assert.equal(since(after, 'kaito.sh/ResourceReady'), START_MS)
    assert.equal(since(after, 'kaito.sh/Ready'), START_MS + 60_000)
  })

  it('takes ours away once when the annotation goes', () => {
    const before = patched(
      makeObservedWorkload({ conditions: [AVAILABLE] }),
      plan(makeObservedWorkload(), ready),
    )
    const left = { ...before, annotated: false }
    const body = plan(left, ready)
    assert.deepEqual(patched(left, body).conditions, [AVAILABLE])
    assert.equal(plan(patched(left, body), ready), undefined)
  })

  it('uses the fields that the kind’s conditions have', () => {
    assert.deepEqual(timeFieldsOf('Deployment'), ['lastTransitionTime', 'lastUpdateTime'])
    assert.deepEqual(timeFieldsOf('StatefulSet'), ['lastTransitionTime'])
    assert.deepEqual(timeFieldsOf('Job'), ['lastTransitionTime', 'lastProbeTime'])
  })
})
