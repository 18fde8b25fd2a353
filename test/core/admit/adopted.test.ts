// A file that comes to say what injection had added: the value is the user's from then on.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { recordedPlan } from '../../../src/core/admit/recorded-plan.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { leafAt } from '../../../src/core/patch/inventory.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { asPlanned, asSkipped, injected, update } from './admission.ts'
import { makeWorkload, podOf, withAnnotations } from './make-workload.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const PATH = ['spec', 'template', 'spec', 'terminationGracePeriodSeconds']

/** As client-side apply sends it: the merged object, and the file beside it. */
function applied(object: JsonObject, pod: JsonObject): JsonObject {
  return withAnnotations(object, { [LAST_APPLIED]: JSON.stringify({ spec: { template: { spec: pod } } }) })
}

/** FieldsV1 of the path, owned by one manager. */
function owned(object: JsonObject, manager: string, operation: 'Apply' | 'Update'): JsonObject {
  const fieldsV1 = PATH.reduceRight<JsonObject>((below, key) => ({ [`f:${key}`]: below }), {})
  const metadata = {
    ...(object['metadata'] as JsonObject),
    managedFields: [{ manager, operation, fieldsV1 }],
  }
  return { ...object, metadata }
}

describe('a value that the user’s file adopts', () => {
  const stored = applied(
    injected(makeWorkload({ container: { image: 'own:1' }, annotations: { runtime: 'vllm' } })),
    {},
  )
  const adopted = asPlanned(update(applied(stored, { terminationGracePeriodSeconds: 60 }), stored))

  it('is the user’s in the plan, and the template stays as it was', () => {
    assert.equal(leafAt(adopted.plan.added, PATH), 0)
    assert.deepEqual(adopted.result['spec'], stored['spec'])
    assert.deepEqual(recordedPlan(DEPLOYMENT, adopted.result), adopted.plan)
  })

  it('stays when the preset goes', () => {
    const removed = withAnnotations(adopted.result, { 'kaito.sh/preset': undefined })
    assert.equal(
      podOf(asSkipped(update(removed, adopted.result)).result)['terminationGracePeriodSeconds'],
      60,
    )
  })

  it('is ours as long as no file says it', () => {
    const { plan, operations } = asPlanned(update(applied(stored, { dnsPolicy: 'Default' }), stored))
    assert.notEqual(leafAt(plan.added, PATH), 0)
    assert.deepEqual(operations, [])
  })

  it('is ours where the file brings its plan along: rendered output says nothing of its own', () => {
    const rendered = injected(makeWorkload())
    const file = withAnnotations(rendered, { [LAST_APPLIED]: JSON.stringify(rendered) })
    assert.deepEqual(asPlanned(update(file, rendered)).operations, [])
  })

  it('is ours where kubectl only turns its updates into applies: no file says it', () => {
    // What client-side apply created, with the API server's defaults; kubectl's first server-side apply converts it.
    const before = owned(stored, 'kubectl-client-side-apply', 'Update')
    const { plan, operations } = asPlanned(update(owned(stored, 'kubectl', 'Apply'), before))
    assert.notEqual(leafAt(plan.added, PATH), 0)
    assert.deepEqual(operations, [])
  })

  it('is the user’s where a manager applies it that has never written it', () => {
    const { plan } = asPlanned(update(owned(stored, 'argocd', 'Apply'), stored))
    assert.equal(leafAt(plan.added, PATH), 0)
  })
})
