// Pipeline: preset. The newer generation (KAITO 0.12, vLLM 0.25.1): one image for every model, weights downloaded at
// start, compute capability 8.0 and up. Only flags that follow from the model; sizing and annotations add theirs later.

import type { Runtime } from '../api/names.ts'
import type { Flags, PresetRevision, RuntimeSpec } from './catalogue.ts'
import { shortName } from './entry-name.ts'
import type { Kaito012Entry, PresetEntry } from './entry.ts'
import { modelFigures } from './figures.ts'
import { optionalFlag, parseFlags, templateFlag } from './flags.ts'
import { reasoningParser, toolCallParser } from './parsers.ts'
import { chatTemplate, flagsByName, isKvOffloadDisabled, needsDeepGemm } from './rules.ts'
import { tuningSpecWithWeights } from './tuning.ts'

/** One image for every model, so that a node pulls it once. */
const IMAGE = 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0'

const GIB = 2 ** 30

/** The revision `kaito-0.12` of an entry, with what its block overrides. */
export function kaito012Revision(entry: PresetEntry, block: Kaito012Entry): PresetRevision {
  const figures = modelFigures(entry)
  const weightGiB = figures.weightBytes / GIB
  const deepGemm = block.deepGemm ?? needsDeepGemm(entry.architectures)
  return {
    name: 'kaito-0.12',
    servedModelName: shortName(entry.id),
    image: block.image ?? IMAGE,
    weightsInImage: false,
    modelArgument: entry.id.toLowerCase(),
    runtimes: runtimes(entry, block),
    figures,
    tensorParallel: block.tensorParallel ?? true,
    adapters: block.adapters ?? true,
    diskGiB: block.diskGiB ?? diskGiB(weightGiB),
    startupSeconds: block.startupSeconds ?? startupSeconds(weightGiB),
    kvOffloadDisabled: block.kvOffloadDisabled ?? isKvOffloadDisabled(entry.architectures),
    deepGemm,
    cudaToolkit: block.cudaToolkit ?? deepGemm,
    ...(entry.tuning === undefined ? {} : { tuning: tuningSpecWithWeights(entry.tuning) }),
  }
}

function runtimes(entry: PresetEntry, block: Kaito012Entry): Partial<Record<Runtime, RuntimeSpec>> {
  const vllm = { flags: vllmFlags(entry, block) }
  if (block.transformers === undefined) return { vllm }
  return { vllm, transformers: { flags: { pipeline: 'text-generation', ...parseFlags(block.transformers) } } }
}

function vllmFlags(entry: PresetEntry, block: Kaito012Entry): Flags {
  const name = shortName(entry.id)
  const format = entry.format ?? 'auto'
  const toolCalls = optionalFlag(
    'tool-call-parser',
    block.toolCallParser ?? toolCallParser(name, entry.architectures),
  )
  return {
    load_format: format,
    config_format: format,
    tokenizer_mode: format,
    'trust-remote-code': '',
    dtype: entry.quantisation === undefined ? 'bfloat16' : 'auto',
    ...flagsByName(name),
    ...toolCalls,
    ...('tool-call-parser' in toolCalls ? { 'enable-auto-tool-choice': '' } : {}),
    ...optionalFlag('reasoning-parser', block.reasoningParser ?? reasoningParser(name, entry.architectures)),
    ...templateFlag('chat-template', block.chatTemplate ?? chatTemplate(name)),
    ...parseFlags(block.vllm),
  }
}

/** Upstream's rule: the weights, and 80 GiB for image, unpacked image and system. */
function diskGiB(weightGiB: number): number {
  return Math.floor(weightGiB + 80)
}

/** Upstream's rule: a quarter of an hour, and 18 s to download and load each GiB; half an hour to three hours. */
function startupSeconds(weightGiB: number): number {
  return Math.min(Math.max(Math.ceil(900 + 18 * weightGiB), 1800), 10800)
}
