// Pipeline: claim. The one JSON Patch that pins a pod and opens our gate. It fails where the pod has changed, and never
// touches another gate: `remove /spec/schedulingGates/0` without a test once took away Kueue's.
import { isObject, jsonEqual, stringAt, type Json, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { toPointer } from '../patch/draft.ts'
import type { ObservedPod, Taint } from '../workload/observed.ts'
import { GATE_NAME } from '../template/steps/gate.ts'
import { GPU_TOLERATIONS } from '../template/steps/tolerations.ts'
import { isGpuTaint, tolerates } from './fits.ts'
import type { OwnedPod } from './demand.ts'
import type { TestOperation } from './plan.ts'
import { sayState, type Turn } from './turn.ts'

/** The node label by which a pod is held to its node. */
export interface Pin {
  readonly key: string
  readonly value: string
}

/** Empty where ours is not the only gate left. */
export function openGate(
  pod: ObservedPod,
  pin: Pin,
  taints: readonly Taint[],
): readonly (Operation | TestOperation)[] {
  return opening(pod, [...pinOperations(pod, pin), ...tolerationOperations(pod.tolerations, taints)])
}

/** Opens the gates of pods that go to existing nodes: where to is kube-scheduler's business. */
export function planOpenings(turn: Turn, pods: readonly OwnedPod[]): void {
  for (const { pod, workload } of pods) {
    const message = 'left to kube-scheduler'
    turn.actions.push({ type: 'open-gate', pod, operations: opening(pod, []), message })
    sayState(turn, pod, workload.uid, { reason: 'WaitingForNode', message })
  }
}

function opening(pod: ObservedPod, besides: readonly Operation[]): readonly (Operation | TestOperation)[] {
  if (pod.gates.length !== 1 || pod.gates[0] !== GATE_NAME) return []
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: pod.resourceVersion },
    { op: 'test', path: '/spec/schedulingGates/0/name', value: GATE_NAME },
    ...besides,
    { op: 'remove', path: '/spec/schedulingGates/0' },
  ]
}

function pinOperations(pod: ObservedPod, { key, value }: Pin): readonly Operation[] {
  if (pod.nodeSelector[key] === value) return []
  return Object.keys(pod.nodeSelector).length === 0
    ? [{ op: 'add', path: '/spec/nodeSelector', value: { [key]: value } }]
    : [{ op: 'add', path: toPointer(['spec', 'nodeSelector', key]), value }]
}

/** Appends the tolerations that a pod with `present` lacks for GPU nodes, and for a node with these taints. */
export function tolerationOperations(
  present: readonly Json[],
  taints: readonly Taint[] = [],
): readonly Operation[] {
  const missing = missingTolerations(present, taints)
  if (missing.length === 0) return []
  return present.length === 0
    ? [{ op: 'add', path: '/spec/tolerations', value: missing }]
    : missing.map(value => ({ op: 'add', path: '/spec/tolerations/-', value }))
}

/** Ours, and what the node's own GPU taints ask for beyond them (another effect). */
function missingTolerations(present: readonly Json[], taints: readonly Taint[]): readonly Json[] {
  const missing = GPU_TOLERATIONS.filter(ours => !present.some(theirs => covers(theirs, ours)))
  const all = [...present, ...missing]
  const further = taints
    .filter(taint => isGpuTaint(taint) && taint.effect !== 'PreferNoSchedule')
    .filter(taint => !all.some(toleration => tolerates(toleration, taint)))
    .map((taint): JsonObject => ({ key: taint.key, operator: 'Exists', effect: taint.effect }))
  return [...missing, ...further]
}

/** Tolerates everything that `ours` does. */
function covers(theirs: Json, ours: Json): boolean {
  if (jsonEqual(theirs, ours)) return true
  if (!isObject(theirs) || !isObject(ours) || stringAt(theirs, 'operator') !== 'Exists') return false
  const [key, effect] = [stringAt(theirs, 'key'), stringAt(theirs, 'effect')]
  return (
    (key === undefined || key === stringAt(ours, 'key')) &&
    (effect === undefined || effect === stringAt(ours, 'effect'))
  )
}
