// Pipeline: template. Where the weights live: an emptyDir that the download fills, a claim that keeps it, or ready
// weights, read-only: in a claim, or an image with the files at its root. Images that hold their weights need nothing.
import type { Weights } from '../../api/annotation-values.ts'
import type { JsonObject } from '../../api/json.ts'
import { WEIGHTS_PATH } from '../command.ts'
import type { Edit } from '../edit.ts'
import { imageFilesEdits, IMAGE_FILES_FOOTPRINT, imageSource } from '../image-files.ts'
import type { Step, StepInput } from '../step.ts'
import { isMounted, MOUNT_FOOTPRINT, mountEdits } from './mount.ts'

export const WEIGHTS_VOLUME = 'kaito-weights'

/** True for weights that need no download: the server starts offline. */
export function isReadyWeights(weights: Weights | undefined): boolean {
  return weights !== undefined && (weights.kind === 'image' || weights.path !== undefined)
}

export const WEIGHTS: Step = {
  name: 'weights',
  footprint: [...MOUNT_FOOTPRINT, ...IMAGE_FILES_FOOTPRINT],
  edits: input => {
    const { weights } = input.intent
    if (weights?.kind === 'image') return imageEdits(input, weights.reference)
    if (weights?.kind === 'claim') {
      const ready = weights.path !== undefined
      const persistentVolumeClaim: JsonObject = {
        claimName: weights.claim,
        ...(ready ? { readOnly: true } : {}),
      }
      const mount = { volume: WEIGHTS_VOLUME, source: { persistentVolumeClaim }, mountPath: WEIGHTS_PATH }
      return mountEdits(
        input,
        weights.path === undefined ? mount : { ...mount, readOnly: true, subPath: weights.path },
      )
    }
    if (input.server === 'own' || input.revision.weightsInImage || input.revision.name === 'kaito-0.4')
      return []
    return mountEdits(input, { volume: WEIGHTS_VOLUME, source: { emptyDir: {} }, mountPath: WEIGHTS_PATH })
  },
}

/** Mounted as they are, or pulled into an emptyDir before the server starts. */
function imageEdits(input: StepInput, image: string): readonly Edit[] {
  const source = input.imageVolumes ? imageSource(input, image) : { emptyDir: {} }
  const mounts = mountEdits(input, {
    volume: WEIGHTS_VOLUME,
    source,
    mountPath: WEIGHTS_PATH,
    readOnly: true,
  })
  if (input.imageVolumes || isMounted(input.container, WEIGHTS_PATH)) return mounts
  const to = { mountPath: WEIGHTS_PATH, to: WEIGHTS_PATH }
  const files = {
    name: WEIGHTS_VOLUME,
    image,
    folder: '.',
    volume: WEIGHTS_VOLUME,
    ...to,
    file: 'config.json',
  }
  return [...mounts, ...imageFilesEdits(input, files)]
}
