// Pipeline: admit, final objects. Folders: what KAITO's programs write must be writable, and where they are must not be
// hidden by a volume. Of a server of the user's own nothing is known, so nothing is said.
import type { FieldError } from '../../api/field-error.ts'
import { isObject, objectAt, stringAt, type JsonObject } from '../../api/json.ts'
import { WEIGHTS_PATH } from '../../template/command.ts'
import { ADAPTERS_FOLDER } from '../../template/steps/adapters.ts'
import { isReadyWeights } from '../../template/steps/weights.ts'
import { entriesAt, environmentOf, type FinalPod } from './final-pod.ts'

/** Every folder that is read-only or hidden. */
export function folderErrors(pod: FinalPod): readonly FieldError[] {
  if (!pod.runsOurs) return []
  const mounts = mountsOf(pod)
  return [...hiddenErrors(pod, mounts), ...readOnlyRootErrors(pod, mounts)]
}

interface Mount {
  readonly path: string
  readonly field: string
  readonly isOurs: boolean
  readonly isReadOnly: boolean
}

function mountsOf({ filled, pod }: FinalPod): readonly Mount[] {
  return entriesAt(filled.container, 'volumeMounts').map(({ entry, index }) => {
    const volume = stringAt(entry, 'name') ?? ''
    return {
      path: withoutSlashes(stringAt(entry, 'mountPath') ?? ''),
      field: `${filled.field}.volumeMounts[${index}].mountPath`,
      isOurs: volume.startsWith('kaito-'),
      isReadOnly: entry['readOnly'] === true || isReadOnlyVolume(pod, volume),
    }
  })
}

/** `/dev/shm/` is `/dev/shm`; the root is empty, so that every path begins with it. */
function withoutSlashes(path: string): string {
  return path.replace(/\/+$/, '')
}

const READ_ONLY_SOURCES = ['configMap', 'secret', 'projected', 'downwardAPI', 'image']

function isReadOnlyVolume(pod: JsonObject, name: string): boolean {
  const volume = entriesAt(pod, 'volumes').find(({ entry }) => entry['name'] === name)?.entry ?? {}
  return (
    READ_ONLY_SOURCES.some(source => isObject(volume[source])) ||
    objectAt(volume, 'persistentVolumeClaim')['readOnly'] === true
  )
}

/** Without these no Python starts, whatever is in the volume instead. */
const SYSTEM_FOLDERS = ['/usr/local/lib', '/usr/local/bin', '/usr/lib', '/usr/bin']

/** What stands in these folders of the image, or what the plan mounts, is needed. */
function hiddenErrors(pod: FinalPod, mounts: readonly Mount[]): readonly FieldError[] {
  const programs = programFolder(pod)
  return mounts
    .filter(({ isOurs }) => !isOurs)
    .flatMap(mount => {
      const needed =
        [programs, ...SYSTEM_FOLDERS].find(folder => isWithin(folder, mount.path)) ??
        adapterFolders(pod).find(folder => folder === mount.path)
      if (needed !== undefined) return [hidden(mount, `hides ${needed}, which the image or the plan fills`)]
      const below = mounts.find(
        ({ isOurs, path }) => isOurs && path !== mount.path && isWithin(path, mount.path),
      )
      return mount.isReadOnly && below !== undefined
        ? [hidden(mount, `is read-only, so ${below.path} of the plan cannot be mounted in it`)]
        : []
    })
}

function programFolder({ kind, plan }: FinalPod): string {
  return plan.runtime === 'vllm' && !kind.runsToCompletion ? '/workspace/vllm' : '/workspace/tfs'
}

function adapterFolders({ intent }: FinalPod): readonly string[] {
  return intent.adapters.map(({ name }) => `${ADAPTERS_FOLDER}/${name}`)
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function hidden({ field, path }: Mount, why: string): FieldError {
  const detail = `${why}: mount the volume elsewhere`
  return { type: 'Invalid', field, value: path === '' ? '/' : path, detail, code: 'FolderHidden' }
}

/** A folder that is written, and the variables that move it elsewhere. */
interface Written {
  readonly path: string
  readonly variables: readonly string[]
  readonly what: string
}

function writtenFolders({ plan, intent, kind }: FinalPod): readonly Written[] {
  const temporary = { path: '/tmp', variables: ['TMPDIR'], what: 'temporary files' }
  const downloads =
    plan.revision === 'kaito-0.12' && !kind.runsToCompletion && !isReadyWeights(intent.weights)
  if (!downloads) return [temporary]
  const weights =
    plan.runtime === 'vllm'
      ? { path: WEIGHTS_PATH, variables: [], what: 'the weights that it downloads' }
      : {
          path: '/root/.cache/huggingface',
          variables: ['HF_HOME', 'HF_HUB_CACHE', 'XDG_CACHE_HOME', 'HOME'],
          what: 'the weights that it downloads',
        }
  return [temporary, weights]
}

/** A volume that is mounted there is the user's affair, read-only or not: it may hold what is needed. */
function readOnlyRootErrors(pod: FinalPod, mounts: readonly Mount[]): readonly FieldError[] {
  const { filled } = pod
  if (objectAt(filled.container, 'securityContext')['readOnlyRootFilesystem'] !== true) return []
  const missing = writtenFolders(pod).filter(
    ({ path, variables }) =>
      !variables.some(name => environmentOf(filled, name) !== undefined) &&
      !mounts.some(mount => isWithin(path, mount.path)),
  )
  if (missing.length === 0) return []
  const list = missing.map(({ path, what, variables: [variable] }) => {
    const or = variable === undefined ? '' : `, or set ${variable}`
    return `${path} (${what}${or})`
  })
  const field = `${filled.field}.securityContext.readOnlyRootFilesystem`
  const detail = `the container writes to ${list.join(' and ')}: mount a volume there, like an emptyDir`
  return [{ type: 'Invalid', field, value: 'true', detail, code: 'ReadOnlyFolder' }]
}
