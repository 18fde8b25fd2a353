// Builders for sizing tests: real models and instance types with the figures that decide, everything else neutral.
import type { Runtime } from '../../../src/core/api/names.ts'
import type {
  Catalogue,
  InstanceType,
  ModelFigures,
  Preset,
  PresetRevision,
  RuntimeSpec,
  TableFigures,
} from '../../../src/core/preset/catalogue.ts'
import type { Need } from '../../../src/core/sizing/need.ts'
import type { PlacementRequest } from '../../../src/core/sizing/request.ts'

const GIB = 2 ** 30

export function makeFigures(
  weightGiB: number,
  bytesPerToken: number,
  heads?: readonly [attention: number, keyValue: number],
): ModelFigures {
  const figures = { weightBytes: Math.ceil(weightGiB * GIB), bytesPerToken, maxModelLen: 131_072 }
  return heads === undefined ? figures : { ...figures, attentionHeads: heads[0], keyValueHeads: heads[1] }
}

export function makeRevision(figures: ModelFigures, overrides: Partial<PresetRevision> = {}): PresetRevision {
  return {
    name: 'kaito-0.12',
    servedModelName: 'model',
    image: 'example.com/base:1',
    weightsInImage: false,
    runtimes: { vllm: { flags: {} } },
    figures,
    tensorParallel: true,
    adapters: true,
    diskGiB: 100,
    startupSeconds: 1800,
    kvOffloadDisabled: false,
    deepGemm: false,
    cudaToolkit: false,
    ...overrides,
  }
}

export function makeLegacyRevision(
  figures: ModelFigures,
  table: TableFigures,
  overrides: Partial<PresetRevision> = {},
): PresetRevision {
  return makeRevision(figures, { name: 'kaito-0.4', weightsInImage: true, table, ...overrides })
}

export function makeRuntimes(...names: Runtime[]): Partial<Record<Runtime, RuntimeSpec>> {
  return Object.fromEntries(names.map(name => [name, { flags: {} }]))
}

export function makePreset(name: string, ...revisions: PresetRevision[]): Preset {
  return {
    name,
    huggingFaceId: `example/${name}`,
    aliases: [],
    licence: 'mit',
    gated: false,
    architectures: [],
    revisions,
  }
}

export function makeInstanceType(overrides: Partial<InstanceType> = {}): InstanceType {
  return {
    name: 'Standard_NC24ads_A100_v4',
    cloud: 'azure',
    vendor: 'nvidia',
    gpu: 'NVIDIA A100',
    gpuCount: 1,
    gpuMemoryGiB: 80,
    computeCapability: 8,
    ...overrides,
  }
}

export function makeCatalogue(...instanceTypes: InstanceType[]): Catalogue {
  return { revision: 'test', presets: [], instanceTypes }
}

export function makeRequest(preset: Preset, overrides: Partial<PlacementRequest> = {}): PlacementRequest {
  return {
    preset,
    instanceTypes: [],
    cloud: 'azure',
    bypassChecks: false,
    multiNode: false,
    fields: {
      preset: 'metadata.annotations[kaito.sh/preset]',
      runtime: 'metadata.annotations[kaito.sh/runtime]',
      maxModelLen: 'metadata.annotations[kaito.sh/max-model-len]',
      instanceType: 'metadata.annotations[kaito.sh/instance-type]',
      gpus: 'spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]',
    },
    ...overrides,
  }
}

export function makeNeed(revision: PresetRevision, overrides: Partial<Need> = {}): Need {
  return { revision, runtime: 'vllm', contextTokens: 2048, ...overrides }
}

/** `1/4/1`: data, tensor, pipeline, in the order of KAITO's own table. */
export function parallelismText(p: { data: number; tensor: number; pipeline: number } | undefined): string {
  return p === undefined ? 'none' : `${p.data}/${p.tensor}/${p.pipeline}`
}

// Figures of real models (KAITO v0.12's catalogue).
export const PHI_4_MINI = makeFigures(7.15, 131_072, [24, 8])
export const PHI_4 = makeFigures(27.31, 204_800, [40, 10])
export const PHI_3_MINI = { ...makeFigures(7.12, 393_216, [32, 32]), maxModelLen: 4096 }
export const QWEN_CODER_7B = makeFigures(14.19, 57_344, [28, 4])
export const QWEN_CODER_32B = makeFigures(61.03, 262_144, [40, 8])
export const LLAMA_70B = makeFigures(131.42, 327_680, [64, 8])
export const DEEPSEEK_V3 = makeFigures(641.3, 70_272, [128, 128])
export const FALCON_7B = makeFigures(13.5, 8192, [71, 1])

