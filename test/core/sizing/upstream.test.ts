// The packaged catalogue, sized and placed on whole nodes, against what upstream KAITO would run (an independent table).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadCatalogue } from '../../../src/catalogue/load.ts'
import type { Parallelism } from '../../../src/core/api/plan.ts'
import type { InstanceType, PresetRevision } from '../../../src/core/preset/catalogue.ts'
import { commandSettings } from '../../../src/core/sizing/command-settings.ts'
import { neededGpus, runsOn } from '../../../src/core/sizing/need.ts'
import { acceptsTensor } from '../../../src/core/sizing/parallelism.ts'
import { isShape, shapeOn, type Refusal, type Shape } from '../../../src/core/sizing/shape.ts'
import {
  loadCommands,
  loadEstimates,
  type UpstreamCommand,
  type UpstreamRevision,
} from '../../fixtures/upstream/load.ts'
import { makeNeed } from './builders.ts'

const loaded = await loadCatalogue()
assert.ok(loaded.ok, 'the packaged catalogue loads')
const catalogue = loaded.value

interface Pair {
  readonly label: string
  readonly group: UpstreamCommand
  readonly revision: PresetRevision
  readonly type: InstanceType
}

function typeOf(name: string): InstanceType {
  const type = catalogue.instanceTypes.find(candidate => candidate.name === name)
  assert.ok(type, `${name} is in the catalogue`)
  return type
}

function revisionOf(preset: string, name: UpstreamRevision): PresetRevision {
  const entry = catalogue.presets.find(
    candidate => candidate.name === preset || candidate.aliases.includes(preset),
  )
  const revision = entry?.revisions.find(candidate => candidate.name === name)
  assert.ok(revision, `${preset}@${name} is in the catalogue`)
  return revision
}

function vllmPairs(name: UpstreamRevision): Pair[] {
  return [...loadCommands(name)].flatMap(([preset, { runtimes }]) =>
    (runtimes.vllm ?? []).flatMap(group =>
      group.instanceTypes.map(type => ({
        label: `${preset}@${name} on ${type}`,
        group,
        revision: revisionOf(preset, name),
        type: typeOf(type),
      })),
    ),
  )
}

/** falcon-7b needs 14 GiB on one GPU, because nothing splits it: upstream's figures say nothing of that. */
function isUnsplittableOnSmallGpus({ revision, type }: Pair): boolean {
  return !revision.tensorParallel && type.gpuMemoryGiB < (revision.table?.totalGpuMemoryGiB ?? 0)
}

function shapeText(shape: Shape | Refusal): string {
  return isShape(shape) ? text(shape.gpusPerPod, shape.nodesPerReplica, shape.parallelism) : shape
}

function text(gpus: number, nodes: number, { data, tensor, pipeline }: Parallelism): string {
  return `${gpus} GPUs, ${nodes} nodes, data ${data} tensor ${tensor} pipeline ${pipeline}`
}

function flag(command: string, name: string): string | undefined {
  return new RegExp(`--${name}=(\\S+)`).exec(command)?.[1]
}

describe('upstream’s estimates', () => {
  it('are ours, for every preset of kaito-0.12 on every instance type', () => {
    let compared = 0
    for (const [preset, byType] of loadEstimates()) {
      const revision = revisionOf(preset, 'kaito-0.12')
      for (const [name, estimate] of byType) {
        const type = typeOf(name)
        compared += 1
        if (estimate === 'compute capability')
          assert.equal(runsOn(revision, type), false, `${preset} on ${name}`)
        else {
          const want = estimate === 'too small' ? Infinity : estimate.minGpus
          assert.equal(neededGpus(makeNeed(revision), type, type.gpuCount), want, `${preset} on ${name}`)
        }
      }
    }
    assert.ok(compared > 2500, `only ${compared} compared`)
  })
})

for (const revision of ['kaito-0.12', 'kaito-0.4'] as const) {
  const pairs = vllmPairs(revision)

  describe(`upstream’s whole nodes, ${revision}`, () => {
    it('have our shape where vLLM starts', () => {
      const comparable = pairs.filter(
        pair => pair.group.vllmRefuses !== true && !isUnsplittableOnSmallGpus(pair),
      )
      assert.ok(comparable.length > 800, `only ${comparable.length} compared`)
      for (const { label, group, revision: given, type } of comparable) {
        const want = text(group.gpusPerNode, group.nodes, group.parallelism)
        assert.equal(shapeText(shapeOn(makeNeed(given), type, type.gpuCount)), want, label)
      }
    })

    it('are refused, or spread as vLLM accepts, where upstream’s own command would stop', () => {
      const refused = pairs.filter(({ group }) => group.vllmRefuses === true)
      assert.ok(refused.length > 20, `only ${refused.length} compared`)
      for (const { label, group, revision: given, type } of refused) {
        assert.equal(acceptsTensor(given, group.parallelism.tensor), false, label)
        const shape = shapeOn(makeNeed(given), type, type.gpuCount)
        if (!isShape(shape)) continue
        assert.ok(acceptsTensor(given, shape.parallelism.tensor), label)
        assert.equal(shape.parallelism.tensor * shape.parallelism.data, type.gpuCount, label)
      }
    })

    it('have our memory utilisation and CPU cache', () => {
      for (const { label, group, revision: given, type } of pairs) {
        const placement = {
          instanceTypes: [type.name],
          gpusPerPod: group.gpusPerNode,
          podsPerNode: 1,
          nodesPerReplica: group.nodes,
          parallelism: group.parallelism,
        }
        const settings = commandSettings(placement, given, 'vllm', catalogue)
        if (group.unknownSku !== true) {
          assert.equal(settings.gpuMemoryUtilization, flag(group.command, 'gpu-memory-utilization'), label)
        }
        const offload = flag(group.command, 'kaito-kv-cache-cpu-memory-utilization')
        assert.equal(settings.kvOffloadOff ? '0' : undefined, offload, label)
      }
    })
  })
}
