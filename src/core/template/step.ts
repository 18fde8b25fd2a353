// Pipeline: template. A step says one thing that the pods of a preset need, as edits; its inverse is the patch engine's.
// The footprint declares every place that it may ever touch: patch operations elsewhere are a bug, found by a test.
import type { JsonObject } from '../api/json.ts'
import type { Mirror } from '../api/mirrors.ts'
import type { Runtime } from '../api/names.ts'
import type { Placement, Provisioning } from '../api/plan.ts'
import type { PodScripts } from '../api/pod-scripts.ts'
import type { Intent } from '../intent/intent.ts'
import type { Preset, PresetRevision } from '../preset/catalogue.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import type { Edit } from './edit.ts'

/** What was chosen for the workload: the steps render it, they decide nothing. */
export interface Choice {
  readonly preset: Preset
  readonly revision: PresetRevision
  readonly runtime: Runtime
  readonly placement: Placement
  readonly provisioning: Provisioning
  /** Images are mounted; else a container pulls what is in them. */
  readonly imageVolumes: boolean
  /** Where images are pulled from instead, and what Hugging Face is called here. */
  readonly mirrors: readonly Mirror[]
  /** The pods wait for the controller, which holds quotas; always where it claims nodes. */
  readonly gated: boolean
  /** Existing nodes of other types are not to be used, though their GPU labels say that they would do. */
  readonly typesOnly: boolean
  /** Memory of one GPU of the smallest instance type of the placement. */
  readonly gpuMemoryGiB: number
  /** `--gpu-memory-utilization`: the lowest that the instance types ask for; absent where the runtime has none. */
  readonly gpuMemoryUtilization: string | undefined
  /** The CPU KV cache would take memory that is not this pod's alone. */
  readonly kvOffloadOff: boolean
}

/** The template as the user wrote it: what an older plan had added is taken back before anything is read. */
export interface TemplateReading {
  readonly object: JsonObject
  readonly template: JsonObject
  readonly pod: JsonObject
  /** Empty where the container does not exist yet. */
  readonly container: JsonObject
  readonly containerName: string
  /** Where it stands, in Kubernetes' notation: `spec.template.spec.containers[0]`. */
  readonly containerField: string
  /** Repository of the user's own image; undefined where the container has none. */
  readonly repository: string | undefined
  /** Another port of the user's container is called `http`. */
  readonly httpPortTaken: boolean
  /** GPUs that the user's container asks for. */
  readonly gpus: number | undefined
  /** The user's own grace period leaves no time for the drain: the API server would refuse it. */
  readonly shortGrace: boolean
  /** Deployment only: the strategy is the API's default, which needs a spare GPU node for every rollout. */
  readonly defaultStrategy: boolean
  /** The user's container says what to run. */
  readonly hasCommand: boolean
  /** Job only: the user's own `restartPolicy: OnFailure`, with which the API takes no podFailurePolicy. */
  readonly restartsInPlace: boolean
  /** Job only: the user's own backoffLimitPerIndex, beside which a backoffLimit of 0 would end everything. */
  readonly limitPerIndex: boolean
  /** The pod has a volume of the user's named `data`, for a trainer. */
  readonly ownData: boolean
  /** And one named `results`. */
  readonly ownResults: boolean
}

export interface StepInput extends Choice, TemplateReading {
  readonly kind: WorkloadKind
  readonly name: string
  readonly namespace: string
  readonly intent: Intent
  /**
   * - preset: the container runs (or will run) an image with KAITO's layout, whose needs are known.
   * - own: the user's own server, of which we know nothing.
   */
  readonly server: 'preset' | 'own'
  /** The image that the container runs: the user's, a mirror's of the preset's, or the preset's. */
  readonly image: string
  /** The pod as it arrives, with what an older plan had added: who rewrites images keeps his choice. */
  readonly arrivingPod: JsonObject
  /** The mirrors of the plan that arrives: what they made of an image is ours, nobody else's choice. */
  readonly arrivingMirrors: readonly Mirror[]
  /** What containers of ours run where no image brings its own. */
  readonly scripts: PodScripts
  /** Paths, from the object's root. */
  readonly at: {
    readonly spec: readonly string[]
    readonly template: readonly string[]
    readonly pod: readonly string[]
    readonly container: readonly string[]
  }
}

/** True where the container is KAITO's server: then command, port, probes and drain are ours. */
export function isServer({ server, kind }: Pick<StepInput, 'server' | 'kind'>): boolean {
  return server === 'preset' && !kind.runsToCompletion
}

/** `{spec}`, `{template}`, `{pod}` and `{container}` stand for those paths, `*` for any merge key or map key. */
export type FootprintPattern = readonly string[]

export interface Step {
  readonly name: string
  readonly footprint: readonly FootprintPattern[]
  readonly edits: (input: StepInput) => readonly Edit[]
}
