import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isObject, listAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import { projectPolicy } from '../../../src/core/policy/observed-policy.ts'
import { planPolicyStatus } from '../../../src/core/policy/policy-status.ts'
import { makePolicy } from './make-policy.ts'

const COUNTS = { namespaces: 2, workloads: 3, gpus: 4, nodes: 1, costPerHour: 3.673_0001, heldPods: 1 }
const NOW = Date.parse('2026-11-28T10:00:00.500Z')
const LATER = NOW + 60_000

function observed(spec: JsonObject, status: JsonObject = {}) {
  const metadata = { name: 'p', uid: 'u', resourceVersion: '1', generation: 7 }
  const found = projectPolicy({ ...makePolicy(spec), metadata, status })
  assert.ok(found !== undefined)
  return found
}

const GOOD = { enforcement: 'Deny' }

describe('planPolicyStatus', () => {
  it('says that the policy is in force, and what its namespaces use', () => {
    assert.deepEqual(planPolicyStatus(observed(GOOD), COUNTS, NOW), {
      observedGeneration: 7,
      namespaces: 2,
      workloads: 3,
      gpus: 4,
      nodes: 1,
      costPerHour: '3.67',
      heldPods: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'InForce',
          message: 'it applies to the namespaces that it selects',
          observedGeneration: 7,
          lastTransitionTime: '2026-11-28T10:00:00Z',
        },
      ],
    })
  })

  it('has nothing to say twice, whatever the time', () => {
    const status = planPolicyStatus(observed(GOOD), COUNTS, NOW)
    assert.equal(planPolicyStatus(observed(GOOD, status), COUNTS, LATER), undefined)
  })

  it('keeps the time of its condition while only counts change', () => {
    const before = planPolicyStatus(observed(GOOD), COUNTS, NOW)
    const after = planPolicyStatus(observed(GOOD, before), { ...COUNTS, gpus: 5 }, LATER)
    assert.equal(after?.['gpus'], 5)
    assert.deepEqual(after['conditions'], before?.['conditions'])
  })

  it('names every mistake of a policy that cannot be read', () => {
    const bad = observed({ enforcement: 'Deny', limits: { gpus: -1 }, maxIdleGrace: 'soon' })
    const condition = listAt(planPolicyStatus(bad, COUNTS, NOW), 'conditions').find(isObject)
    assert.equal(condition?.['status'], 'False')
    assert.equal(condition['reason'], 'Invalid')
    assert.match(stringAt(condition, 'message') ?? '', /spec\.limits\.gpus: .*spec\.maxIdleGrace: /)
  })
})
