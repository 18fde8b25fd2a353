// Annotations: values that the grammars take, in any combination, and what comes of them by slips and by malice.
import { ANNOTATION_NAMES, ANNOTATIONS, PREFIX, type AnnotationName } from '../../src/core/api/annotations.ts'
import type { Json, JsonObject } from '../../src/core/api/json.ts'
import type { Random } from '../controller/random.ts'
import { oddJson, oddOf, oddText, once, oneOf } from './make-json.ts'

const GOOD: Readonly<Partial<Record<AnnotationName, readonly string[]>>> = {
  preset: [
    'phi-4-mini-instruct',
    'PHI-4',
    'microsoft/Phi-4-mini-instruct',
    'phi-3-mini-4k-instruct@kaito-0.4',
    'llama-3.1-8b-instruct',
    'deepseek-v3-0324',
    'falcon-7b',
  ],
  'instance-type': [
    'auto',
    'Standard_NC24ads_A100_v4',
    'Standard_NC6s_v3',
    'Standard_ND96isr_H100_v5, Standard_ND96isr_H200_v5',
    'g5.xlarge',
  ],
  runtime: ['vllm', 'transformers'],
  'max-model-len': ['1', '4096', '131072'],
  weights: ['pvc:a', 'pvc:a/b/c', 'image:registry.example/w:1'],
  adapters: [
    '[]',
    '[{name: tone, image: "registry.example/tone:1", strength: 0.5}]',
    '[{"name":"a","image":"r.example/a","imagePullSecrets":["hub"]},{"name":"b","image":"r.example/b@sha256:' +
      '0a'.repeat(32) +
      '"}]',
  ],
  'nodes-per-replica': ['1', '2'],
  provisioning: ['auto', 'nodeclaim', 'machine', 'none'],
  'idle-grace': ['5m', '0', '1h30m'],
  replan: ['x', '2026-11-28'],
  'bypass-resource-checks': ['true', 'false'],
}
/** A workload of a few annotations passes far oftener than one of all. */
const CHANCE = 5

/** Annotations of a workload; of each value about one in ten is odd. */
export function annotationsOf(random: Random): JsonObject {
  const annotations: Record<string, Json> = {}
  for (const name of ANNOTATION_NAMES) {
    if (name !== 'preset' && !once(random, CHANCE)) continue
    if (name.startsWith('tuning-') && !once(random, 4)) continue
    annotations[PREFIX + name] = valueOf(random, name)
  }
  if (once(random, 20)) annotations[PREFIX + oddText(random)] = oddText(random)
  if (once(random, 40)) annotations[`${PREFIX}plan`] = oddText(random)
  return annotations
}

function valueOf(random: Random, name: AnnotationName): Json {
  const good = oneOf(random, GOOD[name] ?? [ANNOTATIONS[name].example])
  if (!once(random, 10)) return good
  if (once(random, 8)) return oddJson(random)
  return once(random, 3) ? oddText(random) : oddOf(random, good)
}
