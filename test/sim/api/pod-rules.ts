// Simulator: what an update may change in a pod: gates only go, and the node selector and tolerations only grow, the former
// only while a gate is there. https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
import { canonicalJson, type Json } from '../../../src/core/api/json.ts'
import type { Pod, Texts } from './objects.ts'
import { invalid } from './status-error.ts'

/** Throws where the API server would. */
export function validatePodUpdate(before: Pod, after: Pod): void {
  const refuse = (why: string): never => {
    throw invalid('pods', before.metadata.name, why)
  }
  const gatesBefore = before.spec.schedulingGates ?? []
  const gatesAfter = after.spec.schedulingGates ?? []
  if (gatesAfter.some(({ name }) => !gatesBefore.some(gate => gate.name === name)))
    refuse('only deletion is allowed, but found new scheduling gate')
  if (gatesAfter.length > 0 && after.spec.nodeName !== undefined)
    refuse('cannot be set until all schedulingGates have been cleared')
  if (!isSame(before.spec.nodeSelector, after.spec.nodeSelector)) {
    if (gatesBefore.length === 0) refuse('pod updates may not change fields other than …')
    if (!holdsAll(after.spec.nodeSelector ?? {}, before.spec.nodeSelector ?? {}))
      refuse('only additions to spec.nodeSelector are allowed (no mutations or deletions)')
  }
  const tolerations = new Set((after.spec.tolerations ?? []).map(text))
  if (!(before.spec.tolerations ?? []).every(toleration => tolerations.has(text(toleration))))
    refuse('existing toleration can not be modified except its tolerationSeconds')
}

function text(value: object): string {
  return canonicalJson(value as Json)
}

function isSame(left: Texts = {}, right: Texts = {}): boolean {
  return text(left) === text(right)
}

function holdsAll(all: Texts, some: Texts): boolean {
  return Object.entries(some).every(([key, value]) => all[key] === value)
}
