// Tiny decisions for tests of the shell: real Decision values, made without the core.
import type { Decision } from '../../src/core/api/decision.ts'
import type { FieldError } from '../../src/core/api/field-error.ts'
import type { Operation } from '../../src/core/api/operation.ts'
import type { Plan } from '../../src/core/api/plan.ts'

/** A plan as small as the type allows. */
export function makePlan(overrides: Partial<Plan> = {}): Plan {
  return {
    v: 1,
    catalogue: 'c',
    intent: 'i',
    preset: 'phi-4-mini-instruct',
    revision: 'kaito-0.12',
    runtime: 'vllm',
    instanceTypes: ['Standard_NC24ads_A100_v4', 'Standard_NC6s_v3'],
    gpusPerPod: 1,
    podsPerNode: 1,
    nodesPerReplica: 1,
    parallelism: { tensor: 1, pipeline: 1, data: 1 },
    provisioning: 'nodeclaim',
    added: {},
    ...overrides,
  }
}

/** Ours: with these operations. */
export function makePlanned(
  operations: readonly Operation[] = [],
  warnings: readonly string[] = [],
): Decision {
  const reasons = [{ code: 'Planned', message: 'planned' }] as const
  return { decision: 'Plan', plan: makePlan(), operations, warnings, reasons, result: {} }
}

/** Refused, for these mistakes. */
export function makeDenied(errors: readonly FieldError[], status: 422 | 403 = 422): Decision {
  const reasons = errors.map(error => ({ code: error.code, message: error.detail }))
  return { decision: 'Deny', errors, status, reasons, warnings: [] }
}

/** Not ours. */
export function makeSkipped(operations: readonly Operation[] = []): Decision {
  const reasons = [{ code: 'NotAnnotated', message: 'no annotation' }] as const
  return { decision: 'Skip', operations, warnings: [], reasons, result: {} }
}
