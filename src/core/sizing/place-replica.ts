// Pipeline: need × instance types → placement. The entry: checks what the user asked for, all at once, then leaves the
// choice to `auto` or to the user's own list.
import type { FieldError } from '../api/field-error.ts'
import type { Result } from '../api/result.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { resolveInstanceTypes } from './instance-types.ts'
import { placeAuto } from './place-auto.ts'
import { placeListed } from './place-listed.ts'
import { MAX_INSTANCE_TYPES, type Placed } from './placed.ts'
import type { PlacementRequest } from './request.ts'
import { resolveNeeds } from './resolve-needs.ts'

/** The shape for one replica and the instance types that have it, or every reason why there is none. */
export function placeReplica(request: PlacementRequest, catalogue: Catalogue): Result<Placed> {
  const gpuErrors = validateGpus(request)
  const listErrors = validateList(request)
  const listed = resolveInstanceTypes(
    listErrors.length > 0 ? [] : request.instanceTypes,
    catalogue,
    request.fields.instanceType,
  )
  const needs = resolveNeeds(request, request.fields)
  const errors = [...(needs.ok ? [] : needs.errors), ...listErrors, ...listed.errors, ...gpuErrors]
  const auto = request.instanceTypes.length === 0
  if (!needs.ok || (!auto && listed.types.length === 0)) return { ok: false, errors }
  const asked = gpuErrors.length > 0 ? undefined : request.gpusPerPod
  const { multiNode, nodes, oneNodeReason } = request
  const maxGpusPerPod = auto ? request.maxGpusPerPod : undefined
  const search = { catalogue, needs: needs.value, asked, maxGpusPerPod, multiNode, nodes, oneNodeReason }
  const placed = auto ? placeAuto(search, request) : placeListed(search, request, listed.types)
  if (errors.length === 0) return placed
  return { ok: false, errors: placed.ok ? errors : [...errors, ...placed.errors] }
}

function validateGpus({ gpusPerPod: gpus, fields }: PlacementRequest): FieldError[] {
  if (gpus === undefined || (Number.isSafeInteger(gpus) && gpus > 0)) return []
  const detail = 'must be a whole number of GPUs, at least 1'
  return [{ type: 'Invalid', field: fields.gpus, value: String(gpus), detail, code: 'InvalidGpuCount' }]
}

function validateList({ instanceTypes, fields }: PlacementRequest): FieldError[] {
  if (instanceTypes.length <= MAX_INSTANCE_TYPES) return []
  const detail = `must have at most ${MAX_INSTANCE_TYPES} instance types`
  return [
    {
      type: 'Invalid',
      field: fields.instanceType,
      value: instanceTypes.join(','),
      detail,
      code: 'InvalidAnnotation',
    },
  ]
}
