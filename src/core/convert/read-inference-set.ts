// Pipeline: convert. InferenceSet → wish. Upstream makes a Workspace of each replica; here replicas are those of one
// Deployment, or a StatefulSet each where the model spans nodes.
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import type { Fields } from './fields.ts'
import { required } from './findings.ts'
import { readIdentity } from './read-identity.ts'
import { readInference } from './read-inference.ts'
import { readNodes } from './read-nodes.ts'
import type { Wish, Work } from './wish.ts'

/** What an InferenceSet asks for. */
export function readInferenceSet(root: Fields, catalogue: Catalogue): Wish {
  const spec = root.childOrEmpty('spec')
  const template = spec.childOrEmpty('template')
  const identity = readIdentity(root, template.child('metadata'))
  const inference = template.child('inference')
  const around = { identity, catalogue, holdsWeights: false }
  const work = inference === undefined ? undefined : readInference(inference, around)
  if (inference === undefined)
    spec.findings.errors.push(
      required(template.at('inference'), 'a preset or a template says what is served'),
    )
  noteRest(spec, identity.name, work)
  const servers = spec.integer('replicas', 0) ?? 1
  return {
    identity,
    nodes: readNodes(spec, template.childOrEmpty('resource'), undefined),
    work,
    replicas: { servers, groups: servers, field: spec.at('replicas'), ...readStrategy(spec) },
    path: 'spec.template.',
  }
}

function noteRest(spec: Fields, name: string, work: Work | undefined): void {
  if (spec.integer('nodeCountLimit', 0) !== undefined)
    spec.note(
      'nodeCountLimit',
      'has no equivalent on a workload: a PresetPolicy limits the nodes of a namespace (limits.nodes)',
    )
  const autoUpgrade = spec.whole('autoUpgrade')
  if (autoUpgrade?.['enabled'] === true)
    spec.note('autoUpgrade', 'has no equivalent: a plan stands until kaito.sh/replan asks for a new one')
  if (work?.does === 'inference')
    spec.findings.notes.push({
      field: 'metadata.name',
      text: `clients name the model as the preset does, no longer "${name}" (args: [--served-model-name=${name}] would keep it)`,
    })
}

/** Upstream's default is one at a time, and so is ours: the pods of a Deployment make room for each other. */
function readStrategy(spec: Fields): { readonly strategy?: JsonObject } {
  const update = spec.child('updateStrategy')
  const type = update?.text('type') ?? 'RollingUpdate'
  if (type !== 'RollingUpdate') {
    update?.note(
      'type',
      `"${type}" has no equivalent on a Deployment: one server after the other is replaced`,
    )
    return {}
  }
  const rolling = update?.child('rollingUpdate')
  const most: Json = rolling?.raw('maxUnavailable') ?? 1
  if (most === 1 || isObject(most)) return {}
  return { strategy: { type, rollingUpdate: { maxSurge: 0, maxUnavailable: most } } }
}
