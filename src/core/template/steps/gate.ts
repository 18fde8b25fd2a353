// Pipeline: template. The pod waits for its node: the cluster's own autoscaler does not see a gated pod and buys nothing
// for it (KEP-3521). Existing nodes only (provisioning none): kube-scheduler does it all, unless a quota must hold.
import type { Step } from '../step.ts'

export const GATE_NAME = 'kaito.sh/waiting-for-node'

export const GATE: Step = {
  name: 'gate',
  footprint: [['{pod}', 'schedulingGates', '*']],
  edits: input =>
    input.gated
      ? [{ path: [...input.at.pod, 'schedulingGates', GATE_NAME], value: { name: GATE_NAME } }]
      : [],
}
