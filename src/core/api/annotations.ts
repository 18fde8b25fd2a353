// Pipeline: vocabulary. The one registry of kaito.sh/ annotations: parser, docs/annotations.md, the JSON schema and the
// CLI's help all come from it. Meanings and defaults: docs/annotations.md is generated, edit here.
import { parseAdapters, type Mistake } from './adapters.ts'
import { RUNTIMES } from './names.ts'
import {
  parseBoolean,
  parseContainerName,
  parseDuration,
  parseInstanceTypes,
  parseObjectName,
  parseOneOf,
  parsePositiveInteger,
  parsePresetReference,
  parseSecretName,
  parseText,
  parseWeights,
  type Parsed,
} from './annotation-values.ts'
import { parseImage, parseOutputImage, parseTuningUrls, TUNING_METHODS } from './tuning-values.ts'
import type { ParseYaml } from './yaml.ts'

export const PREFIX = 'kaito.sh/'
export const PRESET = 'kaito.sh/preset'
/** Written by kaito-native on the workload: the recorded decision. */
export const PLAN = 'kaito.sh/plan'
/** Written by kaito-native on the pod template: what the scheduler must know of this pod. */
export const PLACEMENT = 'kaito.sh/placement'

/**
 * - template: what the pods look like follows from it, so a change is a change of intent and plans anew.
 * - operation: read by the controller while the workload runs; a change never touches the template.
 */
export type AnnotationScope = 'template' | 'operation'

/** Text → value, or what would be accepted; a list tells of each of its entries. */
type ParseAnnotation = (
  text: string,
  parseYaml: ParseYaml,
) => Parsed<unknown> | { readonly mistakes: readonly Mistake[] }

export interface AnnotationSpec<P extends ParseAnnotation = ParseAnnotation> {
  readonly grammar: string
  readonly default: string
  readonly scope: AnnotationScope
  readonly meaning: string
  readonly example: string
  readonly parse: P
}

function annotation<P extends ParseAnnotation>(spec: AnnotationSpec<P>): AnnotationSpec<P> {
  return spec
}

