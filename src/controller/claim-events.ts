// Shell: controller. The newest Warning about each claim: what a provisioner says before it deletes one, in its own words.
import { projectClaimEvent } from '../core/claim/project-claim.ts'
import type { ClaimEvent } from '../core/claim/observation.ts'
import type { WatchHandler } from '../core/ports.ts'

/** Claims about which something is remembered; the oldest are forgotten first. */
const KEPT = 2000

/** By claim, and fed by a watch. */
export interface ClaimEvents {
  readonly byClaim: ReadonlyMap<string, ClaimEvent>
  readonly handler: WatchHandler
}

/** Remembers nothing yet. An Event's own end (after an hour) changes nothing. */
export function createClaimEvents(onChange: () => void): ClaimEvents {
  const byClaim = new Map<string, ClaimEvent>()
  return {
    byClaim,
    handler: {
      onObject(object) {
        const seen = projectClaimEvent(object)
        if (seen === undefined) return
        const known = byClaim.get(seen.claimUid)
        if (known !== undefined && known.atMs > seen.event.atMs) return
        byClaim.delete(seen.claimUid)
        byClaim.set(seen.claimUid, seen.event)
        const [oldest] = byClaim.keys()
        if (byClaim.size > KEPT && oldest !== undefined) byClaim.delete(oldest)
        onChange()
      },
      onDeleted: () => undefined,
      onListStart: () => undefined,
      onListEnd: () => undefined,
    },
  }
}
