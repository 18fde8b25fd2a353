// Pipeline: template. The ordered list of steps: everything that injection ever adds is one of these.
import type { Edit } from './edit.ts'
import type { FootprintPattern, Step, StepInput } from './step.ts'
import { ADAPTERS } from './steps/adapters.ts'
import { AFFINITY } from './steps/affinity.ts'
import { COMMAND } from './steps/command.ts'
import { COMPLETION } from './steps/completion.ts'
import { CONFIG } from './steps/config.ts'
import { CUDA_TOOLKIT } from './steps/cuda-toolkit.ts'
import { DRAIN } from './steps/drain.ts'
import { ENV } from './steps/env.ts'
import { GATE } from './steps/gate.ts'
import { GPU } from './steps/gpu.ts'
import { GROUP } from './steps/group.ts'
import { IMAGE } from './steps/image.ts'
import { LABELS } from './steps/labels.ts'
import { PLACEMENT_ANNOTATION } from './steps/placement.ts'
import { PORT } from './steps/port.ts'
import { PROBES } from './steps/probes.ts'
import { PULL_SECRETS } from './steps/pull-secrets.ts'
import { ROLLOUT } from './steps/rollout.ts'
import { SHARED_MEMORY } from './steps/shared-memory.ts'
import { TOLERATIONS } from './steps/tolerations.ts'
import { TRAINER } from './steps/trainer.ts'
import { TUNING_DATA } from './steps/tuning-data.ts'
import { TUNING_RESULTS } from './steps/tuning-results.ts'
import { TUNING_WEIGHTS } from './steps/tuning-weights.ts'
import { WEIGHTS } from './steps/weights.ts'

/** In the order in which a person reads a container: what runs, with what, where. */
export const STEPS: readonly Step[] = [
  IMAGE,
  COMMAND,
  TRAINER,
  PORT,
  GPU,
  PROBES,
  DRAIN,
  ENV,
  SHARED_MEMORY,
  WEIGHTS,
  CONFIG,
  CUDA_TOOLKIT,
  ADAPTERS,
  TUNING_RESULTS,
  TUNING_WEIGHTS,
  TUNING_DATA,
  PULL_SECRETS,
  TOLERATIONS,
  AFFINITY,
  LABELS,
  GATE,
  PLACEMENT_ANNOTATION,
  ROLLOUT,
  GROUP,
  COMPLETION,
]

/** Everything that the workload should hold for its choice. */
export function desiredEdits(input: StepInput): readonly Edit[] {
  return STEPS.flatMap(step => step.edits(input))
}

/** Every place that injection may touch, the plan annotation aside. */
export const FOOTPRINT: readonly FootprintPattern[] = [
  ...new Map(STEPS.flatMap(step => step.footprint).map(pattern => [pattern.join('\n'), pattern])).values(),
]
