// Pipeline: template. Where the weights live: an emptyDir that the download fills, a claim that keeps it, or ready
// weights, read-only. Images that hold their weights need nothing.
import type { Weights } from '../../api/annotation-values.ts'
import type { JsonObject } from '../../api/json.ts'
import { WEIGHTS_PATH } from '../command.ts'
import type { Step } from '../step.ts'
import { MOUNT_FOOTPRINT, mountEdits } from './mount.ts'

const VOLUME = 'kaito-weights'

/** True for weights that need no download: the server starts offline. */
export function isReadyWeights(weights: Weights | undefined): boolean {
  return weights !== undefined && (weights.kind === 'image' || weights.path !== undefined)
}

export const WEIGHTS: Step = {
  name: 'weights',
  footprint: MOUNT_FOOTPRINT,
  edits: input => {
    const { weights } = input.intent
    if (weights?.kind === 'claim') {
      const ready = weights.path !== undefined
      const persistentVolumeClaim: JsonObject = {
        claimName: weights.claim,
        ...(ready ? { readOnly: true } : {}),
      }
      const mount = { volume: VOLUME, source: { persistentVolumeClaim }, mountPath: WEIGHTS_PATH }
      return mountEdits(
        input,
        weights.path === undefined ? mount : { ...mount, readOnly: true, subPath: weights.path },
      )
    }
    if (input.server === 'own' || input.revision.weightsInImage || input.revision.name === 'kaito-0.4')
      return []
    return mountEdits(input, { volume: VOLUME, source: { emptyDir: {} }, mountPath: WEIGHTS_PATH })
  },
}
