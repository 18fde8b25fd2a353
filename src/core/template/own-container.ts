// Pipeline: template. A container of ours beside the user's, whole: with every field that the API server would default, so
// that the stored one equals the injected one, and with the image that a webhook for mirrors has chosen for it.
import { isMirrorOf, pullPolicyOf } from '../api/image.ts'
import { mirroredImage } from '../api/mirrors.ts'
import { isObject, listAt, stringAt, type JsonObject } from '../api/json.ts'
import type { Edit } from './edit.ts'
import { followedSecurity } from './followed-security.ts'
import type { StepInput } from './step.ts'

export interface ContainerParts {
  readonly image: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly volumeMounts: readonly JsonObject[]
}

/** Runs before the user's containers. */
export function initContainer(input: StepInput, name: string, parts: ContainerParts): Edit {
  return container(input, 'initContainers', name, parts)
}

/** Runs beside the user's containers, and is started after them. */
export function sideContainer(input: StepInput, name: string, parts: ContainerParts): Edit {
  return container(input, 'containers', name, parts)
}

/** The last lines that it writes tell why it failed. */
function container(
  input: StepInput,
  list: 'containers' | 'initContainers',
  name: string,
  parts: ContainerParts,
): Edit {
  const { at, container: users } = input
  const image = imageIn(input, list, name, parts.image)
  const env = Object.entries(parts.env ?? {})
  const securityContext = followedSecurity(users)
  const value = {
    name,
    image,
    imagePullPolicy: pullPolicyOf(image),
    command: parts.command,
    ...(env.length === 0 ? {} : { env: env.map(([variable, text]) => ({ name: variable, value: text })) }),
    resources: {},
    ...(securityContext === undefined ? {} : { securityContext }),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: parts.volumeMounts,
  }
  return { path: [...at.pod, list, name], value }
}

function imageIn(input: StepInput, list: string, name: string, image: string): string {
  const standing = listAt(input.arrivingPod, list)
    .filter(isObject)
    .find(one => one['name'] === name)
  return pulledImage(input, image, stringAt(standing, 'image'))
}

/**
 * The reference by which an image is pulled: what a webhook for mirrors has made of it where it stands already, else the
 * policy's mirror, else itself.
 */
export function pulledImage(
  { mirrors, arrivingMirrors }: Pick<StepInput, 'mirrors' | 'arrivingMirrors'>,
  image: string,
  standing: string | undefined,
): string {
  const [arrived, mirrored] = [mirroredImage(image, arrivingMirrors), mirroredImage(image, mirrors)]
  const isForeign =
    standing !== undefined &&
    standing !== arrived &&
    [image, arrived, mirrored].some(original => isMirrorOf(standing, original))
  return isForeign ? standing : mirrored
}
