// Pipeline: claim. What Deny policies say when a pod is about to get its node, whatever was allowed when its workload was
// admitted. Warn and Audit have had their say at admission.
import { globRefusal, mayRefuse } from '../policy/glob.ts'
import { NO_POLICIES } from '../policy/namespace-policies.ts'
import { withMessage } from '../policy/judge.ts'
import type { PresetPolicy } from '../policy/preset-policy.ts'
import type { PodPlacement } from '../workload/observed.ts'
import type { Sentence, Turn } from './turn.ts'

/** Those of the namespace that are enforced, in the order of their names. */
export function denyingPolicies(
  { observation }: Pick<Turn, 'observation'>,
  namespace: string,
): readonly PresetPolicy[] {
  const { policies } = observation.policiesOf(namespace) ?? NO_POLICIES
  return policies.filter(({ enforcement }) => enforcement === 'Deny')
}

/** Why a policy holds a pod, with its name before it and its message behind it. */
export function heldBy(
  policy: PresetPolicy,
  reason: 'QuotaExceeded' | 'PolicyRefused',
  text: string,
): Sentence {
  const message = withMessage(`policy ${policy.name}: ${text}`, policy)
  return { reason, message, policy: policy.name }
}

/** The placement with those instance types that are allowed now, or why the pod must wait. */
export function permittedPlacement(
  turn: Turn,
  namespace: string,
  placement: PodPlacement,
): PodPlacement | Sentence {
  if (turn.observation.policiesOf(namespace) === undefined)
    return {
      reason: 'PolicyUnknown',
      message: `which policies apply to namespace ${namespace} is not known yet`,
    }
  if (denyingPolicies(turn, namespace).length === 0) return placement
  const refusals: Sentence[] = []
  const instanceTypes = placement.instanceTypes.filter(type => {
    const refusal = refusalOf(turn, namespace, type)
    if (refusal !== undefined) refusals.push(refusal)
    return refusal === undefined
  })
  const [first, ...others] = refusals
  if (first === undefined) return placement
  if (instanceTypes.length > 0) return { ...placement, instanceTypes }
  const more = others.length === 0 ? '' : `; and ${others.length} more of its types are refused`
  return { ...first, message: first.message + more }
}

/** Whether pods of the namespace may go to fewer nodes than their equals elsewhere. */
export function restrictsTypes(turn: Turn, namespace: string): boolean {
  return denyingPolicies(turn, namespace).some(({ instanceTypes }) => mayRefuse(instanceTypes))
}

/** Whether pods of the namespace may go to nodes of a type that is none of the plan's. */
export function permitsType(turn: Turn, namespace: string, instanceType: string): boolean {
  return refusalOf(turn, namespace, instanceType) === undefined
}

function refusalOf(turn: Turn, namespace: string, instanceType: string): Sentence | undefined {
  for (const policy of denyingPolicies(turn, namespace)) {
    const refusal = globRefusal(policy.instanceTypes, [instanceType])
    if (refusal !== undefined)
      return heldBy(
        policy,
        'PolicyRefused',
        `instance type ${instanceType} is not allowed, instanceTypes ${refusal}`,
      )
  }
  return undefined
}

/** The longest time for which an idle node of the namespace may be kept. */
export function longestGraceMs(turn: Turn, namespace: string): number {
  return Math.min(...denyingPolicies(turn, namespace).map(({ maxIdleGraceMs = Infinity }) => maxIdleGraceMs))
}
