// Pipeline: template. Presets with kernels compiled at start (DeepSeek V3.2/V4, GLM 5.2, …) need the CUDA toolkit, which
// the image unpacks into a folder. Upstream shares that folder by hostPath; an emptyDir keeps Pod Security `baseline`.
import type { Step } from '../step.ts'
import { followedSecurity } from '../followed-security.ts'
import { MOUNT_FOOTPRINT, mountEdits } from './mount.ts'

export const CUDA_FOLDER = '/opt/kaito/cuda/129'
const VOLUME = 'kaito-cuda-toolkit'
const INIT_CONTAINER = 'kaito-cuda-toolkit'

export const CUDA_TOOLKIT: Step = {
  name: 'cuda-toolkit',
  footprint: [...MOUNT_FOOTPRINT, ['{pod}', 'initContainers', '*']],
  edits: input => {
    if (input.intent.tuning !== undefined) return []
    if (input.server === 'own' || input.runtime !== 'vllm' || !input.revision.cudaToolkit) return []
    const mount = {
      volume: VOLUME,
      source: { emptyDir: {} },
      mountPath: CUDA_FOLDER,
      readOnly: true,
    } as const
    const securityContext = followedSecurity(input.container)
    const value = {
      name: INIT_CONTAINER,
      image: input.image,
      imagePullPolicy: 'IfNotPresent',
      command: ['/bin/sh', '-c', '/workspace/cuda-provision.sh "$1"', 'sh', CUDA_FOLDER],
      resources: {},
      ...(securityContext === undefined ? {} : { securityContext }),
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      volumeMounts: [{ mountPath: CUDA_FOLDER, name: VOLUME }],
    }
    return [...mountEdits(input, mount), { path: [...input.at.pod, 'initContainers', INIT_CONTAINER], value }]
  },
}
