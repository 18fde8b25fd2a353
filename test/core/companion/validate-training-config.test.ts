// What the trainer cannot work with, by what stands in the ConfigMap; and what it can, is left alone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseSettings } from '../../../src/cli/parse-yaml.ts'
import { formatFieldError } from '../../../src/core/api/field-error.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { TUNING_METHODS, type TuningMethod } from '../../../src/core/api/tuning-values.ts'
import { TUNING_SETTINGS } from '../../../src/core/companion/tuning-settings.ts'
import { validateTrainingConfig } from '../../../src/core/companion/validate-training-config.ts'

const KEY = 'training_config.yaml'
const AT = `data[${KEY}]`

function mistakesIn(data: JsonObject, method: TuningMethod): readonly string[] {
  return validateTrainingConfig({ data }, method, parseSettings).map(formatFieldError)
}

/** Settings with these lines below `training_config:`, and a good output folder unless they name one. */
function withLines(...lines: readonly string[]): JsonObject {
  const output = lines.some(line => line.includes('TrainingArguments'))
    ? []
    : ['TrainingArguments: {output_dir: /mnt/results}']
  return { [KEY]: ['training_config:', ...[...output, ...lines].map(line => `  ${line}`)].join('\n') }
}

interface Case {
  readonly name: string
  readonly data: JsonObject
  readonly method?: TuningMethod
  readonly want: readonly string[]
}

const QLORA = 'QuantizationConfig: {load_in_4bit: true}'
const CASES: readonly Case[] = [
  {
    name: 'no key',
    data: { 'inference_config.yaml': 'vllm: {}' },
    want: [`${AT}: Required value: the settings of the trainer, as YAML`],
  },
  {
    name: 'no YAML',
    data: { [KEY]: 'training_config: {' },
    want: [
      `${AT}: Invalid value: must be YAML: Flow map in block collection must be sufficiently indented and end with a } at line 1, column 19`,
    ],
  },
  {
    name: 'another root',
    data: { [KEY]: 'TrainingArguments: {output_dir: /mnt/results}' },
    want: [
      `${AT}.training_config: Required value: must hold ModelConfig, QuantizationConfig, LoraConfig, TrainingArguments, DatasetConfig, DataCollator`,
    ],
  },
  {
    name: 'a root that is no mapping',
    data: { [KEY]: 'training_config: [a]' },
    want: [`${AT}.training_config: Invalid value: "[\\"a\\"]": must be a mapping of settings`],
  },
  {
    name: 'a section that the trainer would ignore',
    data: withLines('LoRAConfig: {r: 16}'),
    want: [
      `${AT}.training_config: Unsupported value: "LoRAConfig": supported values: "ModelConfig", "QuantizationConfig", "LoraConfig", "TrainingArguments", "DatasetConfig", "DataCollator"; did you mean LoraConfig?`,
    ],
  },
  {
    name: 'a section with nothing in it',
    data: withLines('LoraConfig:'),
    want: [`${AT}.training_config.LoraConfig: Invalid value: "null": must be a mapping of settings`],
  },
  {
    name: 'lora in 4 bits',
    data: withLines(QLORA),
    want: [
      `${AT}.training_config.QuantizationConfig.load_in_4bit: Invalid value: "true": must be false for the method lora; the method qlora quantizes`,
    ],
  },
  { name: 'lora that says so', data: withLines('QuantizationConfig: {load_in_4bit: off}'), want: [] },
  { name: 'qlora in 4 bits', method: 'qlora', data: withLines(QLORA), want: [] },
  {
    name: 'qlora in 8 bits, in a word of the trainer',
    method: 'qlora',
    data: withLines('QuantizationConfig: {load_in_8bit: "Yes"}'),
    want: [],
  },
  {
    name: 'qlora without',
    method: 'qlora',
    data: withLines(),
    want: [
      `${AT}.training_config.QuantizationConfig.load_in_4bit: Required value: the method qlora needs load_in_4bit or load_in_8bit to be true`,
    ],
  },
  {
    name: 'qlora in both',
    method: 'qlora',
    data: withLines('QuantizationConfig: {load_in_4bit: true, load_in_8bit: true}'),
    want: [
      `${AT}.training_config.QuantizationConfig.load_in_8bit: Forbidden: load_in_4bit is true: it is one or the other`,
    ],
  },
  {
    name: 'bits that are no truth values',
    method: 'qlora',
    data: withLines('QuantizationConfig: {load_in_4bit: maybe, load_in_8bit: [true]}'),
    want: [
      `${AT}.training_config.QuantizationConfig.load_in_4bit: Invalid value: "maybe": must be true or false`,
      `${AT}.training_config.QuantizationConfig.load_in_8bit: Invalid value: "[true]": must be true or false`,
    ],
  },
  ...(
    [
      ['no output folder', '{}', 'Required value'],
      ['an output folder that is not kept', '{output_dir: /mnt/output}', 'Invalid value: "/mnt/output"'],
      ['one below it', '{output_dir: /mnt/results/run-1}', 'Invalid value: "/mnt/results/run-1"'],
      ['a relative one', '{output_dir: results}', 'Invalid value: "results"'],
      ['one that only begins so', '{output_dir: /mntfoo}', 'Invalid value: "/mntfoo"'],
      ['no text', '{output_dir: 7}', 'Invalid value: "7"'],
    ] as const
  ).map(([name, section, problem]) => ({
    name,
    data: withLines(`TrainingArguments: ${section}`),
    want: [
      `${AT}.training_config.TrainingArguments.output_dir: ${problem}: must be /mnt/results: there the adapter is looked for`,
    ],
  })),
  {
    name: 'the folder with a slash behind it',
    data: withLines('TrainingArguments: {output_dir: /mnt/results/}'),
    want: [],
  },
  {
    name: 'every mistake at once',
    method: 'qlora',
    data: { [KEY]: 'training_config: {Lora: {}, DataCollator: 1}' },
    want: [
      `${AT}.training_config: Unsupported value: "Lora": supported values: "ModelConfig", "QuantizationConfig", "LoraConfig", "TrainingArguments", "DatasetConfig", "DataCollator"; did you mean LoraConfig?`,
      `${AT}.training_config.DataCollator: Invalid value: "1": must be a mapping of settings`,
      `${AT}.training_config.QuantizationConfig.load_in_4bit: Required value: the method qlora needs load_in_4bit or load_in_8bit to be true`,
      `${AT}.training_config.TrainingArguments.output_dir: Required value: must be /mnt/results: there the adapter is looked for`,
    ],
  },
]

