// Pipeline: vocabulary. Machine-readable reason codes, apart from the sentences that people read (they are put together
// where the facts are known). Webhook, audit annotations, CLI, Events and metrics all use these.

export const REASON_CODES = [
  // Plan
  'Planned',
  'PlanKept',
  'PlanRestored',
  'PlanTakenOver',
  'Replanned',
  'Uninjected',
  // Skip
  'NotAnnotated',
  'BeingDeleted',
  'UnsupportedKind',
  'CreateOnly',
  // Deny
  'InvalidAnnotation',
  'UnknownPreset',
  'UnknownRevision',
  'UnsupportedRuntime',
  'UnknownInstanceType',
  'DoesNotFit',
  'OneNodeOnly',
  'WrongReplicas',
  'InvalidGpuCount',
  'NotTunable',
  'AmbiguousContainer',
  'NodeNameSet',
  'NoImageLeft',
  'InvalidTemplate',
  'NoCommand',
  'ImmutableField',
  'PlanMissing',
  'PlanInvalid',
  'PlanStale',
  'InventoryMissing',
  'PlanTooLarge',
  'PlanForged',
  'PlacementChanged',
  'WrongResource',
  'PortTaken',
  'ReadOnlyFolder',
  'FolderHidden',
  'SecretInAnnotation',
  // What a ConfigMap says, which is known after admission only
  'InvalidTrainingConfig',
  // Policy
  'PolicyInvalid',
  'PolicyUnknown',
  'PresetNotAllowed',
  'RuntimeNotAllowed',
  'InstanceTypeNotAllowed',
  'ImageNotAllowed',
  'TuningHostNotAllowed',
  'IdleGraceTooLong',
  'TooManyGpus',
  'QuotaExceeded',
  'PriceUnknown',
] as const

export type ReasonCode = (typeof REASON_CODES)[number]

export interface Reason {
  readonly code: ReasonCode
  readonly field?: string
  readonly message: string
}
