// Pipeline: companion. Settings that a user's ConfigMap gives to a trainer, checked before a GPU is bought for them: what
// the trainer cannot read or KAITO forbids (v0.12.0 api/v1beta1/params_validation.go, and its trainer's parser.py), and an
// output folder that is not the one whose content is kept. Everything else is the trainer's own to judge.
import { PREFIX } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import { isObject, objectAt, stringAt, textOf, type Json, type JsonObject } from '../api/json.ts'
import { nearest } from '../api/nearest.ts'
import type { TuningMethod } from '../api/tuning-values.ts'
import type { ParseYaml } from '../api/yaml.ts'
import { CONFIG_KEY, RESULTS_FOLDER } from '../template/tuning-layout.ts'

const ROOT = 'training_config'
const SECTIONS = [
  'ModelConfig',
  'QuantizationConfig',
  'LoraConfig',
  'TrainingArguments',
  'DatasetConfig',
  'DataCollator',
]
/** As the trainer's argument parser reads a truth value (HfArgumentParser string_to_bool), besides YAML's own. */
const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  t: true,
  y: true,
  '1': true,
  false: false,
  no: false,
  f: false,
  n: false,
  '0': false,
}

/** Every mistake in the data of a ConfigMap; none: the trainer can begin. */
export function validateTrainingConfig(
  configMap: JsonObject,
  method: TuningMethod,
  parseYaml: ParseYaml,
): readonly FieldError[] {
  const field = `data[${CONFIG_KEY}]`
  const text = stringAt(objectAt(configMap, 'data'), CONFIG_KEY)
  if (text === undefined) return [mistake('Required', field, 'the settings of the trainer, as YAML')]
  const parsed = parseYaml(text)
  if ('problem' in parsed) return [mistake('Invalid', field, `must be YAML: ${parsed.problem}`)]
  const root = isObject(parsed.value) ? parsed.value[ROOT] : undefined
  const at = `${field}.${ROOT}`
  if (root === undefined) return [mistake('Required', at, `must hold ${SECTIONS.join(', ')}`)]
  if (!isObject(root)) return [notMapping(at, root)]
  return [
    ...sectionErrors(root, at),
    ...quantizationErrors(root, `${at}.QuantizationConfig`, method),
    ...outputErrors(root, `${at}.TrainingArguments.output_dir`),
  ]
}

/** The ConfigMap that the annotation names is not there. */
export function missingTrainingConfig(name: string, namespace: string): FieldError {
  const detail = `no ConfigMap of this name in namespace ${namespace}: create it with the key ${CONFIG_KEY}`
  return mistake('NotFound', `metadata.annotations[${PREFIX}config]`, detail, name)
}

/** The trainer would ignore a section with a name that it does not know, and stumble over one that is no mapping. */
function sectionErrors(root: JsonObject, at: string): readonly FieldError[] {
  return Object.entries(root).flatMap(([name, section = null]) => {
    if (!SECTIONS.includes(name)) return [unknownSection(name, at)]
    return isObject(section) ? [] : [notMapping(`${at}.${name}`, section)]
  })
}

function unknownSection(value: string, field: string): FieldError {
  const near = nearest(value, SECTIONS)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  const supported = SECTIONS.map(section => JSON.stringify(section)).join(', ')
  return mistake('NotSupported', field, `supported values: ${supported}${hint}`, value)
}

function notMapping(field: string, value: Json): FieldError {
  return mistake('Invalid', field, 'must be a mapping of settings', textOf(value))
}

/** QLoRA is LoRA on a model that is loaded in 4 or 8 bits. */
function quantizationErrors(root: JsonObject, at: string, method: TuningMethod): readonly FieldError[] {
  const section = objectAt(root, 'QuantizationConfig')
  const [four, eight] = (['load_in_4bit', 'load_in_8bit'] as const).map(name => ({
    field: `${at}.${name}`,
    value: section[name],
    truth: truthOf(section[name]),
  }))
  if (four === undefined || eight === undefined) return []
  const unreadable = [four, eight].filter(({ truth }) => truth === undefined)
  if (unreadable.length > 0)
    return unreadable.map(({ field, value = null }) =>
      mistake('Invalid', field, 'must be true or false', textOf(value)),
    )
  const loaded = [four, eight].filter(({ truth }) => truth)
  if (method === 'lora')
    return loaded.map(({ field }) =>
      mistake('Invalid', field, 'must be false for the method lora; the method qlora quantizes', 'true'),
    )
  if (loaded.length === 2)
    return [mistake('Forbidden', eight.field, 'load_in_4bit is true: it is one or the other')]
  if (loaded.length === 1) return []
  return [mistake('Required', four.field, 'the method qlora needs load_in_4bit or load_in_8bit to be true')]
}

/** Absent: false, the trainer's default. Undefined: no truth value. */
function truthOf(value: Json | undefined): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value ?? false
  const text = typeof value === 'object' ? '' : String(value).toLowerCase()
  return Object.hasOwn(TRUTHS, text) ? TRUTHS[text] : undefined
}

/** The trainer takes it as it is; only that folder is on the volume from which the adapter is kept or pushed. */
function outputErrors(root: JsonObject, field: string): readonly FieldError[] {
  const value = objectAt(root, 'TrainingArguments')['output_dir']
  const detail = `must be ${RESULTS_FOLDER}: there the adapter is looked for`
  if (value === undefined || value === null || value === '') return [mistake('Required', field, detail)]
  if (typeof value === 'string' && value.replaceAll(/\/+/g, '/').replace(/\/$/, '') === RESULTS_FOLDER)
    return []
  return [mistake('Invalid', field, detail, textOf(value))]
}

function mistake(type: FieldError['type'], field: string, detail: string, value?: string): FieldError {
  return { type, field, detail, code: 'InvalidTrainingConfig', ...(value !== undefined && { value }) }
}