describe('validateTrainingConfig', () => {
  for (const { name, data, method = 'lora', want } of CASES)
    it(name, () => assert.deepEqual(mistakesIn(data, method), want))

  it("finds nothing wrong with the methods' own settings, and each wrong for the other method", () => {
    for (const method of TUNING_METHODS)
      assert.deepEqual(mistakesIn({ [KEY]: TUNING_SETTINGS[method] }, method), [])
    assert.equal(mistakesIn({ [KEY]: TUNING_SETTINGS.lora }, 'qlora').length, 1)
    assert.equal(mistakesIn({ [KEY]: TUNING_SETTINGS.qlora }, 'lora').length, 1)
  })

  it('reads anchors, and not what a few of them could blow up', () => {
    assert.deepEqual(mistakesIn(withLines('LoraConfig: &c {r: 8}', 'DataCollator: *c'), 'lora'), [])
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from(
        { length: 9 },
        (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(',')}]`,
      ),
    ]
    assert.match(mistakesIn({ [KEY]: bomb.join('\n') }, 'lora').join(), /Excessive alias count/)
  })

  it('has an answer to anything', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json().map(json => `{"training_config": ${json}}`),
    )
    fc.assert(
      fc.property(anyText, fc.constantFrom(...TUNING_METHODS), (text, method) => {
        assert.ok(mistakesIn({ [KEY]: text }, method).length > 0)
      }),
    )
  })
})
