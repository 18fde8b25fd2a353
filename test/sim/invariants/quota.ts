// Simulator: no gate opens beyond the quota of GPUs, counted by what the process could know.
import { requestsOf } from '../actors/scheduler.ts'
import type { Pod } from '../api/objects.ts'
import type { Checked, OwnChange } from './check.ts'
import { hasGate, type PodRecord } from './history.ts'

const GPU = 'nvidia.com/gpu'

export function checkQuota({ scenario, history, violate, api }: Checked, own: OwnChange): void {
  const { quotaGpus } = scenario
  const isLifted = api.all('presetpolicies').some(({ metadata }) => metadata.generation !== 1)
  if (quotaGpus === undefined || isLifted) return
  const pod = own.change.object as Pod
  const others = [...history.pods.values()].filter(record => counts(record, pod, own))
  const open = [pod, ...others.map(record => record.pod)]
  const gpus = open.reduce((sum, one) => sum + (requestsOf(one)[GPU] ?? 0), 0)
  if (gpus <= quotaGpus) return
  const names = open.map(({ metadata }) => metadata.name).join(', ')
  violate('a quota is never exceeded', `${names} have ${gpus} GPUs, and ${quotaGpus} are allowed`)
}

/** Open for all that the process knows, in the namespace of the pod. */
function counts(
  { pod, pinnedAtMs = Infinity, pinnedBy, goneAtMs }: PodRecord,
  { metadata: { uid, namespace } }: Pod,
  { viewMs, call }: OwnChange,
): boolean {
  if (pod.metadata.uid === uid || pod.metadata.namespace !== namespace) return false
  return goneAtMs === undefined && !hasGate(pod) && (pinnedAtMs <= viewMs || pinnedBy === call.processName)
}
