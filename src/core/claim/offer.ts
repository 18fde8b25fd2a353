// Pipeline: claim. Which instance types may be asked for now, for pods of one shape. Whatever stands in the way is answered as a
// sentence.
import type { ClaimBackend, NodeClassReference } from './backends/backend.ts'
import type { Shape } from './demand.ts'
import { refusalOf, shapeScope, type Ledger } from './ledger.ts'
import type { Attempts } from './plan.ts'
import type { Room } from './room.ts'
import { isDue, type Sentence, type Turn } from './turn.ts'
import { noteSmallTypes, noteUnfitNodes } from './unfit.ts'

/** What claims for a shape can be made of now, or what stands in the way. */
export type Offer = OpenOffer | { readonly ok: false; readonly sentence: Sentence }

/** Claims can be made. */
export interface OpenOffer {
  readonly ok: true
  readonly backend: ClaimBackend
  readonly nodeClass: NodeClassReference | undefined
  /** Not refused, in order of preference; at least one. */
  readonly instanceTypes: readonly string[]
}

/** Looked for once a turn. */
export function findOffer(turn: Turn, ledger: Ledger, room: Room, shape: Shape): Offer {
  const { provisioner } = turn.observation
  if (provisioner === undefined)
    return stop({
      reason: 'NoProvisioner',
      message:
        'no existing node has room, and this cluster serves neither NodeClaim nor Machine of karpenter.sh',
    })
  const { backend, nodeClass, problem } = provisioner
  if (nodeClass === undefined && backend.nodeClassKind !== undefined)
    return stop({ reason: 'NodeClassMissing', message: problem ?? `${backend.name} needs a node class` })
  if (!shape.claimable.ok)
    return stop({
      reason: 'Unsatisfiable',
      message: `no existing node does, and no new one can: ${shape.claimable.message}`,
    })
  const unsupported = backend.unsupportedRequirements?.(shape.claimable.requirements) ?? []
  if (unsupported.length > 0)
    return stop({
      reason: 'Unsatisfiable',
      message: `no existing node does, and no new one can: ${unsupported.join('; ')}`,
    })
  noteUnfitNodes(turn, ledger, room, shape)
  noteSmallTypes(turn, ledger, shape)
  const instanceTypes = shape.claimable.instanceTypes.filter(
    type => refusalOf(ledger, type, shape) === undefined,
  )
  const attempts = ledger.attempts.get(shape.key)
  const mayTry = attempts === undefined || attempts.notBeforeMs <= turn.nowMs
  return instanceTypes.length > 0 && mayTry
    ? { ok: true, backend, nodeClass, instanceTypes }
    : stop(capacitySentence(turn, ledger, shape, attempts))
}

/** Without the time of the next attempt: a message that counts down would be written again and again. */
function capacitySentence(
  turn: Turn,
  ledger: Ledger,
  shape: Shape,
  attempts: Attempts | undefined,
): Sentence {
  const types = shape.claimable.ok ? shape.claimable.instanceTypes : []
  const refusals = types.map(type => refusalOf(ledger, type, shape)).filter(refusal => refusal !== undefined)
  // Both must end: the refusal of one type at least, and the back-off.
  const endsMs =
    refusals.length === types.length ? Math.min(...refusals.map(({ untilMs }) => untilMs)) : turn.nowMs
  isDue(turn, Math.max(endsMs, attempts?.notBeforeMs ?? 0))
  const words = refusals.map(({ instanceType, message }) => `${instanceType}: ${message}`)
  const isUnfit =
    refusals.length === types.length && refusals.every(({ scope }) => scope === shapeScope(shape.key))
  if (isUnfit)
    return {
      reason: 'Unsatisfiable',
      message: `no machine of its plan takes the pod: ${words.join('; ')}`,
      instanceTypes: types,
    }
  const message = words.length > 0 ? words.join('; ') : (attempts?.message ?? 'the last attempt failed')
  return { reason: 'WaitingForCapacity', message: `tried again later. ${message}`, instanceTypes: types }
}

function stop(sentence: Sentence): Offer {
  return { ok: false, sentence }
}
