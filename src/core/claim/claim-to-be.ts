// Pipeline: claim. A claim that is being made, as the watch will tell of it: what is decided counts before it is seen.
import { objectAt, type JsonObject } from '../api/json.ts'
import type { ObservedClaim } from './observation.ts'
import { projectClaim } from './project-claim.ts'

/** Undefined where the object could not be one of ours. */
export function claimToBe(name: string, object: JsonObject, nowMs: number): ObservedClaim | undefined {
  const identity = {
    name,
    uid: `on its way: ${name}`,
    resourceVersion: '0',
    creationTimestamp: new Date(nowMs).toISOString(),
  }
  return projectClaim({ ...object, metadata: { ...objectAt(object, 'metadata'), ...identity } })
}
