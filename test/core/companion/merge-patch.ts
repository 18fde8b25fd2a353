// JSON merge patch as the API server applies it: https://www.rfc-editor.org/rfc/rfc7396#section-2
import { isObject, type Json } from '../../../src/core/api/json.ts'

/** The target as the patch leaves it. */
export function mergePatched(target: Json | undefined, patch: Json | undefined): Json | undefined {
  if (!isObject(patch)) return patch
  const merged = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatched(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}
