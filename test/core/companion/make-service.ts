// Services as the API server has them after we made them and their user changed them.
import assert from 'node:assert/strict'
import { isObject, type JsonObject } from '../../../src/core/api/json.ts'
import { projectService } from '../../../src/core/claim/project-related.ts'
import { planCompanions } from '../../../src/core/companion/plan-companions.ts'
import type { ObservedService, ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeMetadata } from '../claim/make-objects.ts'
import { mergePatched } from './merge-patch.ts'

/** The Service of this name that the workload got, or would have got; `edits` is its user's merge patch. */
export function makeService(workload: ObservedWorkload, name: string, edits: JsonObject = {}): JsonObject {
  const { deletedAtMs: _, service: __, ...living } = workload
  const { actions } = planCompanions({ ...living, annotated: true }, new Map())
  const action = actions.find(one => one.type === 'create-service' && one.name === name)
  assert.ok(action?.type === 'create-service', name)
  return patched(patched(action.object, { metadata: makeMetadata(name) }), edits)
}

/** The object as a merge patch leaves it. */
export function patched(object: JsonObject, patch: JsonObject): JsonObject {
  const result = mergePatched(object, patch)
  assert.ok(isObject(result))
  return result
}

/** The Service as the controller remembers it. */
export function observe(raw: JsonObject): ObservedService {
  const service = projectService(raw)
  assert.ok(service)
  return service
}
