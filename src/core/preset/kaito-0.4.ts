// Pipeline: preset. The older generation (KAITO 0.4.6, vLLM 0.8.5): one image a model with the weights inside, float16,
// so that it runs on GPUs before compute capability 8.0 too; sized by table figures.

import type { PresetRevision, RuntimeSpec } from './catalogue.ts'
import type { Runtime } from '../api/names.ts'
import type { Kaito04Entry, PresetEntry } from './entry.ts'
import { entryName } from './entry-name.ts'
import { modelFigures } from './figures.ts'
import { parseFlags, templateFlag } from './flags.ts'
import { tuningSpec } from './tuning.ts'

const REGISTRY = 'mcr.microsoft.com/aks/kaito'
const IMAGE_TAG = '0.1.1'

/** Upstream waits half an hour, whatever the size: nothing is downloaded but the image. */
const STARTUP_SECONDS = 1800

/** The revision `kaito-0.4` of an entry. */
export function kaito04Revision(entry: PresetEntry, block: Kaito04Entry): PresetRevision {
  const name = block.name ?? entryName(entry)
  return {
    name: 'kaito-0.4',
    servedModelName: name,
    image: block.image ?? `${REGISTRY}/kaito-${name}:${IMAGE_TAG}`,
    weightsInImage: block.weightsInImage ?? true,
    runtimes: runtimes(block),
    figures: modelFigures(entry),
    table: {
      gpuCount: block.gpuCount ?? 1,
      totalGpuMemoryGiB: block.totalGpuMemoryGiB,
      perGpuMemoryGiB: block.perGpuMemoryGiB ?? 0,
    },
    tensorParallel: block.tensorParallel ?? true,
    adapters: block.adapters ?? true,
    diskGiB: block.diskGiB ?? diskGiB(block.totalGpuMemoryGiB),
    startupSeconds: block.startupSeconds ?? STARTUP_SECONDS,
    kvOffloadDisabled: false,
    deepGemm: false,
    cudaToolkit: false,
    ...(entry.tuning === undefined ? {} : { tuning: tuningSpec(entry.tuning) }),
  }
}

function runtimes({ vllm, transformers, chatTemplate }: Kaito04Entry): Partial<Record<Runtime, RuntimeSpec>> {
  const vllmFlags = { dtype: 'float16', ...templateFlag('chat-template', chatTemplate), ...parseFlags(vllm) }
  if (transformers === undefined) return { vllm: { flags: vllmFlags } }
  const template = templateFlag('chat_template', chatTemplate)
  const transformersFlags = { pipeline: 'text-generation', ...template, ...parseFlags(transformers) }
  return { vllm: { flags: vllmFlags }, transformers: { flags: transformersFlags } }
}

/** Upstream's rule: image, unpacked image and system are 2.5 x GPU memory + 48, rounded up to tens. */
function diskGiB(totalGpuMemoryGiB: number): number {
  return Math.ceil((2.5 * totalGpuMemoryGiB + 48) / 10) * 10
}
