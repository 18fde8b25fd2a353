// Pipeline: template. A container of ours beside the user's, whole: with every field that the API server would default, so
// that the stored one equals the injected one, and with the image that a webhook for mirrors has chosen for it.
import { isMirrorOf, pullPolicyOf } from '../api/image.ts'
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
  { at, arrivingPod, container: users }: StepInput,
  list: 'containers' | 'initContainers',
  name: string,
  parts: ContainerParts,
): Edit {
  const image = mirroredImage(arrivingPod, list, name, parts.image)
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

/** The image that a webhook for mirrors has put into this container, if it did. */
function mirroredImage(pod: JsonObject, list: string, name: string, image: string): string {
  const standing = listAt(pod, list)
    .filter(isObject)
    .find(one => one['name'] === name)
  const own = stringAt(standing, 'image')
  return own !== undefined && isMirrorOf(own, image) ? own : image
}