export const phi4Mini = makePreset('phi-4-mini-instruct', makeRevision(PHI_4_MINI))
export const phi4 = makePreset(
  'phi-4',
  makeRevision(PHI_4, { runtimes: makeRuntimes('vllm', 'transformers') }),
)
export const qwenCoder7b = makePreset('qwen2.5-coder-7b-instruct', makeRevision(QWEN_CODER_7B))
export const llama70b = makePreset('llama-3.3-70b-instruct', makeRevision(LLAMA_70B))
export const deepseekV3 = makePreset('deepseek-v3-0324', makeRevision(DEEPSEEK_V3))
/** Two revisions, as the older presets have them. */
export const phi3Mini = makePreset(
  'phi-3-mini-4k-instruct',
  makeRevision(PHI_3_MINI, { runtimes: makeRuntimes('vllm', 'transformers') }),
  makeLegacyRevision(
    PHI_3_MINI,
    { gpuCount: 1, totalGpuMemoryGiB: 9, perGpuMemoryGiB: 0 },
    { runtimes: makeRuntimes('vllm', 'transformers') },
  ),
)
export const qwenCoder32b = makePreset(
  'qwen2.5-coder-32b-instruct',
  makeRevision(QWEN_CODER_32B),
  makeLegacyRevision(QWEN_CODER_32B, { gpuCount: 1, totalGpuMemoryGiB: 70, perGpuMemoryGiB: 0 }),
)

const azure = (
  name: string,
  gpu: string,
  gpuCount: number,
  gpuMemoryGiB: number,
  computeCapability: number,
) => makeInstanceType({ name, gpu, gpuCount, gpuMemoryGiB, computeCapability })

export const V100X1 = azure('Standard_NC6s_v3', 'NVIDIA V100', 1, 16, 7)
export const V100X4 = azure('Standard_NC24s_v3', 'NVIDIA V100', 4, 16, 7)
export const A10X1 = azure('Standard_NV36ads_A10_v5', 'NVIDIA A10', 1, 24, 8.6)
export const A10X2 = azure('Standard_NV72ads_A10_v5', 'NVIDIA A10', 2, 24, 8.6)
export const A100X1 = azure('Standard_NC24ads_A100_v4', 'NVIDIA A100', 1, 80, 8)
export const A100X2 = azure('Standard_NC48ads_A100_v4', 'NVIDIA A100', 2, 80, 8)
export const A100X4 = azure('Standard_NC96ads_A100_v4', 'NVIDIA A100', 4, 80, 8)
export const A100X8 = azure('Standard_ND96asr_A100_v4', 'NVIDIA A100', 8, 40, 8)
export const H100X1 = azure('Standard_NC40ads_H100_v5', 'NVIDIA H100', 1, 94, 9)
export const H100X8 = azure('Standard_ND96isr_H100_v5', 'NVIDIA H100', 8, 80, 9)
export const H200X8 = azure('Standard_ND96isr_H200_v5', 'NVIDIA H200', 8, 141, 9)
export const M60X1 = azure('Standard_NV12s_v3', 'NVIDIA M60', 1, 8, 5.2)
export const V620 = makeInstanceType({
  name: 'Standard_NG32ads_V620_v1',
  vendor: 'amd',
  gpu: 'AMD Radeon PRO V620',
  gpuMemoryGiB: 32,
})
export const A10GX4 = makeInstanceType({
  name: 'g5.12xlarge',
  cloud: 'aws',
  gpu: 'NVIDIA A10G',
  gpuCount: 4,
  gpuMemoryGiB: 24,
  computeCapability: 8.6,
})
export const A10GX8 = { ...A10GX4, name: 'g5.48xlarge', gpuCount: 8 }

const everyType = [
  V100X1,
  V100X4,
  A10X1,
  A10X2,
  A100X1,
  A100X2,
  A100X4,
  A100X8,
  H100X1,
  H100X8,
  H200X8,
  M60X1,
  V620,
  A10GX4,
  A10GX8,
]
export const catalogue = makeCatalogue(...everyType)
