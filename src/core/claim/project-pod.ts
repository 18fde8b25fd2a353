// Pipeline: claim, projection. Raw pod → what the planner decides by. Of a cluster's pods two sorts are kept: ours (filled
// in, or pinned to a claim), and those that take room on a node; a pod whose containers have all ended is neither.
import { listAt, objectAt, stringAt, type Json, type JsonObject } from '../api/json.ts'
import type { ForeignPod, ObservedPod } from '../workload/observed.ts'
import { objectsAt, projectController, projectIdentity, textMapAt, timeAt } from './project-metadata.ts'
import { isNodeBound } from './project-node-bound.ts'
import { isFilledIn, projectPlacement } from './project-placement.ts'
import { antiAffinityRequests, hostPortRequests, withExclusive } from './exclusive.ts'
import { projectRequests } from './project-requests.ts'
import { createSharing, sharedText } from './project-shared.ts'

const REVISION_LABEL = 'controller-revision-hash'
const NO_GATES: readonly string[] = []
const NO_TERMS: readonly JsonObject[] = []
const NO_TOLERATIONS: readonly Json[] = []

const sharedTolerations = createSharing<readonly Json[]>(list => JSON.stringify(list))
const sharedTerms = createSharing<readonly JsonObject[]>(list => JSON.stringify(list))

/** Undefined: of no interest (ended, or another's that is on no node and will be on none). */
export function projectPod(raw: JsonObject): ObservedPod | ForeignPod | undefined {
  const phase = stringAt(objectAt(raw, 'status'), 'phase') ?? 'Pending'
  if (phase === 'Succeeded' || phase === 'Failed') return undefined
  return isFilledIn(raw) ? projectOurs(raw, phase) : projectForeign(raw)
}

/** Tells the two results of projectPod apart. */
export function isForeignPod(pod: ObservedPod | ForeignPod): pod is ForeignPod {
  return 'isNodeBound' in pod
}

/** A pod for which kube-scheduler makes room (preemption) will be there: what it displaces must not take its place again. */
function projectForeign(raw: JsonObject): ForeignPod | undefined {
  const nodeName = stringAt(objectAt(raw, 'spec'), 'nodeName') ?? nominatedNode(raw)
  const identity = nodeName === undefined ? undefined : projectIdentity(raw)
  if (nodeName === undefined || identity === undefined) return undefined
  const { uid, namespace, name, resourceVersion, deletedAtMs } = identity
  const pod: ForeignPod = {
    uid,
    namespace,
    name,
    resourceVersion,
    nodeName: sharedText(nodeName),
    requests: withExclusive(projectRequests(raw), hostPortRequests(raw)),
    isNodeBound: isNodeBound(raw),
  }
  return deletedAtMs === undefined ? pod : { ...pod, deletedAtMs }
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#user-exposed-information */
function nominatedNode(raw: JsonObject): string | undefined {
  const name = stringAt(objectAt(raw, 'status'), 'nominatedNodeName')
  return name === '' ? undefined : name
}

function projectOurs(raw: JsonObject, phase: string): ObservedPod | undefined {
  const identity = projectIdentity(raw)
  if (identity === undefined) return undefined
  const spec = objectAt(raw, 'spec')
  return {
    ...identity,
    placement: projectPlacement(raw),
    gates: projectGates(spec),
    phase: sharedText(phase),
    requests: withExclusive(projectRequests(raw), {
      ...antiAffinityRequests(raw),
      ...hostPortRequests(raw),
    }),
    nodeSelector: textMapAt(spec, 'nodeSelector'),
    affinityTerms: projectTerms(spec),
    tolerations: projectTolerations(spec),
    ready: conditionOf(raw, 'Ready')?.['status'] === 'True',
    ...optionalOfOurs(raw, spec),
  }
}

type Optional = Pick<
  ObservedPod,
  'controller' | 'nodeName' | 'isNominated' | 'unschedulable' | 'controllerRevision' | 'startedAtMs'
>

function optionalOfOurs(raw: JsonObject, spec: JsonObject): Optional {
  const controller = projectController(raw)
  const nodeName = stringAt(spec, 'nodeName')
  const unschedulable = projectUnschedulable(raw)
  const controllerRevision = stringAt(objectAt(objectAt(raw, 'metadata'), 'labels'), REVISION_LABEL)
  const startedAtMs = firstStart(objectAt(raw, 'status'))
  return {
    ...(controller === undefined ? {} : { controller }),
    ...(nodeName === undefined ? {} : { nodeName: sharedText(nodeName) }),
    ...(nominatedNode(raw) === undefined ? {} : { isNominated: true }),
    ...(unschedulable === undefined ? {} : { unschedulable }),
    ...(controllerRevision === undefined ? {} : { controllerRevision: sharedText(controllerRevision) }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
  }
}

function projectGates(spec: JsonObject): readonly string[] {
  const gates = objectsAt(spec, 'schedulingGates')
  return gates.length === 0 ? NO_GATES : gates.map(gate => sharedText(stringAt(gate, 'name') ?? ''))
}

/** Positions count: the patch that opens the gate appends to the list as it stands. */
function projectTolerations(spec: JsonObject): readonly Json[] {
  const tolerations = listAt(spec, 'tolerations')
  return tolerations.length === 0 ? NO_TOLERATIONS : sharedTolerations(tolerations)
}

function projectTerms(spec: JsonObject): readonly JsonObject[] {
  const nodeAffinity = objectAt(objectAt(spec, 'affinity'), 'nodeAffinity')
  const required = objectAt(nodeAffinity, 'requiredDuringSchedulingIgnoredDuringExecution')
  const terms = objectsAt(required, 'nodeSelectorTerms')
  return terms.length === 0 ? NO_TERMS : sharedTerms(terms)
}

function conditionOf(raw: JsonObject, type: string): JsonObject | undefined {
  return objectsAt(objectAt(raw, 'status'), 'conditions').find(one => one['type'] === type)
}

function projectUnschedulable(raw: JsonObject): ObservedPod['unschedulable'] {
  const scheduled = conditionOf(raw, 'PodScheduled')
  if (scheduled?.['status'] !== 'False' || scheduled['reason'] !== 'Unschedulable') return undefined
  const sinceMs = timeAt(scheduled, 'lastTransitionTime')
  return { message: stringAt(scheduled, 'message') ?? '', sinceMs: sinceMs ?? 0 }
}

/** Of any container, init containers too: from then on the pod has begun its work on this node. */
function firstStart(status: JsonObject): number | undefined {
  const statuses = [...objectsAt(status, 'initContainerStatuses'), ...objectsAt(status, 'containerStatuses')]
  const starts = statuses.flatMap(startsOf).filter(time => time !== undefined)
  return starts.length === 0 ? undefined : Math.min(...starts)
}

function startsOf(status: JsonObject): readonly (number | undefined)[] {
  return [objectAt(status, 'state'), objectAt(status, 'lastState')].flatMap(state => [
    timeAt(objectAt(state, 'running'), 'startedAt'),
    timeAt(objectAt(state, 'terminated'), 'startedAt'),
  ])
}
