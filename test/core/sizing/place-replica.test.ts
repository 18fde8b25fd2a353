import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatFieldError, type FieldError } from '../../../src/core/api/field-error.ts'
import type { Catalogue, Preset } from '../../../src/core/preset/catalogue.ts'
import type { Placed } from '../../../src/core/sizing/placed.ts'
import { placeReplica } from '../../../src/core/sizing/place-replica.ts'
import type { PlacementRequest } from '../../../src/core/sizing/request.ts'
import {
  A100X1,
  A100X2,
  A100X4,
  A100X8,
  A10GX4,
  A10GX8,
  A10X1,
  A10X2,
  catalogue,
  deepseekV3,
  H100X1,
  H100X8,
  H200X8,
  llama70b,
  M60X1,
  makeCatalogue,
  makeFigures,
  makeInstanceType,
  makePreset,
  makeRequest,
  makeRevision,
  parallelismText,
  phi3Mini,
  phi4,
  phi4Mini,
  qwenCoder32b,
  qwenCoder7b,
  V100X1,
  V100X4,
  V620,
} from './builders.ts'

function place(
  preset: Preset,
  overrides: Partial<PlacementRequest> = {},
  from: Catalogue = catalogue,
): Placed {
  const result = placeReplica(makeRequest(preset, overrides), from)
  assert.ok(result.ok, result.ok ? '' : result.errors.map(formatFieldError).join('\n'))
  return result.value
}

function refuse(
  preset: Preset,
  overrides: Partial<PlacementRequest> = {},
  from: Catalogue = catalogue,
): readonly FieldError[] {
  const result = placeReplica(makeRequest(preset, overrides), from)
  assert.ok(!result.ok, 'placed, but should have been refused')
  return result.errors
}

function summary({ placement, revision }: Placed): string {
  const { gpusPerPod, podsPerNode, nodesPerReplica, parallelism } = placement
  return `${revision.name} ${gpusPerPod} GPUs, ${podsPerNode} a node, ${nodesPerReplica} nodes, ${parallelismText(parallelism)}`
}

function messageOf(error: FieldError | undefined): string {
  return error === undefined ? '' : formatFieldError(error)
}

const GPUS = 'spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]'
const INSTANCE_TYPE = 'metadata.annotations[kaito.sh/instance-type]'

function over(nodes: number): Partial<PlacementRequest> {
  return { multiNode: true, nodes }
}