export const ANNOTATIONS = {
  preset: annotation({
    grammar: 'preset name, alias or Hugging Face id, any case, optional `@revision`',
    default: '–',
    scope: 'template',
    meaning: 'The model to serve. Opts the workload in.',
    example: 'phi-4-mini-instruct',
    parse: parsePresetReference,
  }),
  'instance-type': annotation({
    grammar: '`auto`, one instance type, or a comma-separated list in order of preference',
    default: '`auto`',
    scope: 'template',
    meaning:
      'The nodes to run on; `auto` takes the cheapest on which the model fits. Without prices: the one whose GPUs for a pod have the least memory, which may be a large node; `kaito-native fit` shows the order.',
    example: 'Standard_NC24ads_A100_v4,Standard_NC40ads_H100_v5',
    parse: parseInstanceTypes,
  }),
  runtime: annotation({
    grammar: '`vllm` or `transformers`',
    default: "the preset's first",
    scope: 'template',
    meaning:
      'The server in the image. Given explicitly, a container with an image of its own gets the command too.',
    example: 'vllm',
    parse: parseOneOf(RUNTIMES),
  }),
  'max-model-len': annotation({
    grammar: 'positive integer (tokens)',
    default: '`auto` in the command, 2048 in sizing',
    scope: 'template',
    meaning: 'Context length: enters sizing and the command (vLLM).',
    example: '8192',
    parse: parsePositiveInteger,
  }),
  weights: annotation({
    grammar: '`pvc:CLAIM`, `pvc:CLAIM/PATH` or `image:REFERENCE`',
    default: 'an emptyDir, downloaded at start',
    scope: 'template',
    meaning:
      'Where the weights live: a claim keeps what was downloaded; a path in a claim, or an image with the files at its root, holds ready weights, served read-only and offline.',
    example: 'pvc:model-cache',
    parse: parseWeights,
  }),
  adapters: annotation({
    grammar: 'YAML or JSON list of `{name, image, strength?, imagePullSecrets?}`, at most 10',
    default: 'none',
    scope: 'template',
    meaning:
      'LoRA adapters to load beside the model: images with `/data/adapter_config.json` and the weights beside it. vLLM serves each under its name; transformers merges them, `strength` (0 to 1) times each.',
    example: '[{"name": "tone", "image": "registry.example/tone:1"}]',
    parse: parseAdapters,
  }),
  config: annotation({
    grammar: 'name of a ConfigMap with key `inference_config.yaml`; for tuning `training_config.yaml`',
    default: "none; for tuning the method's own",
    scope: 'template',
    meaning:
      'Settings for the server; its `vllm:` section wins over the generated flags. For tuning: settings of the trainer, with `TrainingArguments.output_dir: /mnt/results`; no node is bought for settings that cannot work.',
    example: 'my-inference-config',
    parse: parseObjectName,
  }),
  'model-access-secret': annotation({
    grammar: 'name of a Secret with key `HF_TOKEN`',
    default: 'none',
    scope: 'template',
    meaning: 'The Hugging Face token that gated models need.',
    example: 'hf-token',
    parse: parseSecretName,
  }),
  'api-key-secret': annotation({
    grammar: 'name of a Secret with key `API_KEY`',
    default: 'none',
    scope: 'template',
    meaning: 'The key that clients of the server must send (vLLM only).',
    example: 'phi-4-mini-key',
    parse: parseSecretName,
  }),
  container: annotation({
    grammar: 'container name',
    default: 'the only one; else the only one without an image; else the one named `model`',
    scope: 'template',
    meaning: 'The container to fill.',
    example: 'model',
    parse: parseContainerName,
  }),
  'nodes-per-replica': annotation({
    grammar: 'positive integer',
    default: 'computed',
    scope: 'template',
    meaning:
      'Nodes that serve one replica (StatefulSet only when more than one, and then as many as `spec.replicas`).',
    example: '2',
    parse: parsePositiveInteger,
  }),
  provisioning: annotation({
    grammar: '`auto`, `nodeclaim`, `machine` or `none`',
    default: '`auto`',
    scope: 'template',
    meaning:
      'Who makes the node: Karpenter NodeClaim, the older Machine, or nobody (existing nodes only). `auto` takes the first that the API server serves.',
    example: 'nodeclaim',
    parse: parseOneOf(['auto', 'nodeclaim', 'machine', 'none'] as const),
  }),
  'idle-grace': annotation({
    grammar: 'Go duration',
    default: '`5m`',
    scope: 'operation',
    meaning: 'How long an idle node is kept.',
    example: '15m',
    parse: parseDuration,
  }),
  service: annotation({
    grammar: '`true` or `false`',
    default: '`true`',
    scope: 'operation',
    meaning: 'Whether a Service named like the workload is made.',
    example: 'false',
    parse: parseBoolean,
  }),
  replan: annotation({
    grammar: 'any text',
    default: '–',
    scope: 'template',
    meaning: "A change asks for a new plan from today's catalogue.",
    example: '2026-11-22',
    parse: parseText,
  }),
  'bypass-resource-checks': annotation({
    grammar: '`true` or `false`',
    default: '`false`',
    scope: 'template',
    meaning: 'Turns "does not fit" from a refusal into a warning.',
    example: 'true',
    parse: parseBoolean,
  }),
  'tuning-method': annotation({
    grammar: '`lora` or `qlora`',
    default: '–',
    scope: 'template',
    meaning:
      'Makes a Job (or the Jobs of a CronJob) fine-tune the preset: the image trains, and the adapter is pushed or stays on a volume. Arguments of the container go to the trainer.',
    example: 'qlora',
    parse: parseOneOf(TUNING_METHODS),
  }),
  'tuning-input-urls': annotation({
    grammar: 'http(s) URLs, separated by white space or commas',
    default: '–',
    scope: 'template',
    meaning:
      'Training data to download, from public hosts. Or an image, or a volume named `data` in the pod template: exactly one of them.',
    example: 'https://example.com/data.parquet',
    parse: parseTuningUrls,
  }),
  'tuning-input-image': annotation({
    grammar: 'image reference',
    default: '–',
    scope: 'template',
    meaning:
      'An image with the training data under `/data`; private ones need `imagePullSecrets` in the pod template.',
    example: 'registry.example/data:1',
    parse: parseImage,
  }),
  'tuning-output-image': annotation({
    grammar: 'full image reference, `host/path:tag`',
    default: '–',
    scope: 'template',
    meaning:
      'Where the adapter image is pushed: it can be named in `kaito.sh/adapters`. Or a volume named `results` in the pod template: exactly one of them.',
    example: 'registry.example/tone:1',
    parse: parseOutputImage,
  }),
  'tuning-output-image-push-secret': annotation({
    grammar: 'name of a Secret of type `kubernetes.io/dockerconfigjson`',
    default: '–',
    scope: 'template',
    meaning: 'The credentials for the push.',
    example: 'registry-push',
    parse: parseSecretName,
  }),
}

export type AnnotationName = keyof typeof ANNOTATIONS

/** All annotation names of the registry, in the order of the documentation. */
export const ANNOTATION_NAMES = Object.keys(ANNOTATIONS) as readonly AnnotationName[]

/** Keys under kaito.sh/ that upstream KAITO defines for its own objects: left alone, without a warning. */
export const UPSTREAM_KEYS: ReadonlySet<string> = new Set([
  'kaito.sh/workspace',
  'kaito.sh/workspacenamespace',
  'kaito.sh/ragengine',
  'kaito.sh/ragenginenamespace',
  'kaito.sh/machine-type',
  'kaito.sh/enablelb',
  'kaito.sh/node-image-family',
  'kaito.sh/node-class-name',
  'kaito.sh/disable-benchmark',
  'kaito.sh/run-benchmark',
  'kaito.sh/performance-mode',
  'kaito.sh/use-local-weights',
  'kaito.sh/model-streaming',
  'kaito.sh/model-mirror-storage-class',
  'kaito.sh/streaming-service-account',
  'kaito.sh/model-mirror-name',
  'kaito.sh/upgrade-to-version',
  'kaito.sh/upgrade-start-time',
  'kaito.sh/inference-role',
  'kaito.sh/creation-timestamp',
])
