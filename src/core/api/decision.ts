// Pipeline: vocabulary. The one Decision behind the webhook's response, warnings, audit annotations, CLI output and
// metrics. Plan: the workload is ours (operations may be empty); Deny: every mistake at once; Skip: not ours.
import type { FieldError } from './field-error.ts'
import type { JsonObject } from './json.ts'
import type { Operation } from './operation.ts'
import type { Plan } from './plan.ts'
import type { Reason } from './reason.ts'

/** What a PresetPolicy does not allow. */
export interface PolicyViolation extends FieldError {
  readonly policy: string
  /** The field of the policy: `presets`, `limits.gpus`. */
  readonly rule: string
  readonly enforcement: 'Deny' | 'Warn' | 'Audit'
  /** Of a limit: how much the workload wants. */
  readonly amount?: number
}

/** Of a plan, what webhooks send; to be dropped by whoever changes the operations. */
export interface ReadyPlan extends Pick<Plan, 'preset' | 'instanceTypes'> {
  /** The operations, at least one, as JSON in UTF-8 in base64. */
  readonly patchBase64: string
}

interface Spoken {
  readonly reasons: readonly Reason[]
  /** For the person at kubectl: without the `kaito.sh: ` prefix, cut and cleaned where they leave the process. */
  readonly warnings: readonly string[]
  /** What policies have against it, whatever follows from that; absent: nothing. */
  readonly violations?: readonly PolicyViolation[]
}

export type Decision = Spoken &
  (
    | {
        readonly decision: 'Plan'
        readonly plan: Plan
        readonly operations: readonly Operation[]
        /** What webhooks send of all this, where it is made already: plan and operations need not be made then. */
        readonly ready?: ReadyPlan
        /** The object with the operations applied. */
        readonly result: JsonObject
      }
    | { readonly decision: 'Deny'; readonly errors: readonly FieldError[]; readonly status: 422 | 403 }
    /** Not ours, or no longer ours: then the operations take back what an older plan had added. */
    | { readonly decision: 'Skip'; readonly operations: readonly Operation[]; readonly result: JsonObject }
  )

/** One admission request as the core sees it; `object` and `oldObject` are raw JSON. */
export interface AdmissionInput {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly object: JsonObject
  readonly oldObject?: JsonObject
}
