// The generator rules beyond the packaged models: any Hugging Face id, and what an entry overrides.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PresetRevision } from '../../../src/core/preset/catalogue.ts'
import type { PresetEntry } from '../../../src/core/preset/entry.ts'
import { generateInstanceType, generatePreset } from '../../../src/core/preset/generate.ts'

function makeEntry(changes: Partial<PresetEntry> = {}): PresetEntry {
  return {
    id: 'acme/Rocket-8B',
    size: '14.96Gi',
    architectures: ['LlamaForCausalLM'],
    config: { maxModelLen: 131072, layers: 32, heads: 32, kvHeads: 8, headDim: 128 },
    ...changes,
  }
}

function newest(changes: Partial<PresetEntry> = {}): PresetRevision {
  const [revision] = generatePreset(makeEntry(changes)).revisions
  assert.ok(revision)
  return revision
}

function vllmFlags(changes: Partial<PresetEntry>): Readonly<Record<string, string>> {
  return newest(changes).runtimes.vllm?.flags ?? {}
}

function seconds(size: string): number {
  return newest({ size }).startupSeconds
}

function disk(size: string): number {
  return newest({ size }).diskGiB
}

function perToken(config: PresetEntry['config']): number {
  return newest({ config }).figures.bytesPerToken
}

const PLAIN = {
  load_format: 'auto',
  config_format: 'auto',
  tokenizer_mode: 'auto',
  'trust-remote-code': '',
  dtype: 'bfloat16',
}

