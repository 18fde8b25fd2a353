// Placement against an exhaustive search that shares no code with it, and the promises that hold for every input.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { CLOUDS } from '../../../src/core/api/names.ts'
import type {
  Catalogue,
  InstanceType,
  ModelFigures,
  Preset,
  PresetRevision,
  TableFigures,
} from '../../../src/core/preset/catalogue.ts'
import { estimateGpus } from '../../../src/core/sizing/estimate.ts'
import { fitRows } from '../../../src/core/sizing/fit-rows.ts'
import { placeReplica } from '../../../src/core/sizing/place-replica.ts'
import type { PlacementRequest } from '../../../src/core/sizing/request.ts'
import { isShape, shapeOn } from '../../../src/core/sizing/shape.ts'
import {
  makeCatalogue,
  makeFigures,
  makeLegacyRevision,
  makeNeed,
  makePreset,
  makeRequest,
  makeRevision,
  makeRuntimes,
} from './builders.ts'

const GIB = 1024 ** 3

const figures: fc.Arbitrary<ModelFigures> = fc
  .tuple(
    fc.double({ min: 0.5, max: 900, noNaN: true }),
    fc.constantFrom(8192, 57_344, 131_072, 393_216, 983_040),
    fc.constantFrom<[number, number] | undefined>(
      [24, 8],
      [40, 10],
      [28, 4],
      [64, 8],
      [71, 1],
      [32, 2],
      [7, 7],
      undefined,
    ),
  )
  .map(([weightGiB, bytesPerToken, heads]) => makeFigures(weightGiB, bytesPerToken, heads))

const runtimes = makeRuntimes('vllm', 'transformers')
const modern: fc.Arbitrary<PresetRevision> = figures.map(given => makeRevision(given, { runtimes }))
const table: fc.Arbitrary<TableFigures> = fc.record({
  gpuCount: fc.integer({ min: 1, max: 4 }),
  totalGpuMemoryGiB: fc.double({ min: 8, max: 300, noNaN: true }),
  perGpuMemoryGiB: fc.constantFrom(0, 14, 19),
})
const legacy: fc.Arbitrary<PresetRevision> = fc
  .tuple(figures, table, fc.boolean())
  .map(([given, sizes, tensorParallel]) => makeLegacyRevision(given, sizes, { runtimes, tensorParallel }))

const preset: fc.Arbitrary<Preset> = fc
  .tuple(fc.option(modern, { nil: undefined, freq: 6 }), fc.option(legacy, { nil: undefined, freq: 2 }))
  .map(revisions => revisions.filter(revision => revision !== undefined))
  .filter(revisions => revisions.length > 0)
  .map(revisions => makePreset('model', ...revisions))

const instanceType = fc.record({
  cloud: fc.constantFrom('azure' as const, 'azure' as const, 'aws' as const),
  vendor: fc.constantFrom('nvidia' as const, 'nvidia' as const, 'nvidia' as const, 'amd' as const),
  gpu: fc.constantFrom('NVIDIA A10', 'NVIDIA A100'),
  gpuCount: fc.constantFrom(1, 2, 3, 4, 6, 8, 16),
  gpuMemoryGiB: fc.constantFrom(8, 16, 24, 40, 48, 80, 94, 141),
  computeCapability: fc.constantFrom(5.2, 7, 7.5, 8, 8.6, 9, undefined),
  pricePerHour: fc.integer({ min: 1, max: 40 }),
})

function catalogueOf(isPriced: (index: number) => boolean): fc.Arbitrary<Catalogue> {
  return fc
    .array(instanceType, { maxLength: 12 })
    .map(types => makeCatalogue(...types.map((type, index) => named(type, index, isPriced(index)))))
}

function named(
  type: Omit<InstanceType, 'name' | 'computeCapability'> & { computeCapability: number | undefined },
  index: number,
  isPriced: boolean,
): InstanceType {
  const { computeCapability, pricePerHour, ...rest } = type
  return {
    ...rest,
    name: `type-${index}`,
    ...(computeCapability === undefined ? {} : { computeCapability }),
    ...(isPriced && pricePerHour !== undefined ? { pricePerHour } : {}),
  }
}

// The exhaustive search: every number of GPUs, every split, written from the published rules.
interface Found {
  readonly name: string
  readonly gpus: number
  readonly key: readonly (number | string)[]
}

function needs(revision: PresetRevision, type: InstanceType, gpus: number): number {
  if (revision.table !== undefined) {
    const { gpuCount, totalGpuMemoryGiB, perGpuMemoryGiB } = revision.table
    for (let n = gpuCount; n <= 1000; n += 1) {
      if (n * type.gpuMemoryGiB >= totalGpuMemoryGiB && type.gpuMemoryGiB >= perGpuMemoryGiB) return n
    }
    return Infinity
  }
  const { weightBytes, bytesPerToken } = revision.figures
  const budget = (type.gpuMemoryGiB * GIB * 0.84 - 2.3 * GIB - (2048 * bytesPerToken) / gpus) / 1.05
  return budget <= 0 ? Infinity : Math.floor((weightBytes * 1.02) / budget) + 1
}

