// Pipeline: template. /dev/shm in memory: NCCL and PyTorch exchange tensors there, and a container's default is 64 MiB.
// No size limit, as upstream: the kernel's half of the node's memory is the limit.
import type { Step } from '../step.ts'
import { MOUNT_FOOTPRINT, mountEdits } from './mount.ts'

export const SHARED_MEMORY: Step = {
  name: 'shared-memory',
  footprint: MOUNT_FOOTPRINT,
  edits: input =>
    mountEdits(input, {
      volume: 'kaito-dshm',
      source: { emptyDir: { medium: 'Memory' } },
      mountPath: '/dev/shm',
    }),
}
