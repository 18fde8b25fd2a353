// Pipeline: convert. Workspace → wish. Its fields stand at the top, beside metadata, not below a spec.
import type { Catalogue } from '../preset/catalogue.ts'
import type { Fields } from './fields.ts'
import { invalid, required, forbidden } from './findings.ts'
import { readIdentity } from './read-identity.ts'
import { readInference, type Around } from './read-inference.ts'
import { readNodes } from './read-nodes.ts'
import { readTuning } from './read-tuning.ts'
import { runtimeOf } from './read-model.ts'
import type { Identity, NodesWish, ReplicasWish, UpstreamVersion, Wish, Work } from './wish.ts'

/** Default of v1alpha1's CRD in KAITO 0.12 (0.4 had Standard_NC12s_v3, a V100). v1beta1 has none: nodes of one's own. */
const DEFAULT_INSTANCE_TYPE = 'Standard_NC24ads_A100_v4'

/** What a Workspace asks for. */
export function readWorkspace(root: Fields, version: UpstreamVersion, catalogue: Catalogue): Wish {
  const isOld = version === 'v1alpha1'
  const identity = readIdentity(root, undefined)
  const around = { identity, catalogue, holdsWeights: isOld }
  const resource = root.childOrEmpty('resource')
  const nodes = readNodes(resource, resource, isOld ? DEFAULT_INSTANCE_TYPE : undefined)
  const work = readWork(root, around)
  const replicas = readReplicas(root, nodes, work, !isOld && isOnVllm(work, identity))
  return { identity, nodes, work, replicas, path: '' }
}

function readWork(root: Fields, around: Around): Work | undefined {
  const inference = root.child('inference')
  const tuning = root.child('tuning')
  const work = inference === undefined ? undefined : readInference(inference, around)
  const tuned = tuning === undefined ? undefined : readTuning(tuning, around)
  const { errors } = root.findings
  if (inference === undefined && tuning === undefined)
    errors.push(required('inference', 'inference or tuning says what the Workspace does'))
  if (inference !== undefined && tuning !== undefined)
    errors.push(forbidden('tuning', 'inference is set: it is one or the other'))
  return work ?? tuned
}

/**
 * `count` was the number of servers in KAITO 0.4, one a node, unless the model spans nodes. 0.12 computes the nodes of a preset
 * on vLLM and ignores it.
 */
function readReplicas(
  root: Fields,
  nodes: NodesWish,
  work: Work | undefined,
  isComputed: boolean,
): ReplicasWish {
  const field = 'resource.count'
  const { count } = nodes
  if (work?.does === 'tuning' && count !== undefined && count > 1)
    root.findings.errors.push(invalid(field, String(count), 'must be 1: tuning runs on one node'))
  return { servers: isComputed ? 1 : (count ?? 1), groups: 1, field }
}

function isOnVllm(work: Work | undefined, identity: Identity): boolean {
  return work?.does === 'inference' && runtimeOf(work.model, identity) !== 'transformers'
}
