// Pipeline: cli. The rules of SARIF: one for each reason code of a refusal, and one for warnings that have no code.
import { REASON_CODES, type ReasonCode } from '../../core/api/reason.ts'
import type { Level } from '../findings.ts'

/** Codes of decisions that refuse nothing. */
type Uneventful =
  | 'Planned'
  | 'PlanKept'
  | 'PlanRestored'
  | 'PlanTakenOver'
  | 'Replanned'
  | 'Uninjected'
  | 'NotAnnotated'
  | 'BeingDeleted'
  | 'UnsupportedKind'
  | 'CreateOnly'

export type RuleId = Exclude<ReasonCode, Uneventful> | 'Warning'

interface SarifRule {
  /** The rule in one sentence. */
  readonly what: string
  readonly remedy: string
  /** What a finding of this rule is unless it says otherwise. */
  readonly level: Level
}

export const SARIF_RULES: Readonly<Record<RuleId, SarifRule>> = {
  InvalidAnnotation: refusal(
    'A kaito.sh/ annotation has a value that cannot be understood.',
    'docs/annotations.md says what each annotation accepts.',
  ),
  UnknownPreset: refusal(
    'The catalogue has no such preset.',
    '`kaito-native presets` lists what there is; presets/README.md tells how to add a model.',
  ),
  UnknownRevision: refusal(
    'The preset has no such revision.',
    'Use one of the revisions that the message names, or none: the newest that runs is taken.',
  ),
  UnsupportedRuntime: refusal(
    'The preset does not run under this runtime.',
    'Use a runtime that the message names, or leave kaito.sh/runtime out.',
  ),
  UnknownInstanceType: refusal(
    'The catalogue has no such instance type.',
    'Use `auto`, a type that `kaito-native fit PRESET --cloud any` prints, or add the type to the catalogue.',
  ),
  DoesNotFit: refusal(
    'The model does not fit on these instance types.',
    '`kaito-native fit PRESET` prints where it fits, and why not elsewhere.',
  ),
  OneNodeOnly: refusal(
    'The model needs several nodes, which this kind or server cannot span.',
    'Use a StatefulSet whose spec.replicas is the number of nodes, or larger nodes.',
  ),
  WrongReplicas: refusal(
    'A replica that spans nodes has exactly as many pods as nodes.',
    'Set spec.replicas to the number that the message names.',
  ),
  InvalidGpuCount: refusal(
    'The model cannot be spread over this number of GPUs.',
    'Ask for a number that the message names, or leave nvidia.com/gpu out.',
  ),
  NotTunable: refusal(
    'The preset cannot be fine-tuned.',
    '`kaito-native presets` says which presets are tunable.',
  ),
  AmbiguousContainer: refusal(
    'It is not clear which container is to be filled.',
    'Name it with kaito.sh/container.',
  ),
  NodeNameSet: refusal(
    'A pod that names its node passes by every scheduler.',
    'Take spec.nodeName out of the pod template.',
  ),
  NoImageLeft: refusal('The preset is gone, and with it the image.', 'Set an image, or delete the workload.'),
  InvalidTemplate: refusal(
    'A field of the workload is not what Kubernetes accepts there.',
    'Correct the field; `kubectl explain` tells its type.',
  ),
  NoCommand: refusal(
    'A Job without a tuning method runs the command that it is given, and has none.',
    'Set command or args, or kaito.sh/tuning-method.',
  ),
  ImmutableField: refusal(
    'The change needs a field that cannot change once the object exists.',
    'Delete the object and create it anew.',
  ),
  PlanMissing: refusal(
    'An annotated workload carries no plan.',
    "kaito-native's mutating webhook writes it: see docs/operating.md if it was not reached.",
  ),
  PlanInvalid: refusal(
    'The annotation kaito.sh/plan is written by kaito-native and cannot be read.',
    'Take the annotation out of the file.',
  ),
  PlanStale: refusal(
    'The plan was made for other annotations or another template.',
    'Take kaito.sh/plan out of the file: a new one is made.',
  ),
  InventoryMissing: refusal(
    'Part of what the plan added is gone.',
    'Take kaito.sh/plan out of the file: everything is added anew.',
  ),
  PlanTooLarge: refusal(
    'The plan of the workload would not fit into its annotation.',
    'Shorten tolerations and node affinity.',
  ),
  PlanForged: refusal(
    'The plan is not one that kaito-native would have made.',
    'Take kaito.sh/plan out of the file.',
  ),
  PlacementChanged: refusal(
    'The annotation kaito.sh/placement does not follow from the plan.',
    'Take the annotation out of the pod template.',
  ),
  WrongResource: refusal(
    'The container asks for another GPU resource than the plan.',
    'Ask for nvidia.com/gpu, or for none.',
  ),
  PortTaken: refusal('Another container uses the port of the model server.', 'Give it another port.'),
  ReadOnlyFolder: refusal(
    'The server cannot write where it must.',
    'Mount a writable volume there, or drop readOnlyRootFilesystem.',
  ),
  FolderHidden: refusal('A mount hides a folder that the server needs.', 'Mount it elsewhere.'),
  SecretInAnnotation: refusal(
    'An annotation holds a secret itself.',
    'Put it into a Secret and name that; revoke what was written down.',
  ),
  InvalidTrainingConfig: refusal(
    'The ConfigMap with the settings of the trainer cannot work.',
    'Mend the ConfigMap; the message names each mistake.',
  ),
  PolicyInvalid: refusal('A PresetPolicy cannot be read.', 'docs/policy.md says what each field accepts.'),
  PolicyUnknown: refusal('It is not known yet which policies apply to the namespace.', 'Try again.'),
  PresetNotAllowed: refusal(
    'A policy does not allow the preset in this namespace.',
    'Use a preset that the policy allows, or ask its owner.',
  ),
  RuntimeNotAllowed: refusal(
    'A policy does not allow the runtime in this namespace.',
    'Use a runtime that the policy allows, or ask its owner.',
  ),
  InstanceTypeNotAllowed: refusal(
    'A policy does not allow the instance type in this namespace.',
    'Use a type that the policy allows, or `auto`, which keeps to what is allowed.',
  ),
  ImageNotAllowed: refusal(
    'A policy does not allow images from this registry in this namespace.',
    'Use an image of a registry that the policy allows, or have the registry mirrored.',
  ),
  TuningHostNotAllowed: refusal(
    'A policy does not allow tuning data from this host in this namespace.',
    'Put the data on a host that the policy allows.',
  ),
  IdleGraceTooLong: refusal(
    'A policy does not allow nodes to stay idle for so long.',
    'Set kaito.sh/idle-grace to no more than the policy allows.',
  ),
  TooManyGpus: refusal(
    'A policy does not allow so many GPUs for one pod or workload.',
    'Use a smaller model, fewer replicas, or ask the owner of the policy.',
  ),
  QuotaExceeded: refusal(
    'The namespace would use more than its quota of GPUs, nodes or cost.',
    'Use fewer replicas, stop another workload, or ask the owner of the policy.',
  ),
  PriceUnknown: refusal(
    'A policy limits the cost, and the instance type has no price in the catalogue.',
    'Use a type with a price, or add the price to the catalogue (presets/README.md).',
  ),
  Warning: {
    what: 'The workload is let through, and something about it is not as it seems.',
    remedy: 'The message says what was left alone, ignored, or will surprise.',
    level: 'warning',
  },
}

/** In the order of the codes. */
export const RULE_IDS: readonly RuleId[] = [...REASON_CODES.filter(isRule), 'Warning']

function isRule(code: ReasonCode): code is Exclude<RuleId, 'Warning'> {
  return Object.hasOwn(SARIF_RULES, code)
}

function refusal(what: string, remedy: string): SarifRule {
  return { what, remedy, level: 'error' }
}
