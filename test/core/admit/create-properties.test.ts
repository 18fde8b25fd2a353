// Laws of injection on CREATE, over generated workloads (design: lossless, idempotent, invertible, deterministic, the user
// wins). A refusal is no answer to any of them, so the share of plans is counted.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { PRESET } from '../../../src/core/api/annotations.ts'
import { canonicalJson, isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import type { Operation } from '../../../src/core/api/operation.ts'
import { formatPlan } from '../../../src/core/api/plan-text.ts'
import { leavesOf } from '../../../src/core/patch/inventory.ts'
import { locate } from '../../../src/core/patch/locate.ts'
import { workloadKindOf } from '../../../src/core/workload/kinds.ts'
import { asPlanned, create, update, validate, type Planned } from './admission.ts'
import { defaulted } from './api-server.ts'
import { arbitraryWorkload } from './arbitrary-workload.ts'
import { asObject, at, deepFreeze, leaves, withKeysReversed, withValueAt, type Step } from './json-tree.ts'
import { withAnnotations } from './make-workload.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

const RUNS = 300

/** Runs a law on every generated workload that is planned; most of them are, or the law would say little. */
function checkPlanned(law: (given: JsonObject, planned: Planned) => void, numRuns = RUNS): void {
  let planned = 0
  fc.assert(
    fc.property(arbitraryWorkload, given => {
      const decision = create(deepFreeze(given))
      if (decision.decision !== 'Plan') return
      planned += 1
      law(given, decision)
    }),
    { numRuns },
  )
  assert.ok(planned > numRuns / 2, `${planned} of ${numRuns} were planned`)
}

describe('injection on CREATE', () => {
  it('emits a patch that gives the result, inside the declared footprint, and leaves the request alone', () => {
    checkPlanned((given, { operations, result }) => {
      assert.deepEqual(patched(given, operations), result)
      assertInsideFootprint(given, operations)
    })
  })

  it('is idempotent: on CREATE again, and as an UPDATE without any operation', () => {
    checkPlanned((_given, { result }) => {
      assert.deepEqual(asPlanned(create(result)).result, result)
      const second = asPlanned(update(result, result))
      assert.deepEqual(second.operations, [])
      assert.equal(second.result, result)
    })
  })

  it('is undone exactly by uninject, and by an UPDATE without the preset where an image is left', () => {
    let byUpdate = 0
    checkPlanned((given, { result, plan }) => {
      const kind = workloadKindOf(result)
      assert.ok(kind !== undefined)
      const bare = uninject(kind, deepFreeze(result), plan.added)
      assert.deepEqual(bare.result, given)
      assert.deepEqual(patched(result, bare.operations), given)
      assertInsideFootprint(result, bare.operations)
      const removed = update(withAnnotations(result, { [PRESET]: undefined }), result)
      if (removed.decision === 'Deny') return
      byUpdate += 1
      assert.deepEqual(removed.result, withAnnotations(given, { [PRESET]: undefined }))
    })
    assert.ok(byUpdate > RUNS / 20, `${byUpdate} had images of their own`)
  })

  it('keeps every value of the user and every field that it does not know', () => {
    checkPlanned((given, { result, plan }) => {
      for (const [path, value] of leaves(given)) {
        if (!mayBeReplaced(path, value, plan.provisioning === 'none'))
          assert.deepEqual(at(result, path), value, path.join('.'))
      }
    })
  })

  it('gives the same bytes for the same request, and the same JSON whatever the order of keys', () => {
    checkPlanned((given, { operations, result, plan, warnings }) => {
      assert.equal(JSON.stringify(asPlanned(create(given)).operations), JSON.stringify(operations))
      const other = asPlanned(create(asObject(withKeysReversed(given))))
      assert.equal(canonicalJson(asJson(other.operations)), canonicalJson(asJson(operations)))
      assert.equal(canonicalJson(other.result), canonicalJson(result))
      assert.equal(formatPlan(other.plan), formatPlan(plan))
      assert.deepEqual(other.warnings, warnings)
    }, RUNS / 2)
  })

  it('keeps the plan within 4 KiB and warnings free of control characters', () => {
    checkPlanned((_given, { plan, warnings, reasons }) => {
      assert.ok(Buffer.byteLength(formatPlan(plan)) <= 4096)
      for (const text of [...warnings, ...reasons.map(({ message }) => message)])
        assert.doesNotMatch(text, /\p{Cc}/u)
    }, RUNS / 2)
  })

  it('is accepted by validation, and refused when any one entry of the inventory is gone', () => {
    checkPlanned((_given, { result, plan }) => {
      asPlanned(validate(result))
      for (const [path] of leavesOf(plan.added)) {
        const place = locate(result, path)
        assert.equal(place.kind, 'found', path.join('.'))
        const lacking = asObject(withValueAt(result, place.tokens, undefined))
        assert.equal(validate(lacking).decision, 'Deny', path.join('.'))
      }
    }, RUNS / 10)
  })

  it('means the same offline and behind the API server: same intent, same pods', () => {
    checkPlanned((given, { result, plan }) => {
      const online = asPlanned(create(defaulted(given)))
      assert.equal(online.plan.intent, plan.intent)
      assert.deepEqual(withoutPlan(defaulted(online.result)), withoutPlan(defaulted(result)))
    })
  })

  it('is at rest once stored: the defaults that follow it change nothing', () => {
    checkPlanned(given => {
      const stored = defaulted(asPlanned(create(defaulted(given))).result)
      assert.deepEqual(asPlanned(update(stored, stored)).operations, [])
      const kind = workloadKindOf(stored)
      assert.ok(kind !== undefined)
      assert.deepEqual(uninject(kind, stored, asPlanned(create(stored)).plan.added).result, defaulted(given))
    })
  })
})

function asJson(operations: readonly Operation[]): Json {
  return operations
}

function withoutPlan(object: JsonObject): JsonObject {
  return withAnnotations(object, { 'kaito.sh/plan': undefined })
}

const REPLACED_DEFAULTS: Readonly<Record<string, Json>> = {
  'spec.strategy.rollingUpdate.maxSurge': '25%',
  'spec.strategy.rollingUpdate.maxUnavailable': '25%',
  'spec.progressDeadlineSeconds': 600,
  'spec.template.spec.terminationGracePeriodSeconds': 30,
}

/** What says nothing (null, empty, a default that cannot work); and lists that `provisioning: none` merges, whose own entries stay in front. */
function mayBeReplaced(path: readonly Step[], value: Json, merges: boolean): boolean {
  const key = path.join('.')
  const empty =
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
  if (REPLACED_DEFAULTS[key] === value || (empty && key !== 'metadata.annotations')) return true
  return merges && /nodeSelectorTerms/.test(key) && isObject({ value })
}