function splits(revision: PresetRevision, t: number): boolean {
  const { attentionHeads: a = t, keyValueHeads: k = t } = revision.figures
  return t === 1 || (revision.tensorParallel && a % t === 0 && (t < k ? k % t === 0 : t % k === 0))
}

function works(revision: PresetRevision, type: InstanceType, gpus: number): boolean {
  if (needs(revision, type, gpus) > gpus) return false
  const isLegacy = revision.name === 'kaito-0.4'
  if (splits(revision, gpus)) return true
  if (isLegacy && !revision.tensorParallel) return needs(revision, type, 1) <= 1
  if (isLegacy && (type.computeCapability ?? 0) < 8) return false
  return Array.from({ length: gpus }, (_, index) => index + 1).some(
    t => gpus % t === 0 && splits(revision, t) && needs(revision, type, t) <= t,
  )
}

function cheapest(given: Preset, from: Catalogue): Found | undefined {
  const floors = { 'kaito-0.12': 8, 'kaito-0.4': 7 }
  const types = from.instanceTypes.filter(({ cloud, vendor }) => cloud === 'azure' && vendor === 'nvidia')
  const taken = new Set<InstanceType>()
  for (const revision of given.revisions) {
    const mine = types.filter(
      type => !taken.has(type) && (type.computeCapability ?? 0) >= floors[revision.name],
    )
    mine.forEach(type => taken.add(type))
    const fitting = mine.flatMap(type => {
      const gpus = Array.from({ length: type.gpuCount }, (_, index) => index + 1).find(n =>
        works(revision, type, n),
      )
      return gpus === undefined ? [] : [{ type, gpus }]
    })
    if (fitting.length === 0) continue
    const priced = fitting.every(({ type }) => type.pricePerHour !== undefined)
    return fitting
      .map(({ type, gpus }) => {
        const cost = priced
          ? (type.pricePerHour ?? 0) / Math.floor(type.gpuCount / gpus)
          : gpus * type.gpuMemoryGiB
        return { name: type.name, gpus, key: [cost, gpus, type.gpuCount, type.name] }
      })
      .reduce((best, found) => (isBefore(found.key, best.key) ? found : best))
  }
  return undefined
}

function isBefore(a: readonly (number | string)[], b: readonly (number | string)[]): boolean {
  const index = a.findIndex((value, position) => value !== b[position])
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0)
}

const PRICING: readonly (readonly [string, fc.Arbitrary<Catalogue>])[] = [
  ['without prices', catalogueOf(() => false)],
  ['with prices', catalogueOf(() => true)],
  ['with some prices', catalogueOf(index => index % 3 !== 0)],
]

