// Pipeline: companion. The methods' default settings, key by key as upstream has them (KAITO v0.12.0
// charts/kaito/workspace/templates/{lora,qlora}-params.yaml), as text, because users read and copy them.
import type { TuningMethod } from '../api/tuning-values.ts'

const QUANTIZATION: Readonly<Record<TuningMethod, string>> = {
  lora: '    load_in_4bit: false',
  qlora: `    load_in_4bit: true
    bnb_4bit_quant_type: "nf4"
    bnb_4bit_compute_dtype: "bfloat16"
    bnb_4bit_use_double_quant: true`,
}

/** `training_config.yaml` of each method. */
export const TUNING_SETTINGS: Readonly<Record<TuningMethod, string>> = {
  lora: settingsOf('lora'),
  qlora: settingsOf('qlora'),
}

/** No checkpoints: only the adapter is pushed, and the output folder is on the node's disk. */
function settingsOf(method: TuningMethod): string {
  return `training_config:
  ModelConfig:
    torch_dtype: "bfloat16"
    local_files_only: true
    device_map: "auto"

  QuantizationConfig:
${QUANTIZATION[method]}

  LoraConfig:
    r: 8
    lora_alpha: 8
    lora_dropout: 0.0

  TrainingArguments:
    output_dir: "/mnt/results"
    ddp_find_unused_parameters: false
    save_strategy: "no"
    per_device_train_batch_size: 1

  DataCollator:
    mlm: true

  DatasetConfig:
    shuffle_dataset: true
    train_test_split: 1
`
}
