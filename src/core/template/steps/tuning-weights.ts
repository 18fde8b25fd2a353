// Pipeline: template. The trainer's weights, as upstream brings them: an artifact that an init container downloads. Images
// that hold their weights, and ready weights of the user's (steps/weights.ts), need nothing.
import { mirroredImage } from '../../api/mirrors.ts'
import { WEIGHTS_PATH } from '../command.ts'
import { IMAGE_FILES_FOOTPRINT } from '../image-files.ts'
import { initContainer } from '../own-container.ts'
import type { Step } from '../step.ts'
import { WEIGHTS_IMAGE } from '../tuning-layout.ts'
import { isMounted } from './mount.ts'
import { isReadyWeights, WEIGHTS_VOLUME } from './weights.ts'

export const TUNING_WEIGHTS: Step = {
  name: 'tuning-weights',
  footprint: IMAGE_FILES_FOOTPRINT,
  edits: input => {
    const { intent, revision, container } = input
    const artifact = intent.tuning === undefined ? undefined : revision.tuning?.weightsImage
    if (artifact === undefined || isReadyWeights(intent.weights) || isMounted(container, WEIGHTS_PATH))
      return []
    const parts = {
      image: WEIGHTS_IMAGE,
      command: ['oras', 'pull', mirroredImage(artifact, input.mirrors), '-o', WEIGHTS_PATH],
      volumeMounts: [{ mountPath: WEIGHTS_PATH, name: WEIGHTS_VOLUME }],
    }
    return [initContainer(input, 'kaito-tuning-weights', parts)]
  },
}
