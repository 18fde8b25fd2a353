// Pipeline: convert. `inference` → a preset with its adapters, or the user's own pod template.
import type { Catalogue } from '../preset/catalogue.ts'
import { listAt, objectAt, type JsonObject } from '../api/json.ts'
import type { Fields } from './fields.ts'
import { forbidden, required } from './findings.ts'
import { readAdapters } from './read-adapters.ts'
import { modelOf, readPreset, runtimeOf } from './read-model.ts'
import type { Identity, ModelWish, PodParts, Work } from './wish.ts'

/** What a reader of `inference` or `tuning` needs besides its fields. */
export interface Around {
  readonly identity: Identity
  readonly catalogue: Catalogue
  /** A private image is one of KAITO 0.4, with the weights in it. */
  readonly holdsWeights: boolean
}

/** The work that inference asks for; undefined where it asks for nothing that can be understood. */
export function readInference(inference: Fields, around: Around): Work | undefined {
  const template = inference.whole('template')
  const preset = readPreset(inference)
  const { errors } = inference.findings
  if (template !== undefined && preset !== undefined) {
    errors.push(forbidden(inference.at('template'), 'preset is set: it is one or the other'))
    return undefined
  }
  if (template !== undefined) return readTemplate(inference, template)
  if (preset === undefined) {
    errors.push(required(inference.at('preset'), 'a preset or a template says what is served'))
    return undefined
  }
  const model = modelOf(inference, preset, around)
  return { does: 'inference', model: withAdapters(inference, model, around.identity) }
}

function readTemplate(inference: Fields, template: JsonObject): Work {
  const { errors } = inference.findings
  if (listAt(objectAt(template, 'spec'), 'containers').length === 0)
    errors.push(required(inference.at('template.spec.containers'), 'the containers of the pods'))
  for (const key of ['config', 'adapters'])
    if (inference.raw(key) !== undefined)
      inference.note(key, 'left out: it goes with a preset, not with a template')
  return { does: 'template', template }
}

function withAdapters(inference: Fields, model: ModelWish, identity: Identity): ModelWish {
  const runtime = runtimeOf(model, identity)
  const adapters = readAdapters(inference, runtime)
  return {
    ...model,
    annotations: { ...model.annotations, ...adapters.annotations },
    parts: withMode(inference, joined(model.parts, adapters.parts), identity, runtime),
  }
}

/** vLLM's own flag: the user's args are appended to the generated command. */
function withMode(
  inference: Fields,
  parts: PodParts,
  { performanceMode }: Identity,
  runtime: string | undefined,
): PodParts {
  if (performanceMode === undefined) return parts
  if (runtime !== 'transformers')
    return { ...parts, args: [...parts.args, `--performance-mode=${performanceMode}`] }
  inference.findings.notes.push({
    field: 'metadata.annotations[kaito.sh/performance-mode]',
    text: `"${performanceMode}" has no equivalent: the transformers runtime has no such flag`,
  })
  return parts
}

function joined(one: PodParts, other: PodParts): PodParts {
  return {
    volumes: [...one.volumes, ...other.volumes],
    volumeMounts: [...one.volumeMounts, ...other.volumeMounts],
    env: [...one.env, ...other.env],
    args: [...one.args, ...other.args],
    pullSecrets: [...one.pullSecrets, ...other.pullSecrets],
  }
}
