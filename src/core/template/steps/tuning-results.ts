// Pipeline: template. /mnt/results, into which the trainer saves the adapter: the user's own volume `results`, or one from
// which a second container pushes it as an image. Before anything is trained, an init container tries that push.
import type { JsonObject } from '../../api/json.ts'
import type { Intent } from '../../intent/intent.ts'
import type { Edit } from '../edit.ts'
import { initContainer, sideContainer } from '../own-container.ts'
import type { FootprintPattern, Step, StepInput } from '../step.ts'
import {
  folderEnv,
  OUR_RESULTS_VOLUME,
  PUSH_IMAGE,
  PUSH_SECRET_FOLDER,
  PUSH_SECRET_VOLUME,
  RESULTS_FOLDER,
  RESULTS_VOLUME,
  STATE_FOLDER,
  STATE_VOLUME,
} from '../tuning-layout.ts'
import { MOUNT_FOOTPRINT, mountEdits } from './mount.ts'

const CHECK = 'kaito-push-check'
const PUSHER = 'kaito-pusher'
/** The API server's default mode of projected files (0644). */
const DEFAULT_MODE = 420

type Output = NonNullable<NonNullable<Intent['tuning']>['output']>

const FOOTPRINT: readonly FootprintPattern[] = [
  ...MOUNT_FOOTPRINT,
  ['{pod}', 'initContainers', '*'],
  ['{pod}', 'containers', PUSHER],
]

export const TUNING_RESULTS: Step = {
  name: 'tuning-results',
  footprint: FOOTPRINT,
  edits: input => {
    const { tuning } = input.intent
    if (tuning === undefined) return []
    if (tuning.output === undefined)
      return mountEdits(input, { volume: RESULTS_VOLUME, mountPath: RESULTS_FOLDER })
    const results = { volume: OUR_RESULTS_VOLUME, source: { emptyDir: {} }, mountPath: RESULTS_FOLDER }
    const state = { volume: STATE_VOLUME, source: { emptyDir: {} }, mountPath: STATE_FOLDER }
    return [
      ...mountEdits(input, results),
      ...mountEdits(input, state),
      ...containers(input, tuning.output),
      secretVolume(input, tuning.output),
    ]
  },
}

/** Only these two see the push secret. */
function containers(input: StepInput, { image }: Output): readonly Edit[] {
  const results = { mountPath: RESULTS_FOLDER, name: OUR_RESULTS_VOLUME, readOnly: true }
  const ofPush = (mode: 'check' | 'push', mounts: readonly JsonObject[]) => ({
    image: PUSH_IMAGE,
    command: ['/bin/sh', '-c', input.scripts.tuningPush, mode === 'check' ? CHECK : PUSHER, mode],
    env: {
      ...folderEnv(input),
      KAITO_OUTPUT_IMAGE: image,
      KAITO_MODEL_NAME: input.preset.name,
      DOCKER_CONFIG: PUSH_SECRET_FOLDER,
    },
    volumeMounts: [
      ...mounts,
      { mountPath: STATE_FOLDER, name: STATE_VOLUME },
      { mountPath: PUSH_SECRET_FOLDER, name: PUSH_SECRET_VOLUME, readOnly: true },
    ],
  })
  return [
    initContainer(input, CHECK, ofPush('check', [])),
    sideContainer(input, PUSHER, ofPush('push', [results])),
  ]
}

function secretVolume({ at }: StepInput, { pushSecret }: Output): Edit {
  const secret = { name: pushSecret, items: [{ key: '.dockerconfigjson', path: 'config.json' }] }
  const value = {
    name: PUSH_SECRET_VOLUME,
    projected: { sources: [{ secret }], defaultMode: DEFAULT_MODE },
  }
  return { path: [...at.pod, 'volumes', PUSH_SECRET_VOLUME], value }
}
