// Pipeline: claim. What a pod is told that waits for a claim, for a node that others are leaving, or for the rest of its replica.
import { launchWords, pendingText } from './claim-state.ts'
import type { Shape } from './demand.ts'
import { refusalOf, type Ledger } from './ledger.ts'
import type { Slot } from './room.ts'
import type { Sentence } from './turn.ts'

/** Of a pod that is assigned to the slot and may not go there yet. */
export function waitingSentence(ledger: Ledger, shape: Shape, slot: Slot): Sentence {
  const { claim, node } = slot
  if (slot.isBeingLeft)
    return { reason: 'WaitingForNode', message: `waiting for a pod on node ${node?.name ?? ''} to end` }
  if (slot.isReady || claim === undefined)
    return { reason: 'WaitingForGroup', message: 'its node is ready, others of its replica are not yet' }
  const types = claim.instanceTypes
  const message = `waiting for claim ${claim.name} (${types.join(', ')}), ${pendingText(claim)}`
  return {
    // gpu-provisioner leaves a claim whose launch fails where it is, and tries again: nobody else says so.
    reason: launchWords(claim) === undefined ? 'WaitingForNode' : 'ClaimFailed',
    message: withRefusals(ledger, shape, types, message),
    instanceTypes: types,
  }
}

/** What was refused before stays in sight while the next instance type is tried. */
export function withRefusals(
  ledger: Ledger,
  shape: Shape,
  tried: readonly string[],
  message: string,
): string {
  const refusals = shape.placement.instanceTypes
    .filter(type => !tried.includes(type))
    .map(type => refusalOf(ledger, type, shape))
    .filter(refusal => refusal !== undefined)
    .map(refusal => `${refusal.instanceType} was refused: ${refusal.message}`)
  return [message, ...refusals].join('; ')
}
