// Pipeline: template. Files from an image into a folder of the pod, by an init container; nothing of the image itself is run,
// so it needs no shell (docs/adr/0005-adapters.md). Where pods may mount images, a container with the image that the node needs
// anyway copies them; elsewhere one with skopeo pulls them, with the pull secrets mounted, because kubelet does not help it.
import { pullPolicyOf, withoutNeedlessTag } from '../api/image.ts'
import { mirroredImage } from '../api/mirrors.ts'
import { isObject, listAt, stringAt, type JsonObject } from '../api/json.ts'
import type { Intent } from '../intent/intent.ts'
import type { Edit } from './edit.ts'
import { initContainer, type ContainerParts } from './own-container.ts'
import type { FootprintPattern, StepInput } from './step.ts'

/** As upstream has it (KAITO v0.12.0 pkg/workspace/image/puller.go); it has a shell and tar. */
export const PULLER_IMAGE = 'mcr.microsoft.com/aks/skopeo:1.14.4-6'
/** Where the image is mounted in the container that copies. */
const IMAGE_FOLDER = '/kaito/image'
/** Where image-pull.sh looks for credentials. */
const SECRETS_FOLDER = '/kaito/pull-secrets'
const SECRETS_VOLUME = 'kaito-pull-secrets'
/** The API server's default mode of projected files (0644). */
const DEFAULT_MODE = 420

export const IMAGE_FILES_FOOTPRINT: readonly FootprintPattern[] = [
  ['{pod}', 'initContainers', '*'],
  ['{pod}', 'volumes', '*'],
  ['{pod}', 'imagePullSecrets', '*'],
]

export interface ImageFiles {
  /** The init container, and the volume of the image. */
  readonly name: string
  readonly image: string
  /** In the image: `data`; `.` for all of it. */
  readonly folder: string
  /** The volume that takes them, and where the init container mounts it. */
  readonly volume: string
  readonly mountPath: string
  /** The folder for them, at or below the mount path. */
  readonly to: string
  /** A file that must be among them: a wrong image is told by name. Empty: none. */
  readonly file: string
}

/** True where pods read files from images that are not their containers' own. */
export function readsImages(intent: Pick<Intent, 'adapters' | 'weights' | 'tuning'>): boolean {
  const { adapters, weights, tuning } = intent
  return adapters.length > 0 || weights?.kind === 'image' || tuning?.inputImage !== undefined
}

/** The names of the pod's own pull secrets, in an order of their own: merges may change that of the list. */
export function podPullSecrets(pod: JsonObject): readonly string[] {
  return listAt(pod, 'imagePullSecrets')
    .flatMap(secret => (isObject(secret) ? (stringAt(secret, 'name') ?? []) : []))
    .toSorted()
}

/** The volume source for an image. */
export function imageSource({ mirrors }: Pick<StepInput, 'mirrors'>, image: string): JsonObject {
  const reference = mirroredImage(image, mirrors)
  return { image: { reference, pullPolicy: pullPolicyOf(reference) } }
}

/** The init container that brings the files. */
export function imageFilesEdits(input: StepInput, files: ImageFiles): readonly Edit[] {
  return input.imageVolumes
    ? copyEdits(input, files)
    : [initContainer(input, files.name, pullContainer(input, files))]
}

function copyEdits(input: StepInput, files: ImageFiles): readonly Edit[] {
  const { name, folder, volume, mountPath, to, file } = files
  // A server of the user's own may have no shell.
  const image = input.server === 'preset' ? input.image : PULLER_IMAGE
  const copier = {
    image,
    command: ['/bin/sh', '-c', input.scripts.imageCopy, name, `${IMAGE_FOLDER}/${folder}`, to, file],
    volumeMounts: [
      { mountPath, name: volume },
      { mountPath: IMAGE_FOLDER, name, readOnly: true },
    ],
  }
  const value = { name, ...imageSource(input, files.image) }
  return [{ path: [...input.at.pod, 'volumes', name], value }, initContainer(input, name, copier)]
}

function pullContainer(input: StepInput, files: ImageFiles): ContainerParts {
  const { name, folder, volume, mountPath, to, file } = files
  const reference = withoutNeedlessTag(mirroredImage(files.image, input.mirrors))
  const secrets =
    pullSecretsOf(input).length === 0
      ? []
      : [{ mountPath: SECRETS_FOLDER, name: SECRETS_VOLUME, readOnly: true }]
  return {
    image: PULLER_IMAGE,
    command: ['/bin/sh', '-c', input.scripts.imagePull, name, reference, folder, to, file],
    volumeMounts: [{ mountPath, name: volume }, ...secrets],
  }
}

/**
 * The secrets for all images of the plan. Kubelet takes those of the pod, the adapters' among them; for a container that pulls
 * they are mounted. One of an adapter's that is missing holds the pod up, with an Event that names it; one of the pod's own need not
 * exist, as ever.
 */
export function pullSecretEdits(input: StepInput): readonly Edit[] {
  if (!readsImages(input.intent)) return []
  if (input.imageVolumes)
    return adapterSecrets(input).map(name => ({
      path: [...input.at.pod, 'imagePullSecrets', name],
      value: { name },
    }))
  const required = new Set(adapterSecrets(input))
  const sources = pullSecretsOf(input).map(name => ({
    secret: {
      name,
      items: [{ key: '.dockerconfigjson', path: `${name}.json` }],
      ...(required.has(name) ? {} : { optional: true }),
    },
  }))
  if (sources.length === 0) return []
  const value = { name: SECRETS_VOLUME, projected: { sources, defaultMode: DEFAULT_MODE } }
  return [{ path: [...input.at.pod, 'volumes', SECRETS_VOLUME], value }]
}

function adapterSecrets({ intent }: StepInput): readonly string[] {
  return [...new Set(intent.adapters.flatMap(adapter => adapter.imagePullSecrets))]
}

function pullSecretsOf(input: StepInput): readonly string[] {
  return [...new Set([...adapterSecrets(input), ...podPullSecrets(input.pod)])]
}
