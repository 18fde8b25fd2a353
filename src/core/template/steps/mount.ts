// Pipeline: template. A volume and its mount, as one: where the user mounts something at the same path, the user's
// stays and a volume that nobody would mount is not added.
import { isObject, listAt, stringAt, type JsonObject } from '../../api/json.ts'
import type { Edit } from '../edit.ts'
import type { FootprintPattern, StepInput } from '../step.ts'

export interface Mount {
  /** Begins with `kaito-`, unless it is a volume of the user's. */
  readonly volume: string
  /** Absent: the volume is the user's. */
  readonly source?: JsonObject
  readonly mountPath: string
  readonly readOnly?: true
  readonly subPath?: string
}

export const MOUNT_FOOTPRINT: readonly FootprintPattern[] = [
  ['{container}', 'volumeMounts', '*'],
  ['{pod}', 'volumes', '*'],
]

export function mountEdits(input: StepInput, mount: Mount): readonly Edit[] {
  const { volume, source, mountPath, readOnly, subPath } = mount
  const value = {
    mountPath,
    name: volume,
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(subPath === undefined ? {} : { subPath }),
  }
  const mountEdit = { path: [...input.at.container, 'volumeMounts', mountPath], value }
  const users = mountedAt(input.container, mountPath)
  if (users !== undefined) return users === mountPath ? [mountEdit] : []
  if (source === undefined) return [mountEdit]
  return [mountEdit, { path: [...input.at.pod, 'volumes', volume], value: { name: volume, ...source } }]
}

/** True where the user mounts something of theirs at the path. */
export function isMounted(container: JsonObject, mountPath: string): boolean {
  return mountedAt(container, mountPath) !== undefined
}

/** The path as the user writes it where something of the user's is mounted there: `/dev/shm/` is `/dev/shm`. */
function mountedAt(container: JsonObject, mountPath: string): string | undefined {
  return listAt(container, 'volumeMounts')
    .map(mount => (isObject(mount) ? stringAt(mount, 'mountPath') : undefined))
    .find(path => path?.replace(/\/+$/, '') === mountPath)
}
