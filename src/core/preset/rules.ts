// Pipeline: preset. KAITO 0.12's generator rules but for the parsers (presets/workspace/generator/generator.go,
// pkg/model/interface.go): what a model needs by its name or its architecture.

import type { Flags } from './catalogue.ts'
import { allByPrefix, byPrefix } from './match.ts'

/** Flags that the model's name asks for; a longer prefix adds to a shorter one. */
export function flagsByName(shortName: string): Flags {
  return Object.assign({}, ...allByPrefix(FLAGS_BY_PREFIX, shortName))
}

/** The chat template for tool calls that the image has for a model. */
export function chatTemplate(shortName: string): string | undefined {
  return byPrefix(CHAT_TEMPLATE_BY_PREFIX, shortName)
}

/** The CPU KV cache does not work with these models (hybrid KV layouts, and gpt-oss). */
export function isKvOffloadDisabled(architectures: readonly string[]): boolean {
  return architectures.some(architecture => KV_OFFLOAD_DISABLED.has(architecture))
}

/** These models need DeepGEMM kernels, which are compiled at run time with the CUDA toolkit. */
export function needsDeepGemm(architectures: readonly string[]): boolean {
  return architectures.some(architecture => DEEP_GEMM.has(architecture))
}

const FLAGS_BY_PREFIX: Readonly<Record<string, Flags>> = {
  'deepseek-r1': { tokenizer_mode: 'deepseek_v32' },
  'deepseek-v3': { tokenizer_mode: 'deepseek_v32' },
  'deepseek-v3.2': { 'kernel-config.enable_flashinfer_autotune': 'False' },
  'deepseek-v4': { tokenizer_mode: 'deepseek_v4', 'kv-cache-dtype': 'fp8' },
  'glm-5.2-fp8': { 'kv-cache-dtype': 'fp8' },
  'minimax-m2': { 'enable-expert-parallel': '' },
  'qwen3.5': { 'gdn-prefill-backend': 'triton' },
  'qwen3.6': { 'gdn-prefill-backend': 'triton' },
  'qwen3.8': { 'gdn-prefill-backend': 'triton' },
}

const CHAT_TEMPLATE_BY_PREFIX: Readonly<Record<string, string>> = {
  'deepseek-r1': 'tool-chat-deepseekr1.jinja',
  'deepseek-v3': 'tool-chat-deepseekv3.jinja',
  'gemma-4': 'tool-chat-gemma4.jinja',
  'llama-3': 'tool-chat-llama3.1-json.jinja',
  'phi-4-mini': 'tool-chat-phi4-mini.jinja',
  'qwen2.5': 'tool-chat-hermes.jinja',
}

const KV_OFFLOAD_DISABLED: ReadonlySet<string> = new Set([
  'DeepseekV32ForCausalLM',
  'DeepseekV4ForCausalLM',
  'Gemma4ForCausalLM',
  'Gemma4ForConditionalGeneration',
  'Gemma4UnifiedForConditionalGeneration',
  'GptOssForCausalLM',
  'NemotronHForCausalLM',
  'NemotronHMTPModel',
  'NemotronHPuzzleForCausalLM',
  'NemotronH_Nano_VL_V2',
  'Qwen3_5ForConditionalGeneration',
  'Qwen3_5MoeForConditionalGeneration',
])

const DEEP_GEMM: ReadonlySet<string> = new Set([
  'DeepseekV32ForCausalLM',
  'DeepseekV4ForCausalLM',
  'GlmMoeDsaForCausalLM',
])
