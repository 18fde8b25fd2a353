// Pipeline: template. Requests = limits of nvidia.com/gpu: an extended resource must have equal ones. The user's own
// number is what the placement was made for, so both always agree.
import type { Step } from '../step.ts'

export const GPU_RESOURCE = 'nvidia.com/gpu'

export const GPU: Step = {
  name: 'gpu',
  footprint: [
    ['{container}', 'resources', 'limits', GPU_RESOURCE],
    ['{container}', 'resources', 'requests', GPU_RESOURCE],
  ],
  edits: input =>
    ['limits', 'requests'].map(list => ({
      path: [...input.at.container, 'resources', list, GPU_RESOURCE],
      value: String(input.placement.gpusPerPod),
    })),
}