describe('placement properties', () => {
  for (const [name, catalogues] of PRICING) {
    it(`auto finds the minimum of an exhaustive search, ${name}`, () => {
      fc.assert(
        fc.property(preset, catalogues, (given, from) => {
          const result = placeReplica(makeRequest(given), from)
          const want = cheapest(given, from)
          assert.equal(result.ok ? result.value.placement.instanceTypes[0] : undefined, want?.name)
          assert.equal(result.ok ? result.value.placement.gpusPerPod : undefined, want?.gpus)
        }),
        { numRuns: 500 },
      )
    })
  }

  const anyCatalogue = catalogueOf(index => index % 2 === 0)

  it('the first row of the table is what auto chooses', () => {
    fc.assert(
      fc.property(preset, anyCatalogue, (given, from) => {
        const result = placeReplica(makeRequest(given), from)
        const [row] = fitRows(given, from, { cloud: 'azure' })
        if (!result.ok) return assert.ok(row === undefined || !row.fits || row.nodesPerReplica > 1)
        const { instanceTypes, ...shape } = result.value.placement
        assert.ok(row)
        const { gpusPerPod, podsPerNode, nodesPerReplica, parallelism } = row
        assert.equal(row.instanceType, instanceTypes[0])
        return assert.deepEqual({ gpusPerPod, podsPerNode, nodesPerReplica, parallelism }, shape)
      }),
    )
  })

  it('never takes fewer GPUs or nodes than the estimate', () => {
    fc.assert(
      fc.property(modern, instanceType, (revision, given) => {
        const type = named(given, 0, false)
        const shape = shapeOn(makeNeed(revision), type)
        if (!isShape(shape)) return
        const { gpusPerPod, nodesPerReplica, parallelism } = shape
        const estimate = estimateGpus(revision.figures, gpusPerPod, type.gpuMemoryGiB)
        assert.ok(estimate && gpusPerPod * nodesPerReplica >= estimate.minGpus)
        assert.equal(
          parallelism.tensor * parallelism.pipeline * parallelism.data,
          gpusPerPod * nodesPerReplica,
        )
        assert.ok(splits(revision, parallelism.tensor))
        const alone = parallelism.tensor * parallelism.pipeline
        assert.ok(
          needs(revision, type, parallelism.tensor) <= alone,
          'each data parallel copy fits on its own GPUs',
        )
        assert.ok(shape.podsPerNode * gpusPerPod <= type.gpuCount)
      }),
      { numRuns: 500 },
    )
  })

  it('never takes more GPUs when each has more memory', () => {
    const memory = fc.integer({ min: 4, max: 200 })
    fc.assert(
      fc.property(fc.oneof(modern, legacy), instanceType, memory, memory, (revision, given, m, n) => {
        const gpus = (gpuMemoryGiB: number): number => {
          const shape = shapeOn(makeNeed(revision), { ...named(given, 0, false), gpuMemoryGiB })
          return isShape(shape) ? shape.gpusPerPod * shape.nodesPerReplica : Infinity
        }
        assert.ok(gpus(Math.max(m, n)) <= gpus(Math.min(m, n)))
      }),
      { numRuns: 500 },
    )
  })

  it('every listed type runs the pods unchanged', () => {
    fc.assert(
      fc.property(preset, anyCatalogue, fc.boolean(), (given, from, isAuto) => {
        const instanceTypes = isAuto ? [] : from.instanceTypes.map(({ name }) => name)
        const result = placeReplica(makeRequest(given, { instanceTypes }), from)
        if (!result.ok) return
        const { placement, revision } = result.value
        for (const name of placement.instanceTypes) {
          const type = from.instanceTypes.find(candidate => candidate.name === name)
          assert.ok(type)
          assert.ok(
            works(revision, type, placement.gpusPerPod),
            `${name} does not run ${placement.gpusPerPod}`,
          )
        }
        assert.equal(new Set(placement.instanceTypes).size, placement.instanceTypes.length)
        const left = result.value.warnings.length
        if (!isAuto) assert.equal(placement.instanceTypes.length + left, from.instanceTypes.length)
      }),
    )
  })

  it('does not depend on the order of the catalogue', () => {
    fc.assert(
      fc.property(
        preset,
        anyCatalogue,
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (given, from, bypassChecks, random) => {
          const shuffled = makeCatalogue(...shuffle(from.instanceTypes, random))
          const request = makeRequest(given, { bypassChecks })
          assert.deepEqual(placeReplica(request, shuffled), placeReplica(request, from))
          assert.deepEqual(fitRows(given, shuffled, { cloud: 'any' }), fitRows(given, from, { cloud: 'any' }))
        },
      ),
    )
  })

  it('answers every request with a placement or with errors that say what and where', () => {
    const request: fc.Arbitrary<Omit<Partial<PlacementRequest>, 'preset'>> = fc.record({
      revision: fc.constantFrom('kaito-0.12' as const, 'kaito-0.4' as const, undefined),
      runtime: fc.constantFrom('vllm' as const, 'transformers' as const, undefined),
      instanceTypes: fc.array(fc.oneof(fc.string(), fc.constantFrom('type-0', 'TYPE-1', 'type-2')), {
        maxLength: 20,
      }),
      gpusPerPod: fc.option(fc.oneof(fc.integer({ min: -2, max: 20 }), fc.double(), fc.maxSafeInteger()), {
        nil: undefined,
      }),
      contextTokens: fc.option(fc.oneof(fc.integer({ max: 200_000 }), fc.double()), { nil: undefined }),
      cloud: fc.constantFrom(...CLOUDS),
      bypassChecks: fc.boolean(),
      multiNode: fc.boolean(),
    })
    fc.assert(
      fc.property(preset, anyCatalogue, request, (given, from, overrides) => {
        const result = placeReplica(makeRequest(given, overrides), from)
        if (!result.ok) {
          assert.ok(result.errors.length > 0)
          assert.ok(result.errors.every(({ field, detail }) => field !== '' && detail !== ''))
          return
        }
        const { instanceTypes, gpusPerPod, podsPerNode, nodesPerReplica, parallelism } =
          result.value.placement
        assert.ok(instanceTypes.length > 0 && instanceTypes.length <= 16)
        for (const n of [gpusPerPod, podsPerNode, nodesPerReplica, ...Object.values(parallelism)]) {
          assert.ok(Number.isSafeInteger(n) && n >= 1)
        }
        if (!overrides.multiNode) assert.equal(nodesPerReplica, 1)
        if (overrides.gpusPerPod !== undefined) assert.equal(gpusPerPod, overrides.gpusPerPod)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same answer twice', () => {
    fc.assert(
      fc.property(preset, anyCatalogue, (given, from) => {
        const request = makeRequest(given)
        assert.equal(JSON.stringify(placeReplica(request, from)), JSON.stringify(placeReplica(request, from)))
      }),
    )
  })
})

function shuffle<T>(items: readonly T[], random: Iterator<number>): T[] {
  return items
    .map(item => ({ item, at: Number(random.next().value) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
