// Pipeline: admit. What policies make of a choice before it is made: `auto` chooses among what they allow, images come from
// their mirrors, and a quota keeps the gate. Everything else is judged when the choice stands (src/core/policy/judge.ts).
import type { FieldError } from '../api/field-error.ts'
import type { Result } from '../api/result.ts'
import { globRefusal, mayRefuse } from '../policy/glob.ts'
import type { NamespacePolicies } from '../policy/namespace-policies.ts'
import { withMessage } from '../policy/judge.ts'
import type { PresetPolicy } from '../policy/preset-policy.ts'
import type { Catalogue, InstanceType } from '../preset/catalogue.ts'
import type { Placed } from '../sizing/placed.ts'
import type { PlacementRequest } from '../sizing/request.ts'

type Place = (request: PlacementRequest, catalogue: Catalogue) => Result<Placed>

/** True where the quota of a namespace must hold for pods that kube-scheduler places by itself. */
export function keepsGate({ policies }: NamespacePolicies): boolean {
  return policies.some(({ enforcement, limits }) => enforcement === 'Deny' && limits.gpus !== undefined)
}

/** True where pods that kube-scheduler places by itself must not go to types that nobody has looked at. */
export function keepsToTypes({ policies }: NamespacePolicies): boolean {
  return policies.some(({ enforcement, instanceTypes }) => enforcement === 'Deny' && mayRefuse(instanceTypes))
}

/**
 * Places within what Deny and Warn policies allow, else within what Deny policies allow (the choice then gets a warning), else
 * says whose policy leaves nothing. A list of the user's own is taken as it is: what is not allowed in it is refused by name.
 */
export function placeWithin(
  place: Place,
  request: PlacementRequest,
  catalogue: Catalogue,
  { policies }: NamespacePolicies,
): Result<Placed> {
  if (request.instanceTypes.length > 0 || !policies.some(narrows)) return place(request, catalogue)
  const denying = policies.filter(({ enforcement }) => enforcement === 'Deny')
  const strict = policies.filter(({ enforcement }) => enforcement !== 'Audit')
  const placed = placeAmong(place, request, catalogue, strict)
  if (placed.ok) return placed
  const lenient = denying.length === strict.length ? placed : placeAmong(place, request, catalogue, denying)
  if (lenient.ok) return lenient
  const anywhere = place(request, catalogue)
  return anywhere.ok
    ? {
        ok: false,
        errors: denying.filter(narrows).map(policy => noneAllowed(request, anywhere.value, policy)),
      }
    : anywhere
}

function narrows({ instanceTypes, limits }: PresetPolicy): boolean {
  return mayRefuse(instanceTypes) || limits.costPerHour !== undefined || limits.gpusPerPod !== undefined
}

function placeAmong(
  place: Place,
  request: PlacementRequest,
  catalogue: Catalogue,
  policies: readonly PresetPolicy[],
): Result<Placed> {
  const allowed = (types: readonly InstanceType[]) =>
    types.filter(type => policies.every(policy => allows(policy, type)))
  const limits = policies.flatMap(policy => policy.limits.gpusPerPod ?? [])
  const narrowed = {
    ...request,
    ...(request.existing === undefined ? {} : { existing: allowed(request.existing) }),
    ...(limits.length === 0 ? {} : { maxGpusPerPod: Math.min(...limits) }),
  }
  return place(narrowed, { ...catalogue, instanceTypes: allowed(catalogue.instanceTypes) })
}

/** A node that alone costs more than the limit is none that could be claimed. */
function allows({ instanceTypes, limits }: PresetPolicy, { name, pricePerHour }: InstanceType): boolean {
  if (globRefusal(instanceTypes, [name]) !== undefined) return false
  return (
    limits.costPerHour === undefined || (pricePerHour !== undefined && pricePerHour <= limits.costPerHour)
  )
}

function noneAllowed(
  { preset, fields }: PlacementRequest,
  { placement: { instanceTypes } }: Placed,
  policy: PresetPolicy,
): FieldError {
  const detail = `${preset.name} fits on no instance type that policy ${policy.name} allows (${rulesOf(policy)}); without it: ${instanceTypes.join(', ')}`
  return {
    type: 'Forbidden',
    field: fields.instanceType,
    value: 'auto',
    detail: withMessage(detail, policy),
    code: 'InstanceTypeNotAllowed',
    policy: policy.name,
  }
}

function rulesOf({ instanceTypes: { allow, deny }, limits }: PresetPolicy): string {
  return [
    ...(allow === undefined ? [] : [`allow ${allow.join(', ') || 'none'}`]),
    ...(deny.length === 0 ? [] : [`deny ${deny.join(', ')}`]),
    ...(limits.gpusPerPod === undefined ? [] : [`at most ${limits.gpusPerPod} GPUs for a pod`]),
    ...(limits.costPerHour === undefined
      ? []
      : [`at most ${limits.costPerHour} an hour, and no type without a price`]),
  ].join('; ')
}