describe('placeReplica: auto', () => {
  it('takes the least GPU memory that fits, then bigger GPUs of the same shape', () => {
    const placed = place(phi4Mini)
    assert.equal(summary(placed), 'kaito-0.12 1 GPUs, 1 a node, 1 nodes, 1/1/1')
    assert.deepEqual(placed.placement.instanceTypes, [
      A10X1.name,
      A10X2.name,
      A100X8.name,
      A100X1.name,
      A100X2.name,
      A100X4.name,
      H100X8.name,
      H100X1.name,
      H200X8.name,
    ])
    assert.deepEqual(placed.warnings, [])
    assert.equal(placed.runtime, 'vllm')
  })

  it('leaves out fallbacks that would run with another parallelism', () => {
    const placed = place(phi4)
    assert.equal(summary(placed), 'kaito-0.12 1 GPUs, 8 a node, 1 nodes, 1/1/1')
    assert.equal(placed.placement.instanceTypes[0], A100X8.name, 'one of 40 GiB beats two of 24')
    const two = place(phi4, {}, makeCatalogue(A10X2, A100X2, A100X4))
    assert.equal(summary(two), 'kaito-0.12 2 GPUs, 1 a node, 1 nodes, 1/2/1')
    assert.deepEqual(two.placement.instanceTypes, [A10X2.name], 'on 80 GiB it would be copied, not split')
    const asked = place(phi4, { gpusPerPod: 2 }, makeCatalogue(A10X2, A100X2, A100X8))
    assert.equal(summary(asked), 'kaito-0.12 2 GPUs, 1 a node, 1 nodes, 1/2/1')
    assert.deepEqual(asked.placement.instanceTypes, [A10X2.name, A100X8.name])
  })

  it('orders fallbacks by what the chosen shape costs on them', () => {
    const model = makePreset('model', makeRevision(makeFigures(31, 1000)))
    const types = [24, 30, 50].map(gpuMemoryGiB =>
      makeInstanceType({ name: `two-of-${gpuMemoryGiB}`, gpuCount: 2, gpuMemoryGiB }),
    )
    const placed = place(model, {}, makeCatalogue(...types))
    assert.equal(placed.placement.gpusPerPod, 2)
    assert.deepEqual(placed.placement.instanceTypes, ['two-of-24', 'two-of-30', 'two-of-50'])
  })

  it('skips GPU numbers at which vLLM would not start: 3 would hold llama-3.3-70b', () => {
    const placed = place(llama70b, {}, makeCatalogue(A100X4, H100X8))
    assert.equal(summary(placed), 'kaito-0.12 4 GPUs, 1 a node, 1 nodes, 1/4/1')
    assert.deepEqual(placed.placement.instanceTypes, [A100X4.name, H100X8.name])
  })

  it('lets several replicas share a node', () => {
    assert.equal(
      summary(place(llama70b, {}, makeCatalogue(H100X8))),
      'kaito-0.12 4 GPUs, 2 a node, 1 nodes, 1/4/1',
    )
  })

  it('goes by price of a replica where every candidate has one', () => {
    const dearA10 = { ...A10X1, pricePerHour: 5 }
    const cheapShare = { ...H100X8, pricePerHour: 24 }
    const a100 = { ...A100X1, pricePerHour: 3.7 }
    const priced = makeCatalogue(dearA10, cheapShare, a100)
    assert.deepEqual(place(phi4Mini, {}, priced).placement.instanceTypes, [H100X8.name, A100X1.name])
    const oneWithout = makeCatalogue(dearA10, cheapShare, a100, A10X2)
    assert.equal(place(phi4Mini, {}, oneWithout).placement.instanceTypes[0], A10X1.name)
    const unpricedMisfit = makeCatalogue(dearA10, cheapShare, a100, M60X1)
    assert.equal(place(phi4Mini, {}, unpricedMisfit).placement.instanceTypes[0], H100X8.name)
  })

  it('stays in one cloud', () => {
    assert.deepEqual(place(phi4Mini, { cloud: 'aws' }).placement.instanceTypes, [A10GX4.name, A10GX8.name])
  })

  it('takes the older revision only where no type runs the newer one', () => {
    assert.equal(summary(place(phi3Mini)), 'kaito-0.12 1 GPUs, 1 a node, 1 nodes, 1/1/1')
    assert.ok(!place(phi3Mini).placement.instanceTypes.includes(V100X1.name))
    const old = place(phi3Mini, {}, makeCatalogue(V100X4, V100X1, M60X1))
    assert.equal(summary(old), 'kaito-0.4 1 GPUs, 1 a node, 1 nodes, 1/1/1')
    assert.deepEqual(old.placement.instanceTypes, [V100X1.name, V100X4.name])
  })

  it('follows a pinned revision', () => {
    const placed = place(phi3Mini, { revision: 'kaito-0.4' })
    assert.equal(placed.revision.name, 'kaito-0.4')
    assert.equal(placed.placement.instanceTypes[0], V100X1.name)
    assert.ok(placed.placement.instanceTypes.includes(A100X1.name))
  })

  it('skips a revision without the asked runtime', () => {
    const [newest, older] = phi3Mini.revisions
    assert.ok(newest && older)
    const vllmOnly = { ...newest, runtimes: { vllm: { flags: {} } } }
    const placed = place({ ...phi3Mini, revisions: [vllmOnly, older] }, { runtime: 'transformers' })
    assert.equal(placed.revision.name, 'kaito-0.4')
    assert.equal(placed.runtime, 'transformers')
  })

  it('skips a revision whose context is too short', () => {
    const [newest, older] = phi3Mini.revisions
    assert.ok(newest && older)
    const longer = { ...older, figures: { ...older.figures, maxModelLen: 8192 } }
    const preset = { ...phi3Mini, revisions: [newest, longer] }
    assert.equal(place(preset, { contextTokens: 4096 }).revision.name, 'kaito-0.12')
    assert.equal(place(preset, { contextTokens: 4097 }).revision.name, 'kaito-0.4')
    assert.match(refuse(preset, { contextTokens: 8193 })[0]?.detail ?? '', /at most 8192/)
  })

  it('spreads transformers over any number of GPUs', () => {
    const placed = place(phi4, { runtime: 'transformers', gpusPerPod: 3 }, makeCatalogue(A10GX4, A100X4))
    assert.equal(summary(placed), 'kaito-0.12 3 GPUs, 1 a node, 1 nodes, 1/1/1')
  })

  it('names at most 16 types', () => {
    const types = Array.from({ length: 40 }, (_, index) => makeInstanceType({ name: `type-${index + 10}` }))
    const { instanceTypes } = place(phi4Mini, {}, makeCatalogue(...types)).placement
    assert.equal(instanceTypes.length, 16)
    assert.equal(instanceTypes[0], 'type-10')
  })

  it('refuses a number of GPUs that does not work anywhere, with the numbers that do', () => {
    const [error, ...rest] = refuse(llama70b, { gpusPerPod: 1 })
    assert.deepEqual(rest, [])
    assert.equal(error?.field, GPUS)
    assert.equal(error?.code, 'DoesNotFit')
    assert.equal(error?.value, '1')
    assert.match(error?.detail ?? '', /numbers that work: 2, 4, 6, 8$/)
  })

  it('refuses more GPUs than any node has', () => {
    const [error] = refuse(llama70b, { gpusPerPod: 16 })
    assert.equal(error?.field, GPUS)
    assert.equal(error?.code, 'InvalidGpuCount')
    assert.match(error?.detail ?? '', /numbers that work: 2, 4, 6, 8$/)
  })

  it('says how many nodes it would take where no single one suffices', () => {
    const [error] = refuse(deepseekV3, {}, makeCatalogue(H100X8, A100X4))
    assert.equal(error?.field, INSTANCE_TYPE)
    assert.equal(error?.value, 'auto')
    assert.equal(error?.code, 'OneNodeOnly')
    assert.match(
      error?.detail ?? '',
      /Standard_NC96ads_A100_v4 needs 3 nodes for a replica: 11 GPUs of 80 GiB, and a node has 4/,
    )
  })

  it('places over several nodes where that is supported, but prefers one', () => {
    const placed = place(deepseekV3, { multiNode: true }, makeCatalogue(H100X8))
    assert.equal(summary(placed), 'kaito-0.12 8 GPUs, 1 a node, 2 nodes, 1/8/2')
    assert.deepEqual(place(deepseekV3, { multiNode: true, gpusPerPod: 8 }, makeCatalogue(H100X8)), placed)
    const one = place(deepseekV3, { multiNode: true }, makeCatalogue(H100X8, H200X8))
    assert.deepEqual(one.placement.instanceTypes, [H200X8.name])
    assert.equal(summary(one), 'kaito-0.12 8 GPUs, 1 a node, 1 nodes, 1/8/1')
  })

  it('says what would let it span nodes', () => {
    const [error] = refuse(deepseekV3, { oneNodeReason: 'ask nicely' }, makeCatalogue(H100X8))
    assert.match(error?.detail ?? '', / and a node has 8 \(ask nicely\)$/)
  })

  it('takes as many nodes as it is told, but for too few', () => {
    const types = makeCatalogue(H100X8, A100X1)
    assert.equal(summary(place(deepseekV3, over(4), types)), 'kaito-0.12 8 GPUs, 1 a node, 4 nodes, 1/8/4')
    assert.equal(
      summary(place(phi4Mini, { ...over(3), instanceTypes: [A100X1.name] }, types)),
      'kaito-0.12 1 GPUs, 1 a node, 3 nodes, 1/1/3',
    )
    const [few] = refuse(deepseekV3, { ...over(2), instanceTypes: [A100X4.name] })
    assert.match(few?.detail ?? '', /^needs 3 nodes for a replica: 11 GPUs of 80 GiB, and a node has 4/)
    const [part] = refuse(deepseekV3, { ...over(2), instanceTypes: [H100X8.name], gpusPerPod: 4 })
    assert.match(part?.detail ?? '', /has 8 GPUs, and over several nodes a pod takes all of them, not 4/)
    const [server] = refuse(phi4, { ...over(2), runtime: 'transformers', instanceTypes: [A100X4.name] })
    assert.match(
      server?.detail ?? '',
      /runs it on one node only \(the transformers runtime cannot span nodes\)/,
    )
  })

  it('goes over several nodes on a list only where none of its types does alone', () => {
    const instanceTypes = [H100X8.name, H200X8.name]
    assert.deepEqual(place(deepseekV3, { multiNode: true, instanceTypes }).placement.instanceTypes, [
      H200X8.name,
    ])
  })

  it('chooses among existing nodes only, and names them where none will do', () => {
    const types = makeCatalogue(A10X1, A100X1, H100X8)
    assert.deepEqual(place(phi4Mini, { existing: [A100X1] }, types).placement.instanceTypes, [A100X1.name])
    const [error] = refuse(llama70b, { existing: [A10X1, A100X1] }, types)
    assert.match(
      error?.detail ?? '',
      /fits no GPU node of the cluster \(Standard_NV36ads_A10_v5: 1 × NVIDIA A10 of 24 GiB; Standard_NC24ads_A100_v4: 1 × NVIDIA A100 of 80 GiB\)/,
    )
  })

  it('refuses a cloud of which the catalogue has no NVIDIA type', () => {
    const [error] = refuse(phi4Mini, { cloud: 'gcp' }, makeCatalogue(A100X1, { ...V620, cloud: 'gcp' }))
    assert.equal(error?.code, 'DoesNotFit')
    assert.match(error?.detail ?? '', /fits no gcp instance type/)
  })

  it('says why even the largest type does not do', () => {
    const [error] = refuse(phi4Mini, {}, makeCatalogue(M60X1, V100X4))
    assert.match(
      error?.detail ?? '',
      /even Standard_NC24s_v3 has NVIDIA V100 GPUs of compute capability 7.0, and kaito-0.12 needs 8.0/,
    )
  })
})

