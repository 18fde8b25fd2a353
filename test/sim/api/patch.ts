// Simulator: the three kinds of patches that the controller sends. JSON Patch is applied by the `jsonpatch` package, the
// others as RFC 7386 and the strategic merge of conditions (by type) have it.
import { applyOperations } from '../../../src/cli/apply.ts'
import { isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import type { Operation } from '../../../src/core/api/operation.ts'
import { doesNotApply, StatusError } from './status-error.ts'

/** The object as the patch would have it. */
export function patched(object: JsonObject, contentType: string, body: Json): JsonObject {
  if (contentType.startsWith('application/json-patch')) return jsonPatched(object, body)
  if (!isObject(body)) throw new StatusError(400, 'BadRequest', 'a patch must be an object')
  return merged(object, body, contentType.startsWith('application/strategic-merge-patch'))
}

function jsonPatched(object: JsonObject, body: Json): JsonObject {
  try {
    return applyOperations(object, body as unknown as readonly Operation[])
  } catch (error) {
    throw doesNotApply(error instanceof Error ? error.message : String(error))
  }
}

function merged(target: JsonObject, patch: JsonObject, strategic: boolean): JsonObject {
  const result: Record<string, Json | undefined> = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    const current = result[key]
    if (value === null) delete result[key]
    else if (strategic && key === 'conditions' && Array.isArray(value))
      result[key] = mergedByType(Array.isArray(current) ? current : [], value)
    else if (isObject(value)) result[key] = merged(isObject(current) ? current : {}, value, strategic)
    else result[key] = value
  }
  return result
}

function mergedByType(current: readonly Json[], patches: readonly Json[]): readonly Json[] {
  const result = current.filter(isObject)
  for (const patch of patches.filter(isObject)) {
    const at = result.findIndex(({ type }) => type === patch['type'])
    if (patch['$patch'] === 'delete') result.splice(at, at < 0 ? 0 : 1)
    else if (at < 0) result.push(patch)
    else result[at] = { ...result[at], ...patch }
  }
  return result
}
