// What the tests of admission share: the packaged catalogue, both pipelines by their operations, and a decision that must
// be a plan. No doubles: everything here is the product's own code or plain JSON.
import assert from 'node:assert/strict'
import { createCoreMeans } from '../../../src/cli/core-means.ts'
import { loadCatalogue } from '../../../src/catalogue/load.ts'
import { OFFLINE_FACTS, type AdmissionContext } from '../../../src/core/admit/context.ts'
import { decideMutation } from '../../../src/core/admit/mutate.ts'
import { decideValidation } from '../../../src/core/admit/validate.ts'
import type { Decision } from '../../../src/core/api/decision.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'

export type Planned = Decision & { decision: 'Plan' }
export type Denied = Decision & { decision: 'Deny' }
export type Skipped = Decision & { decision: 'Skip' }

/** The packaged catalogue and what `render` assumes of the cluster. */
export const CONTEXT: AdmissionContext = {
  catalogue: await packagedCatalogue(),
  facts: OFFLINE_FACTS,
  ...createCoreMeans(),
}
/** The same where pods may mount images. */
export const IMAGE_VOLUMES: AdmissionContext = { ...CONTEXT, facts: { ...OFFLINE_FACTS, imageVolumes: true } }

async function packagedCatalogue(): Promise<AdmissionContext['catalogue']> {
  const loaded = await loadCatalogue()
  assert.ok(loaded.ok, 'the packaged catalogue loads')
  return loaded.value
}

export function create(object: JsonObject, context = CONTEXT): Decision {
  return decideMutation({ operation: 'CREATE', object }, context)
}

export function update(object: JsonObject, oldObject: JsonObject, context = CONTEXT): Decision {
  return decideMutation({ operation: 'UPDATE', object, oldObject }, context)
}

export function validate(object: JsonObject, context = CONTEXT): Decision {
  return decideValidation({ operation: 'CREATE', object }, context)
}

/** The validating webhook's answer to an UPDATE. */
export function validateUpdate(object: JsonObject, oldObject: JsonObject, context = CONTEXT): Decision {
  return decideValidation({ operation: 'UPDATE', object, oldObject }, context)
}

export function asPlanned(decision: Decision): Planned {
  assert.equal(decision.decision, 'Plan', messagesOf(decision).join('\n'))
  return decision
}

export function asDenied(decision: Decision): Denied {
  assert.equal(decision.decision, 'Deny', messagesOf(decision).join('\n'))
  return decision
}

export function asSkipped(decision: Decision): Skipped {
  assert.equal(decision.decision, 'Skip', messagesOf(decision).join('\n'))
  return decision
}

/** The workload as the webhook leaves it on CREATE. */
export function injected(object: JsonObject, context = CONTEXT): JsonObject {
  return asPlanned(create(object, context)).result
}

export function messagesOf(decision: Decision): readonly string[] {
  return decision.reasons.map(({ message }) => message)
}