describe('placeReplica: types by name', () => {
  it('keeps the order of the list and the catalogue’s spelling', () => {
    const placed = place(phi4Mini, { instanceTypes: ['STANDARD_NC24ADS_A100_V4', 'standard_nv36ads_a10_v5'] })
    assert.deepEqual(placed.placement.instanceTypes, [A100X1.name, A10X1.name])
    assert.deepEqual(placed.warnings, [])
  })

  it('names a type once', () => {
    const placed = place(phi4Mini, { instanceTypes: [A10X1.name, A10X1.name.toLowerCase()] })
    assert.deepEqual(placed.placement.instanceTypes, [A10X1.name])
  })

  it('takes types of any cloud', () => {
    assert.deepEqual(place(phi4Mini, { instanceTypes: [A10GX4.name] }).placement.instanceTypes, [A10GX4.name])
  })

  it('leaves out, with the reason, what has another shape', () => {
    const instanceTypes = [
      V620.name,
      A10GX4.name,
      A10X1.name,
      A100X1.name,
      A100X4.name,
      V100X4.name,
      A10X2.name,
    ]
    const placed = place(phi4, { instanceTypes })
    assert.equal(summary(placed), 'kaito-0.12 2 GPUs, 2 a node, 1 nodes, 1/2/1')
    assert.deepEqual(placed.placement.instanceTypes, [A10GX4.name, A10X2.name])
    assert.deepEqual(placed.warnings, [
      'instance type Standard_NG32ads_V620_v1 is left out: it has AMD Radeon PRO V620, and only NVIDIA GPUs can run it',
      'instance type Standard_NV36ads_A10_v5 is left out: it needs 2 nodes for a replica: 2 GPUs of 24 GiB, and a node has 1 (it may not span nodes)',
      'instance type Standard_NC24ads_A100_v4 is left out: it has 1 GPU, and a pod takes 2',
      'instance type Standard_NC96ads_A100_v4 is left out: it would run it with tensor 1, pipeline 1, data 2 parallelism instead of tensor 2, pipeline 1, data 1 parallelism',
      'instance type Standard_NC24s_v3 is left out: it has NVIDIA V100 GPUs of compute capability 7.0, and kaito-0.12 needs 8.0 or higher',
    ])
  })

  it('lets the first type decide the revision', () => {
    const modern = place(phi3Mini, { instanceTypes: [A10X1.name, V100X1.name] })
    assert.equal(modern.revision.name, 'kaito-0.12')
    assert.deepEqual(modern.placement.instanceTypes, [A10X1.name])
    assert.deepEqual(modern.warnings, [
      'instance type Standard_NC6s_v3 is left out: it would run revision kaito-0.4 instead of kaito-0.12',
    ])
    const legacy = place(phi3Mini, { instanceTypes: [V100X1.name, A10X1.name] })
    assert.equal(legacy.revision.name, 'kaito-0.4')
    assert.deepEqual(legacy.placement.instanceTypes, [V100X1.name])
    const pinned = place(phi3Mini, { instanceTypes: [V100X1.name, A10X1.name], revision: 'kaito-0.4' })
    assert.deepEqual(pinned.placement.instanceTypes, [V100X1.name, A10X1.name])
  })

  it('sizes phi-3-mini on V100 by the table of kaito-0.4', () => {
    assert.equal(
      summary(place(phi3Mini, { instanceTypes: [V100X4.name] })),
      'kaito-0.4 1 GPUs, 4 a node, 1 nodes, 1/1/1',
    )
    const four = place(phi3Mini, { instanceTypes: [V100X4.name], gpusPerPod: 4 })
    assert.equal(summary(four), 'kaito-0.4 4 GPUs, 1 a node, 1 nodes, 1/4/1')
  })

  it('follows the number that the container asks for', () => {
    const placed = place(phi4, { instanceTypes: [A10GX4.name], gpusPerPod: 4 })
    assert.equal(summary(placed), 'kaito-0.12 4 GPUs, 1 a node, 1 nodes, 2/2/1')
    const qwen = place(qwenCoder7b, { instanceTypes: [A10GX8.name], gpusPerPod: 8 })
    assert.equal(summary(qwen), 'kaito-0.12 8 GPUs, 1 a node, 1 nodes, 2/4/1')
  })

  it('refuses a number at which the server does not start, with the numbers that work', () => {
    const errors = refuse(phi4, { instanceTypes: [A10GX4.name], gpusPerPod: 3 })
    assert.deepEqual(errors.map(formatFieldError), [
      `${GPUS}: Invalid value: "3": g5.12xlarge cannot spread the model over 3 GPUs of 24 GiB: 40 attention heads and 10 KV heads do not divide by them; numbers of GPUs that work there: 2, 4`,
    ])
  })

  it('refuses fewer GPUs than needed and more than a node has', () => {
    const errors = refuse(llama70b, { instanceTypes: [A100X4.name, H100X8.name], gpusPerPod: 2 })
    assert.deepEqual(errors.map(formatFieldError), [
      `${GPUS}: Invalid value: "2": Standard_NC96ads_A100_v4 needs more than 2 GPUs of 80 GiB for a pod; numbers of GPUs that work there: 4`,
      `${GPUS}: Invalid value: "2": Standard_ND96isr_H100_v5 needs more than 2 GPUs of 80 GiB for a pod; numbers of GPUs that work there: 4, 8`,
    ])
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['DoesNotFit', 'DoesNotFit'],
    )
    const [tooMany] = refuse(llama70b, { instanceTypes: [A100X4.name], gpusPerPod: 8 })
    assert.equal(tooMany?.code, 'InvalidGpuCount')
    assert.match(tooMany?.detail ?? '', /has 4 GPUs, and a pod takes 8; numbers of GPUs that work there: 4$/)
  })

  it('says how many nodes a type would take, and what would do instead', () => {
    const errors = refuse(llama70b, { instanceTypes: [A100X1.name] })
    assert.deepEqual(errors.map(formatFieldError), [
      `${INSTANCE_TYPE}: Invalid value: "Standard_NC24ads_A100_v4": needs 3 nodes for a replica: 3 GPUs of 80 GiB, and a node has 1 (it may not span nodes); 2 GPUs of Standard_ND96isr_H200_v5 would do`,
    ])
    assert.equal(errors[0]?.code, 'OneNodeOnly')
  })

  it('keeps to the newest revision that the GPU runs, and says that an older one fits', () => {
    const [error] = refuse(qwenCoder32b, { instanceTypes: [A100X1.name] })
    assert.match(error?.detail ?? '', /^needs 2 nodes .*; qwen2.5-coder-32b-instruct@kaito-0.4 would fit; /)
    assert.equal(
      place(qwenCoder32b, { instanceTypes: [A100X1.name], revision: 'kaito-0.4' }).placement.gpusPerPod,
      1,
    )
  })

  it('gives a reason for each type where none fits', () => {
    const errors = refuse(phi4Mini, { instanceTypes: [V620.name, V100X1.name, M60X1.name] })
    assert.deepEqual(
      errors.map(({ value, code }) => `${value} ${code}`),
      [`${V620.name} DoesNotFit`, `${V100X1.name} DoesNotFit`, `${M60X1.name} DoesNotFit`],
    )
    assert.ok(errors.every(({ detail }) => detail.endsWith('1 GPU of Standard_NV36ads_A10_v5 would do')))
  })

  it('names a type with another number of GPUs where none does with this one', () => {
    const [error] = refuse(llama70b, { instanceTypes: [A10X2.name], gpusPerPod: 1 })
    assert.match(error?.detail ?? '', /^needs 5 nodes .*; 2 GPUs of Standard_ND96isr_H200_v5 would do$/)
  })

  it('does not span nodes with transformers or kaito-0.4', () => {
    const [transformers] = refuse(phi4, {
      instanceTypes: [A10X1.name],
      runtime: 'transformers',
      multiNode: true,
    })
    assert.match(
      transformers?.detail ?? '',
      /^needs 2 GPUs of 24 GiB on one node and has 1 \(the transformers runtime cannot span nodes\)/,
    )
    const [legacy] = refuse(qwenCoder32b, { instanceTypes: [V100X4.name], multiNode: true })
    assert.match(
      legacy?.detail ?? '',
      /^needs 5 GPUs of 16 GiB on one node and has 4 \(revision kaito-0.4 cannot span nodes\)/,
    )
  })
})

