// Simulator: the instance types that there are, with what a node of them has.
import type { Texts } from '../api/objects.ts'

export interface InstanceType {
  readonly name: string
  readonly gpus: number
}

export const INSTANCE_TYPES: readonly [InstanceType, ...InstanceType[]] = [
  { name: 'one-a', gpus: 1 },
  { name: 'one-b', gpus: 1 },
  { name: 'two', gpus: 2 },
  { name: 'four', gpus: 4 },
]

export const ZONES = ['zone-1', 'zone-2'] as const

export function instanceType(name: string): InstanceType | undefined {
  return INSTANCE_TYPES.find(type => type.name === name)
}

/** status.allocatable of a node, with its GPUs or before the device plugin has published them. */
export function allocatableOf({ gpus }: InstanceType, withGpus: boolean): Texts {
  return {
    cpu: String(8 * gpus),
    memory: `${64 * gpus}Gi`,
    pods: '110',
    'ephemeral-storage': '2Ti',
    ...(withGpus && { 'nvidia.com/gpu': String(gpus) }),
  }
}