describe('generatePreset', () => {
  it('makes a whole preset of five lines', () => {
    assert.deepEqual(generatePreset(makeEntry()), {
      name: 'rocket-8b',
      huggingFaceId: 'acme/Rocket-8B',
      aliases: [],
      licence: 'unknown',
      gated: false,
      architectures: ['LlamaForCausalLM'],
      revisions: [
        {
          name: 'kaito-0.12',
          servedModelName: 'rocket-8b',
          image: 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0',
          weightsInImage: false,
          modelArgument: 'acme/rocket-8b',
          runtimes: {
            vllm: { flags: { ...PLAIN, 'tool-call-parser': 'llama3_json', 'enable-auto-tool-choice': '' } },
          },
          figures: {
            weightBytes: 16063177688,
            bytesPerToken: 131072,
            maxModelLen: 131072,
            attentionHeads: 32,
            keyValueHeads: 8,
          },
          tensorParallel: true,
          adapters: true,
          diskGiB: 94,
          startupSeconds: 1800,
          kvOffloadDisabled: false,
          deepGemm: false,
          cudaToolkit: false,
        },
      ],
    })
  })

  it("keeps upstream's served name under a name of one's own", () => {
    const preset = generatePreset(makeEntry({ name: 'our-rocket' }))
    assert.equal(preset.name, 'our-rocket')
    assert.equal(preset.revisions[0]?.servedModelName, 'rocket-8b')
  })

  describe('parsers', () => {
    const table = [
      {
        id: 'Qwen/Qwen3-Coder-30B',
        architecture: 'Qwen3MoeForCausalLM',
        tool: 'qwen3_xml',
        reasoning: 'qwen3',
      },
      { id: 'Qwen/Qwen3-32B', architecture: 'Qwen3ForCausalLM', tool: 'hermes', reasoning: 'qwen3' },
      { id: 'Qwen/QwQ-32B', architecture: 'Qwen2ForCausalLM', tool: 'hermes', reasoning: 'deepseek_r1' },
      {
        id: 'deepseek-ai/DeepSeek-V3.1',
        architecture: 'DeepseekV3ForCausalLM',
        tool: 'deepseek_v31',
        reasoning: 'deepseek_v3',
      },
      { id: 'zai-org/GLM-4.7', architecture: 'Glm4MoeForCausalLM', tool: 'glm47', reasoning: 'glm45' },
      {
        id: 'someone/renamed',
        architecture: 'GptOssForCausalLM',
        tool: 'openai',
        reasoning: 'openai_gptoss',
      },
      { id: 'someone/renamed', architecture: 'Phi3ForCausalLM', tool: undefined, reasoning: undefined },
      { id: 'someone/not-mistral', architecture: 'Olmo2ForCausalLM', tool: undefined, reasoning: undefined },
      { id: 'someone/renamed', architecture: 'constructor', tool: undefined, reasoning: undefined },
      { id: 'someone/toString', architecture: '__proto__', tool: undefined, reasoning: undefined },
    ]
    for (const { id, architecture, tool, reasoning } of table) {
      it(`of ${id} (${architecture}) are ${tool} and ${reasoning}`, () => {
        const flags = vllmFlags({ id, architectures: [architecture] })
        assert.equal(flags['tool-call-parser'], tool)
        assert.equal(flags['enable-auto-tool-choice'], tool === undefined ? undefined : '')
        assert.equal(flags['reasoning-parser'], reasoning)
      })
    }

    it('take the first architecture that is known', () => {
      const flags = vllmFlags({
        architectures: ['RocketForCausalLM', 'GptOssForCausalLM', 'LlamaForCausalLM'],
      })
      assert.equal(flags['tool-call-parser'], 'openai')
    })
  })

  it('adds what a longer prefix says to what a shorter one says', () => {
    const flags = vllmFlags({ id: 'x/DeepSeek-V3.2-Exp', architectures: ['DeepseekV32ForCausalLM'] })
    assert.equal(flags['tokenizer_mode'], 'deepseek_v32')
    assert.equal(flags['kernel-config.enable_flashinfer_autotune'], 'False')
  })

  it('lets the server choose the data type of quantised weights', () => {
    assert.equal(vllmFlags({ quantisation: 'fp8' })['dtype'], 'auto')
  })

  it("asks for mistral's own format three times", () => {
    const { load_format, config_format, tokenizer_mode } = vllmFlags({ format: 'mistral' })
    assert.deepEqual([load_format, config_format, tokenizer_mode], ['mistral', 'mistral', 'mistral'])
  })

  it('gives way to everything that an entry says', () => {
    const revision = newest({
      architectures: ['DeepseekV4ForCausalLM'],
      'kaito-0.12': {
        image: 'registry.local/vllm:1',
        vllm: ['dtype=float16', 'enforce-eager'],
        transformers: ['torch_dtype=auto'],
        toolCallParser: 'hermes',
        reasoningParser: 'none',
        chatTemplate: 'tool-chat-hermes.jinja',
        diskGiB: 1,
        startupSeconds: 2,
        tensorParallel: false,
        adapters: false,
        kvOffloadDisabled: false,
        deepGemm: false,
      },
    })
    assert.deepEqual(revision.runtimes, {
      vllm: {
        flags: {
          ...PLAIN,
          'tool-call-parser': 'hermes',
          'enable-auto-tool-choice': '',
          'chat-template': '/workspace/chat_templates/tool-chat-hermes.jinja',
          dtype: 'float16',
          'enforce-eager': '',
        },
      },
      transformers: { flags: { pipeline: 'text-generation', torch_dtype: 'auto' } },
    })
    const {
      image,
      diskGiB,
      startupSeconds,
      tensorParallel,
      adapters,
      kvOffloadDisabled,
      deepGemm,
      cudaToolkit,
    } = revision
    assert.deepEqual(
      [image, diskGiB, startupSeconds, tensorParallel, adapters, kvOffloadDisabled, deepGemm, cudaToolkit],
      ['registry.local/vllm:1', 1, 2, false, false, false, false, false],
    )
  })

  it('takes a parser away with its switch', () => {
    assert.deepEqual(vllmFlags({ 'kaito-0.12': { toolCallParser: 'none' } }), PLAIN)
  })

  it('keeps startup between half an hour and three hours', () => {
    assert.deepEqual(
      ['1Gi', '50Gi', '50.01Gi', '550Gi', '2Ti'].map(seconds),
      [1800, 1800, 1801, 10800, 10800],
    )
  })

  it('never asks for more disk than the weights and 80 GiB, and counts Mi and Ti', () => {
    assert.deepEqual(['512Mi', '7.99Gi', '8Gi', '1Ti'].map(disk), [80, 87, 88, 1104])
  })

  describe('KV cache', () => {
    it('is counted for as many KV heads as heads where nothing else is said', () => {
      assert.equal(perToken({ maxModelLen: 1, layers: 32, heads: 32, headDim: 96 }), 393216)
    })
    it('takes the size of a head from the hidden size, rounded down as upstream does', () => {
      assert.equal(
        perToken({ maxModelLen: 1, layers: 10, heads: 3, kvHeads: 1, hiddenSize: 100 }),
        2 * 33 * 10 * 2,
      )
    })
    it('of latent attention is one vector a layer', () => {
      assert.equal(perToken({ maxModelLen: 1, layers: 61, kvLoraRank: 512, qkRopeHeadDim: 64 }), 70272)
    })
    it('can be said outright', () => {
      assert.equal(perToken({ maxModelLen: 1, bytesPerToken: 5 }), 5)
    })
    it('says nothing about heads that are not known', () => {
      const { figures } = newest({ config: { maxModelLen: 1, bytesPerToken: 5 } })
      assert.ok(!('attentionHeads' in figures) && !('keyValueHeads' in figures))
    })
  })

  it('offers the older generation beside, or instead of, the newer', () => {
    const older = { totalGpuMemoryGiB: 8, transformers: ['torch_dtype=auto'] }
    const both = generatePreset(makeEntry({ 'kaito-0.4': older })).revisions.map(revision => revision.name)
    const only = generatePreset(makeEntry({ 'kaito-0.4': older, 'kaito-0.12': false })).revisions
    assert.deepEqual(both, ['kaito-0.12', 'kaito-0.4'])
    assert.deepEqual(
      only.map(revision => revision.name),
      ['kaito-0.4'],
    )
    assert.equal(only[0]?.image, 'mcr.microsoft.com/aks/kaito/kaito-rocket-8b:0.1.1')
    assert.deepEqual(only[0]?.table, { gpuCount: 1, totalGpuMemoryGiB: 8, perGpuMemoryGiB: 0 })
    assert.equal(only[0]?.diskGiB, 70)
  })
})

describe('generateInstanceType', () => {
  it('is NVIDIA unless it says otherwise, and has a price only if there is one', () => {
    const row = { name: 'a1', gpu: 'NVIDIA A100', gpuCount: 1, gpuMemoryGiB: 80, computeCapability: 8 }
    assert.deepEqual(generateInstanceType('gcp', row), { ...row, cloud: 'gcp', vendor: 'nvidia' })
    const priced = generateInstanceType('gcp', { ...row, vendor: 'amd', price: { perHour: 1.5 } })
    assert.equal(priced.pricePerHour, 1.5)
    assert.ok(!('price' in priced))
    assert.equal(priced.vendor, 'amd')
  })
})