describe('placeReplica: mistakes', () => {
  it('lists every unknown name with the nearest one', () => {
    const errors = refuse(phi4Mini, { instanceTypes: ['Standard_NC24ads_A100_v5', A10X1.name, 'x'] })
    assert.deepEqual(
      errors.map(({ value, code, field }) => `${field} ${value} ${code}`),
      [
        `${INSTANCE_TYPE} Standard_NC24ads_A100_v5 UnknownInstanceType`,
        `${INSTANCE_TYPE} x UnknownInstanceType`,
      ],
    )
    assert.match(errors[0]?.detail ?? '', /did you mean "Standard_NC24ads_A100_v4"\?/)
    assert.match(errors[1]?.detail ?? '', /use "auto"/)
  })

  it('reports independent mistakes at once', () => {
    const errors = refuse(phi4Mini, {
      instanceTypes: ['nope', M60X1.name],
      runtime: 'transformers',
      contextTokens: 200_000,
      gpusPerPod: 0,
    })
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['UnsupportedRuntime', 'InvalidAnnotation', 'UnknownInstanceType', 'InvalidGpuCount'],
    )
    const alsoMisfit = refuse(phi4Mini, { instanceTypes: ['nope', M60X1.name], gpusPerPod: 0.5 })
    assert.deepEqual(
      alsoMisfit.map(({ code }) => code),
      ['UnknownInstanceType', 'InvalidGpuCount', 'DoesNotFit'],
    )
  })

  it('refuses a number of GPUs that is none, and nothing else', () => {
    for (const gpusPerPod of [0, -1, 1.5, Number.NaN]) {
      assert.deepEqual(
        refuse(phi4Mini, { gpusPerPod }).map(({ code, field }) => `${field} ${code}`),
        [`${GPUS} InvalidGpuCount`],
      )
    }
  })

  it('names the supported runtimes and revisions', () => {
    const [runtime] = refuse(phi4Mini, { runtime: 'transformers' })
    assert.equal(
      messageOf(runtime),
      'metadata.annotations[kaito.sh/runtime]: Unsupported value: "transformers": supported values: "vllm"',
    )
    const [revision] = refuse(phi4Mini, { revision: 'kaito-0.4' })
    assert.equal(revision?.code, 'UnknownRevision')
    assert.equal(
      messageOf(revision),
      'metadata.annotations[kaito.sh/preset]: Unsupported value: "phi-4-mini-instruct@kaito-0.4": supported values: "phi-4-mini-instruct@kaito-0.12"',
    )
  })

  it('refuses a context beyond the model’s, whatever is bypassed', () => {
    const [error] = refuse(phi4Mini, { contextTokens: 131_073, bypassChecks: true })
    assert.equal(
      messageOf(error),
      'metadata.annotations[kaito.sh/max-model-len]: Invalid value: "131073": must be a positive integer of at most 131072, the longest context that the model supports',
    )
    assert.equal(
      place(phi4Mini, { contextTokens: 131_072 }).placement.instanceTypes[0],
      A100X8.name,
      'the KV cache counts',
    )
  })

  it('refuses a list that is longer than a plan can hold', () => {
    const [error] = refuse(phi4Mini, { instanceTypes: Array.from({ length: 17 }, (_, index) => `t${index}`) })
    assert.match(error?.detail ?? '', /at most 16 instance types/)
  })
})

