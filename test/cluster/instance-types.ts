// The machines that Karpenter's KWOK provider sells in tests: every NVIDIA instance type of the catalogue, and one without
// GPUs. Pure. What the catalogue does not say (CPU, memory, price) is made up so that the cheapest choice is always one.
import type { Cloud } from '../../src/core/api/names.ts'
import type { InstanceType } from '../../src/core/preset/catalogue.ts'

/** An entry of the provider's instance type file (Karpenter's kwok/cloudprovider/helpers.go reads it). */
export interface KwokInstanceType {
  readonly name: string
  readonly architecture: 'amd64'
  readonly operatingSystems: readonly ['linux']
  readonly resources: Readonly<Record<string, string>>
  readonly offerings: readonly Offering[]
}

interface Offering {
  readonly Price: number
  readonly Available: true
  readonly Requirements: readonly {
    readonly key: string
    readonly operator: 'In'
    readonly values: string[]
  }[]
}

/** The zones that every instance type is offered in, the cheapest first. */
export const zones = ['zone-1', 'zone-2', 'zone-3'] as const

/** Name of the instance type without GPUs. */
export const cpuInstanceType = 'cpu-only'

const gpuFreePrice = 0.1
const zoneSurcharge = 0.01
const spotDiscount = 0.7

/** The instance types of some clouds. More GPU memory costs more, and no two types, zones or capacity types cost the same. */
export const kwokInstanceTypes = (
  types: readonly InstanceType[],
  clouds: readonly Cloud[],
): readonly KwokInstanceType[] => {
  const sold = types.filter(({ vendor, cloud }) => vendor === 'nvidia' && clouds.includes(cloud))
  const ascending = sold.toSorted((a, b) => gpuMemoryGiB(a) - gpuMemoryGiB(b) || (a.name < b.name ? -1 : 1))
  return [
    kwokInstanceType(cpuInstanceType, { cpu: '16', memory: '64Gi' }, gpuFreePrice),
    ...ascending.map((type, index) => kwokInstanceType(type.name, resourcesOf(type), index + 1)),
  ]
}

const gpuMemoryGiB = (type: InstanceType): number => type.gpuCount * type.gpuMemoryGiB

// Real machines of this kind have about twice the memory of their GPUs, and 6 to 24 CPUs for each GPU.
const resourcesOf = (type: InstanceType): Readonly<Record<string, string>> => ({
  cpu: String(24 * type.gpuCount),
  memory: `${64 + 2 * gpuMemoryGiB(type)}Gi`,
  'nvidia.com/gpu': String(type.gpuCount),
})

const kwokInstanceType = (
  name: string,
  resources: Readonly<Record<string, string>>,
  price: number,
): KwokInstanceType => ({
  name,
  architecture: 'amd64',
  operatingSystems: ['linux'],
  resources: { ...resources, pods: '110', 'ephemeral-storage': '2Ti' },
  offerings: zones.flatMap((zone, index) => {
    const zonePrice = price + index * zoneSurcharge
    return [offering('on-demand', zone, zonePrice), offering('spot', zone, zonePrice * (1 - spotDiscount))]
  }),
})

const offering = (capacityType: string, zone: string, price: number): Offering => ({
  Price: price,
  Available: true,
  Requirements: [
    { key: 'karpenter.sh/capacity-type', operator: 'In', values: [capacityType] },
    { key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] },
  ],
})
