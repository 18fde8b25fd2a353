// Pipeline: template. The user's container becomes the trainer: upstream's command (KAITO v0.12.0 pkg/model/interface.go,
// v0.4.6 pkg/workspace/tuning/preset-tuning.go, the same in both) inside of the wrapper that tells the pusher of its end.
import type { Step, StepInput } from '../step.ts'
import { folderEnv } from '../tuning-layout.ts'

/** The metrics server is a by-product; signals reach the trainer itself. The user's `args` follow. */
function trainerScript(processes: number): string {
  const launch = `accelerate launch --num_processes=${processes} /workspace/tfs/fine_tuning.py`
  return `cd /workspace/tfs/ && python3 metrics_server.py & exec ${launch} "$@"`
}

function command({ scripts, placement: { gpusPerPod } }: StepInput): readonly string[] {
  const trainer = ['/bin/sh', '-c', trainerScript(gpusPerPod), 'fine-tuning']
  return ['/bin/sh', '-c', scripts.tuningTrain, 'kaito-trainer', ...trainer]
}

/** What LoRA is applied to, where the library does not know the model's layers by itself; the names are upstream's. */
const PHI_3_MODULES = 'k_proj,q_proj,v_proj,o_proj,gate_proj,down_proj,up_proj'

function variables(input: StepInput): Readonly<Record<string, string>> {
  return {
    ...folderEnv(input),
    PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True',
    ...(input.preset.name.startsWith('phi-3') ? { DEFAULT_TARGET_MODULES: PHI_3_MODULES } : {}),
  }
}

export const TRAINER: Step = {
  name: 'trainer',
  footprint: [
    ['{container}', 'command'],
    ['{container}', 'env', '*'],
    ['{container}', 'terminationMessagePolicy'],
  ],
  edits: input => {
    if (input.intent.tuning === undefined) return []
    const at = input.at.container
    return [
      { path: [...at, 'command'], value: command(input) },
      ...Object.entries(variables(input)).map(([name, value]) => ({
        path: [...at, 'env', name],
        value: { name, value },
      })),
      { path: [...at, 'terminationMessagePolicy'], value: 'FallbackToLogsOnError' },
    ]
  },
}