describe('placeReplica: resource checks bypassed', () => {
  it('places on the whole node, and warns', () => {
    const placed = place(llama70b, { instanceTypes: [A10X2.name, A100X1.name], bypassChecks: true })
    assert.equal(summary(placed), 'kaito-0.12 2 GPUs, 1 a node, 1 nodes, 1/2/1')
    assert.deepEqual(placed.placement.instanceTypes, [A10X2.name])
    assert.equal(placed.warnings.length, 2)
    assert.match(
      placed.warnings[0] ?? '',
      /^resource checks are bypassed: .*"Standard_NV72ads_A10_v5": needs 5 nodes/,
    )
  })

  it('keeps the user’s number and the types that have it', () => {
    const placed = place(llama70b, {
      instanceTypes: [A10X1.name, H100X8.name, A100X4.name],
      gpusPerPod: 2,
      bypassChecks: true,
    })
    assert.equal(summary(placed), 'kaito-0.12 2 GPUs, 4 a node, 1 nodes, 1/2/1')
    assert.deepEqual(placed.placement.instanceTypes, [H100X8.name, A100X4.name])
    const tooMany = place(phi4, { instanceTypes: [A10GX4.name], gpusPerPod: 6, bypassChecks: true })
    assert.equal(summary(tooMany), 'kaito-0.12 6 GPUs, 1 a node, 1 nodes, 1/5/1')
  })

  it('keeps to types of one revision', () => {
    const placed = place(qwenCoder32b, {
      instanceTypes: [A10X1.name, V100X1.name, A100X1.name],
      bypassChecks: true,
    })
    assert.equal(summary(placed), 'kaito-0.12 1 GPUs, 1 a node, 1 nodes, 1/1/1')
    assert.deepEqual(placed.placement.instanceTypes, [A10X1.name, A100X1.name])
  })

  it('takes the largest type for auto', () => {
    const placed = place(deepseekV3, { bypassChecks: true }, makeCatalogue(A10X1, A100X4, H100X8, V620))
    assert.deepEqual(placed.placement.instanceTypes, [H100X8.name])
    assert.equal(summary(placed), 'kaito-0.12 8 GPUs, 1 a node, 1 nodes, 1/8/1')
  })

  it('prefers GPUs that run the model to larger ones that do not', () => {
    const placed = place(deepseekV3, { bypassChecks: true }, makeCatalogue(V100X4, A10X1))
    assert.deepEqual(placed.placement.instanceTypes, [A10X1.name])
  })

  it('bypasses nothing where everything fits', () => {
    assert.deepEqual(place(phi4Mini, { bypassChecks: true }), place(phi4Mini))
  })

  it('does not put NVIDIA pods on other GPUs, or unknown names anywhere', () => {
    assert.equal(refuse(phi4Mini, { instanceTypes: [V620.name], bypassChecks: true })[0]?.code, 'DoesNotFit')
    assert.equal(
      refuse(phi4Mini, { instanceTypes: ['x'], bypassChecks: true })[0]?.code,
      'UnknownInstanceType',
    )
  })

  it('tries old GPUs with the revision that asks least of them', () => {
    const placed = place(phi3Mini, { instanceTypes: [M60X1.name], bypassChecks: true })
    assert.equal(summary(placed), 'kaito-0.4 1 GPUs, 1 a node, 1 nodes, 1/1/1')
  })
})
