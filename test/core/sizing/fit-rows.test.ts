import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fitRows, type FitRow } from '../../../src/core/sizing/fit-rows.ts'
import {
  A100X1,
  A100X4,
  A10GX4,
  A10X1,
  catalogue,
  deepseekV3,
  H100X8,
  H200X8,
  llama70b,
  M60X1,
  makeCatalogue,
  makeFigures,
  makePreset,
  makeRevision,
  phi3Mini,
  phi4,
  phi4Mini,
  V100X1,
  V620,
} from './builders.ts'

const names = (rows: readonly FitRow[]): string[] => rows.map(({ instanceType }) => instanceType)

function rowOf(rows: readonly FitRow[], name: string): FitRow {
  const row = rows.find(({ instanceType }) => instanceType === name)
  assert.ok(row, `no row for ${name}`)
  return row
}

describe('fitRows', () => {
  it('has the columns of the contract, in its order', () => {
    const [row] = fitRows(phi4Mini, makeCatalogue({ ...A100X1, pricePerHour: 3.67 }), { cloud: 'azure' })
    assert.equal(
      JSON.stringify(row),
      JSON.stringify({
        instanceType: 'Standard_NC24ads_A100_v4',
        cloud: 'azure',
        gpu: 'NVIDIA A100',
        gpuCount: 1,
        gpuMemoryGiB: 80,
        fits: true,
        reason: 'Fits on 1 GPU of 80 GiB.',
        gpusPerPod: 1,
        podsPerNode: 1,
        nodesPerReplica: 1,
        parallelism: { tensor: 1, pipeline: 1, data: 1 },
        revision: 'kaito-0.12',
        pricePerHour: 3.67,
      }),
    )
  })

  it('puts one node before several, and what does not fit last', () => {
    const rows = fitRows(deepseekV3, catalogue, { cloud: 'azure' })
    assert.equal(rows[0]?.instanceType, H200X8.name)
    assert.deepEqual(rowOf(rows, H100X8.name), {
      ...rowOf(rows, H100X8.name),
      fits: true,
      reason: 'Needs 2 nodes for a replica: 11 GPUs of 80 GiB, and a node has 8.',
      gpusPerPod: 8,
      podsPerNode: 1,
      nodesPerReplica: 2,
      parallelism: { tensor: 8, pipeline: 2, data: 1 },
    })
    assert.equal(rowOf(rows, A10X1.name).nodesPerReplica, 39)
    assert.equal(rowOf(rows, A100X4.name).nodesPerReplica, 3)
    const fits = rows.map(row => row.fits)
    assert.deepEqual(
      fits,
      fits.toSorted((a, b) => Number(b) - Number(a)),
    )
    const last = rows.slice(fits.indexOf(false))
    assert.deepEqual(names(last), names(last).toSorted())
  })

  it('gives a reason for each refusal, and no numbers', () => {
    const tiny = { ...M60X1, name: 'tiny', gpuMemoryGiB: 2, computeCapability: 8 }
    const rows = fitRows(phi4Mini, makeCatalogue(V620, V100X1, tiny, { ...A10X1, vendor: 'nvidia' }), {
      cloud: 'any',
    })
    assert.match(
      rowOf(rows, V620.name).reason,
      /^Has AMD Radeon PRO V620, and only NVIDIA GPUs can run it\.$/,
    )
    assert.match(
      rowOf(rows, V100X1.name).reason,
      /^Has NVIDIA V100 GPUs of compute capability 7\.0, and kaito-0\.12 needs 8\.0 or higher\.$/,
    )
    assert.match(
      rowOf(rows, 'tiny').reason,
      /^Has GPUs of 2 GiB, which overhead and the KV cache of 2048 tokens fill alone\.$/,
    )
    const { gpusPerPod, podsPerNode, nodesPerReplica, parallelism } = rowOf(rows, V620.name)
    assert.deepEqual(
      { gpusPerPod, podsPerNode, nodesPerReplica, parallelism },
      {
        gpusPerPod: 0,
        podsPerNode: 0,
        nodesPerReplica: 0,
        parallelism: { tensor: 0, pipeline: 0, data: 0 },
      },
    )
  })

  it('says when heads stand in the way', () => {
    const prime = makePreset('prime', makeRevision(makeFigures(40, 1000, [7, 7])))
    assert.match(
      fitRows(prime, makeCatalogue(A10GX4), { cloud: 'any' })[0]?.reason ?? '',
      /^Cannot spread the model over its GPUs of 24 GiB: 7 attention heads and 7 KV heads do not divide by them\.$/,
    )
  })

  it('measures each type with the newest revision that it runs; newer ones come first', () => {
    const rows = fitRows(phi3Mini, catalogue, { cloud: 'azure' })
    assert.equal(rowOf(rows, V100X1.name).revision, 'kaito-0.4')
    assert.equal(rowOf(rows, V100X1.name).fits, true)
    const fitting = rows.filter(({ fits }) => fits).map(({ revision }) => revision)
    assert.deepEqual(
      fitting,
      fitting.toSorted().toSorted((a, b) => b.length - a.length),
    )
    assert.equal(fitting.at(-1), 'kaito-0.4')
    assert.equal(
      rowOf(fitRows(phi3Mini, catalogue, { cloud: 'azure', revision: 'kaito-0.4' }), A10X1.name).revision,
      'kaito-0.4',
    )
  })

  it('shows one cloud, every cloud, or the named types', () => {
    assert.ok(fitRows(phi4, catalogue, { cloud: 'azure' }).every(({ cloud }) => cloud === 'azure'))
    assert.equal(fitRows(phi4, catalogue, { cloud: 'any' }).length, catalogue.instanceTypes.length)
    assert.deepEqual(fitRows(phi4, catalogue, { cloud: 'gcp' }), [])
    const named = fitRows(phi4, catalogue, {
      cloud: 'azure',
      instanceTypes: ['G5.12XLARGE', A100X1.name, A100X1.name, 'nope'],
    })
    assert.deepEqual(names(named).toSorted(), [A100X1.name, A10GX4.name])
  })

  it('follows a number of GPUs', () => {
    const rows = fitRows(llama70b, makeCatalogue(A100X4, H100X8), { cloud: 'azure', gpusPerPod: 8 })
    assert.equal(rows[0]?.instanceType, H100X8.name)
    assert.equal(rows[0]?.gpusPerPod, 8)
    assert.equal(rows[1]?.reason, 'Has 4 GPUs, and a pod takes 8; numbers of GPUs that work: 4.')
  })

  it('says how many pods share a node', () => {
    assert.equal(
      fitRows(llama70b, makeCatalogue(H100X8), { cloud: 'azure' })[0]?.reason,
      'Fits on 4 GPUs of 80 GiB; 2 pods share a node.',
    )
  })

  it('gives the same reason to every type where the question itself cannot be answered', () => {
    const runtime = fitRows(phi4Mini, catalogue, { cloud: 'azure', runtime: 'transformers' })
    assert.ok(runtime.length > 0 && runtime.every(({ fits }) => !fits))
    assert.equal(runtime[0]?.reason, 'Runtime: Unsupported value: "transformers": supported values: "vllm".')
    const context = fitRows(phi4Mini, catalogue, { cloud: 'azure', contextTokens: 1e6 })
    assert.match(context[0]?.reason ?? '', /at most 131072/)
  })

  it('counts the context', () => {
    const rows = fitRows(phi4Mini, catalogue, { cloud: 'azure', contextTokens: 131_072 })
    assert.notEqual(rowOf(rows, A10X1.name).nodesPerReplica, 1)
    assert.equal(rowOf(rows, A100X1.name).nodesPerReplica, 1)
  })
})
